import { createApp, createBrokenApp, type App } from "./app.ts";
import { readSettings, type Env } from "./settings.ts";
import { runJobs } from "./jobs/index.ts";
import { buildServices, type Services } from "./services.ts";
import { lookAfterUpstream } from "./tasks/due.ts";
import { TaskClockBase } from "./tasks/task-clock.ts";

export { KeyWindow } from "./access/limits/key-window.ts";
export { Outbox } from "./billing/outbox.ts";
export { PasswordHasher } from "./access/password-hasher.ts";
export { KeptAnswers } from "./access/retries/kept-answers.ts";
export { UpstreamHealth } from "./health/upstream-health.ts";

export class TaskClock extends TaskClockBase<Env> {
  protected override readonly lookAfterDue = async (upstreamId: string) => {
    gateway ??= start(this.env);
    return lookAfterUpstream(servicesOf(gateway).tasks, upstreamId);
  };
}

type Gateway = { app: App; services: Services } | { app: App; problems: readonly string[] };

let gateway: Gateway | undefined;

export default {
  fetch(request, env, context) {
    gateway ??= start(env);
    return gateway.app.fetch(request, env, context);
  },
  async scheduled({ scheduledTime }, env, context) {
    gateway ??= start(env);
    const defer = (work: Promise<unknown>) => context.waitUntil(work);
    await runJobs({ services: servicesOf(gateway), nowMs: scheduledTime, defer });
  },
} satisfies ExportedHandler<Env>;

/** @throws Error while the configuration is wrong */
function servicesOf(started: Gateway): Services {
  if ("problems" in started) throw new Error(`configuration: ${started.problems.join(", ")}`);
  return started.services;
}

function start(env: Env): Gateway {
  const read = readSettings(env);
  if ("problems" in read) return { app: createBrokenApp(read.problems), problems: read.problems };
  const services = buildServices(env, read.settings);
  return { app: createApp(services), services };
}
