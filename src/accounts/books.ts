/** Checks the books: stored sums against the rows that they count. */
import { brokenInvariants, type BrokenInvariant } from "../billing/invariants.ts";
import { readCursor, writeCursor, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

/** Recomputes the sums of `limit` accounts. The rows of the page are the sums that do not agree. */
export async function checkBooks({ d1 }: AccountStore, { cursor, limit }: PageRequest): Promise<Page<BrokenInvariant>> {
  const [after] = readCursor(cursor, [{ type: "text" }]) ?? [];
  const { broken, next } = await brokenInvariants(d1, {
    limit,
    ...(after === undefined ? {} : { after: String(after) }),
  });
  return { rows: broken, next: next === undefined ? undefined : writeCursor([next]) };
}
