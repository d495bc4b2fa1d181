/** The daily audit of the books: each broken invariant is logged as an error with its account. */
import { log } from "../core/log.ts";
import { brokenInvariants } from "../billing/invariants.ts";

/** @returns the number of broken invariants */
export async function auditMoney(db: D1Database): Promise<number> {
  let count = 0;
  let after: string | undefined;
  do {
    const page = await brokenInvariants(db, after === undefined ? {} : { after });
    for (const { accountId, keyId, invariant, stored, expected } of page.broken) {
      log("error", "money_invariant_broken", { account: accountId, key: keyId, invariant, stored, expected });
    }
    count += page.broken.length;
    after = page.next;
  } while (after !== undefined);
  return count;
}
