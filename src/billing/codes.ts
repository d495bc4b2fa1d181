/** Redeem codes: shown once, stored as hashes, redeemed once. */
import { sql, type SQL } from "drizzle-orm";
import { Fault } from "../core/fault.ts";
import { sha256Hex } from "../core/id.ts";
import { entryStatement, type Entry } from "./ledger.ts";
import { batch as inOneTransaction, int, raised, rowsOf } from "./storage.ts";

/** Without letters that look like other characters; 5 bits per character. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const GROUPS = 5;
const GROUP_LENGTH = 5;
export const MAX_CODES = 1000;

export interface CodeBatch {
  /** The name by which the operator finds the codes. */
  readonly batch: string;
  readonly count: number;
  readonly amountNanos: number;
  /** undefined = never. */
  readonly expiresAtMs?: number;
  readonly nowMs: number;
  /** Statements for the same transaction, such as the row of an audit log. */
  readonly also?: readonly SQL[];
}

/**
 * Creates codes such as `7K2QD-…`, 125 bits each. Only this result contains them. Of several calls for one batch, also at
 * the same time, one succeeds.
 * @throws Fault `invalid_parameter`, `conflict` (the batch exists)
 */
export async function createCodes(db: D1Database, request: CodeBatch): Promise<string[]> {
  const { batch, count, amountNanos, expiresAtMs, nowMs, also = [] } = request;
  if (batch === "" || batch.length > 200) throw new Fault("invalid_parameter", { param: "batch" });
  if (!Number.isInteger(count) || count < 1 || count > MAX_CODES)
    throw new Fault("invalid_parameter", { param: "count" });
  if (!Number.isSafeInteger(amountNanos) || amountNanos < 1) throw new Fault("invalid_parameter", { param: "amount" });
  if (expiresAtMs !== undefined && !(Number.isSafeInteger(expiresAtMs) && expiresAtMs > nowMs)) {
    throw new Fault("invalid_parameter", { param: "expiresAt" });
  }
  const codes = Array.from({ length: count }, randomCode);
  const hashes = await Promise.all(codes.map(hashOf));
  // All hashes are one parameter: D1 accepts at most 100 per statement.
  const insert = sql`INSERT INTO redeem_codes (hash, batch, amount, expires_at, created_at)
    SELECT value, ${batch}, ${int(amountNanos)}, ${int(expiresAtMs)}, ${int(nowMs)} FROM json_each(${JSON.stringify(hashes)})
    WHERE NOT EXISTS (SELECT 1 FROM redeem_codes WHERE batch = ${batch})`;
  const [made] = await inOneTransaction(db, [insert, ...also]);
  if (made?.meta.changes === 0) {
    throw new Fault("conflict", {
      param: "batch",
      detail: { en: "There is a batch of this name already.", zh: "该批次名称已存在。" },
    });
  }
  return codes;
}

/**
 * Adds the code's amount to the balance. Of several calls at the same time, one succeeds.
 * @throws Fault `resource_not_found` (no such code or account), `invalid_parameter` (used or expired)
 */
export async function redeem(
  db: D1Database,
  { accountId, code, nowMs }: { readonly accountId: string; readonly code: string; readonly nowMs: number },
): Promise<Entry> {
  const hash = await hashOf(code);
  const id = `redeem:${hash}`;
  const source = sql`SELECT a.id, ${id}, 'redeem', NULL, c.amount, NULL, c.hash, NULL, NULL, ${int(nowMs)}
    FROM accounts a JOIN redeem_codes c ON c.hash = ${hash}`;
  try {
    const [entry] = await rowsOf<Entry>(db, entryStatement(source, accountId, id));
    if (entry !== undefined) return entry;
  } catch (error) {
    if (raised(error, ["code_not_redeemable"]) === undefined) throw error;
  }
  const [found] = await rowsOf<{ used: number; expired: number }>(
    db,
    sql`SELECT redeemed_at IS NOT NULL AS used, coalesce(expires_at <= ${int(nowMs)}, 0) AS expired
    FROM redeem_codes WHERE hash = ${hash}`,
  );
  if (found?.used === 0 && found.expired === 0) throw new Fault("resource_not_found", { reason: "no such account" });
  if (found === undefined) {
    throw new Fault("resource_not_found", { detail: { en: "There is no such code.", zh: "兑换码不存在。" } });
  }
  const detail =
    found.used === 1
      ? { en: "The code was already used.", zh: "兑换码已被使用。" }
      : { en: "The code has expired.", zh: "兑换码已过期。" };
  throw new Fault("invalid_parameter", { param: "code", detail });
}

function randomCode(): string {
  const random = crypto.getRandomValues(new Uint8Array(GROUPS * GROUP_LENGTH));
  const letters = Array.from(random, (byte) => ALPHABET.charAt(byte % ALPHABET.length)).join("");
  return (letters.match(new RegExp(`.{${GROUP_LENGTH}}`, "g")) ?? []).join("-");
}

/** The hash of a code as people type it: in lower case, without dashes, O for 0, I or L for 1. */
async function hashOf(code: string): Promise<string> {
  return sha256Hex(
    code
      .toUpperCase()
      .replaceAll(/[^0-9A-Z]/g, "")
      .replaceAll("O", "0")
      .replaceAll(/[IL]/g, "1"),
  );
}
