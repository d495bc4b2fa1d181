/** Scheduled work. wrangler.toml holds the same two times. */
import type { Settings } from "../env.ts";
import { auditMoney } from "./audit.ts";
import { rollUpOldCharges } from "./retention.ts";
import { sweepExpired } from "./sweep.ts";

/** 04:17 in Shanghai: the least busy time of the default `BILLING_TIMEZONE`. */
export const DAILY = "17 20 * * *";

export interface JobContext {
  readonly db: D1Database;
  readonly settings: Settings;
  readonly nowMs: number;
}

/** @param cron which of the schedules has come */
export async function runJobs(cron: string, { db, settings, nowMs }: JobContext): Promise<void> {
  await sweepExpired(db, nowMs);
  if (cron !== DAILY) return;
  await rollUpOldCharges(db, { nowMs, timeZone: settings.BILLING_TIMEZONE, days: settings.RETENTION_DAYS });
  await auditMoney(db);
}
