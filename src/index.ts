import { createApp, createBrokenApp, type App } from "./app.ts";
import { readSettings, type Env } from "./env.ts";
import { buildServices } from "./services.ts";

export { UpstreamHealth } from "./routing/health.ts";

let app: App | undefined;

export default {
  fetch(request, env, context) {
    app ??= start(env);
    return app.fetch(request, env, context);
  },
} satisfies ExportedHandler<Env>;

function start(env: Env): App {
  const read = readSettings(env);
  return "settings" in read ? createApp(buildServices(env, read.settings)) : createBrokenApp(read.problems);
}
