/** Scheduled work, each minute. */
import { log } from "../core/log.ts";
import { asFault } from "../core/fault.ts";
import type { Services } from "../services.ts";
import { lookAfterAll } from "../tasks/due.ts";
import { keepResults } from "../tasks/kept-results.ts";
import { AUDIT_QUERIES, auditMoney } from "./audit.ts";
import { forgetExpired } from "./forget.ts";
import { type LongJob, runLongJob } from "./long-jobs.ts";
import { probeRoutes } from "./probe-routes.ts";
import { resealCredentials } from "./reseal.ts";
import { RETENTION_QUERIES, rollUpOldCharges } from "./retention.ts";
import { buildStatus } from "./build-status.ts";
import { sweepExpired } from "./sweep.ts";

interface JobContext {
  readonly services: Services;
  readonly nowMs: number;
  /** Keeps work alive (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
}

type Job = readonly [name: string, run: (context: JobContext) => Promise<unknown>];

/** In this order: money first, the status after the probes, and what takes long at the end. */
const JOBS: readonly Job[] = [
  ["sweep", async ({ services, nowMs }) => sweepExpired(services.d1, nowMs, services)],
  ["tasks", async ({ services }) => lookAfterAll(services.tasks)],
  ["results", async ({ services, defer }) => defer(keepQuietly(services))],
  ["payments", askAboutPayments],
  ["probe", async ({ services, defer }) => probeRoutes(services, defer)],
  ["reseal", async ({ services }) => resealCredentials(services)],
  ["forget", async ({ services, nowMs }) => forgetExpired(services.d1, nowMs)],
  ["status", async ({ services, defer }) => buildStatus(services, defer)],
  ["stripe_events", askForMissedEvents],
  ["retention", async (context) => runLongJob(context.services.d1, retention(context), LONG_JOB_BUDGET)],
  ["audit", async (context) => runLongJob(context.services.d1, audit(context), LONG_JOB_BUDGET)],
];

const HOUR_MS = 3_600_000;
/** D1 allows 1,000 queries in an invocation. */
const LONG_JOB_BUDGET = { queries: 150, ms: 10_000, now: Date.now };

function retention({ services: { d1, settings }, nowMs }: JobContext): LongJob {
  const options = { nowMs, timeZone: settings.BILLING_TIMEZONE, days: settings.RETENTION_DAYS };
  return {
    name: "retention",
    everyMs: HOUR_MS,
    offsetMs: HOUR_MS / 4,
    queriesPerStep: RETENTION_QUERIES,
    step: async (cursor) => rollUpOldCharges(d1, options, cursor),
  };
}

/** At 04:20 in Shanghai, a quiet hour in the default `BILLING_TIMEZONE`. */
function audit({ services: { d1 } }: JobContext): LongJob {
  return {
    name: "audit",
    everyMs: 24 * HOUR_MS,
    offsetMs: 20 * HOUR_MS + HOUR_MS / 3,
    queriesPerStep: AUDIT_QUERIES,
    step: async (cursor) => auditMoney(d1, cursor),
  };
}

/** Its code is loaded where payments are set up. */
async function askAboutPayments({ services }: JobContext): Promise<void> {
  const { STRIPE_SECRET_KEY, EPAY_URL } = services.settings;
  if (STRIPE_SECRET_KEY === undefined && EPAY_URL === undefined) return;
  const { reconcileOrders } = await import("../payments/reconcile.ts");
  await reconcileOrders(services);
}

/** Once a day. */
async function askForMissedEvents({ services }: JobContext): Promise<void> {
  if (services.settings.STRIPE_SECRET_KEY === undefined) return;
  const { handleMissedEvents, MISSED_EVENTS_QUERIES } = await import("../payments/stripe/missed-events.ts");
  const job: LongJob = {
    name: "stripe_events",
    everyMs: 24 * HOUR_MS,
    offsetMs: 12 * HOUR_MS,
    queriesPerStep: MISSED_EVENTS_QUERIES,
    step: async (cursor) => handleMissedEvents(services, cursor),
  };
  await runLongJob(services.d1, job, LONG_JOB_BUDGET);
}

/** It may take minutes: no other job waits for it. */
async function keepQuietly({ tasks }: Services): Promise<void> {
  try {
    await keepResults(tasks);
  } catch (error) {
    log("error", "job_failed", { job: "results", reason: reasonOf(error) });
  }
}

function reasonOf(error: unknown): string {
  const { kind, options } = asFault(error);
  return options.reason ?? kind;
}

/** A job that fails is logged, and the other jobs run. */
export async function runJobs(context: JobContext): Promise<void> {
  for (const [job, run] of JOBS) {
    try {
      await run(context);
    } catch (error) {
      log("error", "job_failed", { job, reason: reasonOf(error) });
    }
  }
}
