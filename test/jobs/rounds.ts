/** Whole rounds of the long jobs. */
import { auditMoney } from "../../src/jobs/audit.ts";
import { rollUpOldCharges, type RetentionOptions } from "../../src/jobs/retention.ts";

/** @returns how many charges were rolled up */
export async function rollUpAll(db: D1Database, options: RetentionOptions): Promise<number> {
  let deleted = 0;
  for (let cursor: string | undefined = ""; cursor !== undefined;) {
    cursor = await rollUpOldCharges(db, options, cursor);
    if (cursor !== undefined) ({ deleted } = JSON.parse(cursor) as { deleted: number });
  }
  return deleted;
}

/** @returns the number of steps */
export async function auditAll(db: D1Database): Promise<number> {
  let steps = 0;
  for (let cursor: string | undefined = ""; cursor !== undefined; steps++) cursor = await auditMoney(db, cursor);
  return steps;
}
