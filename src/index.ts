import { createApp, createBrokenApp, type App } from "./app.ts";
import { readSettings, type Env } from "./env.ts";
import { runJobs } from "./jobs/index.ts";
import { buildServices } from "./services.ts";

export { KeyWindow } from "./access/limits/key-window.ts";
export { UpstreamHealth } from "./routing/health.ts";

let app: App | undefined;

export default {
  fetch(request, env, context) {
    app ??= start(env);
    return app.fetch(request, env, context);
  },
  async scheduled({ cron, scheduledTime }, env) {
    const read = readSettings(env);
    if (!("settings" in read)) throw new Error(`configuration: ${read.problems.join(", ")}`);
    await runJobs(cron, { db: env.DB, settings: read.settings, nowMs: scheduledTime });
  },
} satisfies ExportedHandler<Env>;

function start(env: Env): App {
  const read = readSettings(env);
  return "settings" in read ? createApp(buildServices(env, read.settings)) : createBrokenApp(read.problems);
}
