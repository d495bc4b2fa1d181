/** Scheduled work. wrangler.toml has the same two schedules. */
import { log } from "../core/log.ts";
import { asFault } from "../core/fault.ts";
import type { Services } from "../services.ts";
import { auditMoney } from "./audit.ts";
import { probeRoutes } from "./probe-routes.ts";
import { resealCredentials } from "./reseal.ts";
import { rollUpOldCharges } from "./retention.ts";
import { buildStatus } from "./build-status.ts";
import { sweepExpired } from "./sweep.ts";

/** 04:17 in Shanghai, a quiet hour in the default `BILLING_TIMEZONE`. */
export const DAILY = "17 20 * * *";

interface JobContext {
  readonly services: Services;
  readonly nowMs: number;
  /** Keeps work alive (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
}

type Job = readonly [name: string, run: (context: JobContext) => Promise<unknown>];

const SWEEP: Job = ["sweep", async ({ services, nowMs }) => sweepExpired(services.d1, nowMs)];

/** In this order: money first, and the status after the probes. */
const JOBS_EACH_MINUTE: readonly Job[] = [
  SWEEP,
  ["probe", async ({ services, defer }) => probeRoutes(services, defer)],
  ["reseal", async ({ services }) => resealCredentials(services)],
  ["status", async ({ services, defer }) => buildStatus(services, defer)],
];

const JOBS_EACH_DAY: readonly Job[] = [
  SWEEP,
  [
    "retention",
    async ({ services: { d1, settings }, nowMs }) =>
      rollUpOldCharges(d1, { nowMs, timeZone: settings.BILLING_TIMEZONE, days: settings.RETENTION_DAYS }),
  ],
  ["audit", async ({ services }) => auditMoney(services.d1)],
];

/** A job that fails is logged, and the other jobs run. @param cron the schedule that is due */
export async function runJobs(cron: string, context: JobContext): Promise<void> {
  for (const [job, run] of cron === DAILY ? JOBS_EACH_DAY : JOBS_EACH_MINUTE) {
    try {
      await run(context);
    } catch (error) {
      const { kind, options } = asFault(error);
      log("error", "job_failed", { job, reason: options.reason ?? kind });
    }
  }
}
