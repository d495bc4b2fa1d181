/** The daily audit of the books: each broken invariant is logged as an error with its account. */
import { log } from "../core/log.ts";
import { brokenInvariants } from "../billing/invariants.ts";

const ACCOUNTS = 20;
/** Of one step: the page of accounts, and two for each account. */
export const AUDIT_QUERIES = 1 + 2 * ACCOUNTS;

/** Audits a page of accounts. A step of a long job. @param cursor the last account of the page before */
export async function auditMoney(db: D1Database, cursor: string): Promise<string | undefined> {
  const { broken, next } = await brokenInvariants(db, { after: cursor, limit: ACCOUNTS });
  for (const { accountId, keyId, invariant, stored, expected } of broken) {
    log("error", "money_invariant_broken", { account: accountId, key: keyId, invariant, stored, expected });
  }
  return next;
}
