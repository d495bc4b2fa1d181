/** Payments of the demo account in the last month: two that were made, and one that nobody paid. */
import type { D1Database } from "@cloudflare/workers-types";
import { sql, type SQL } from "drizzle-orm";
import { DEMO_ACCOUNT } from "../../schema/seed.ts";
import { batch, int } from "../billing/storage.ts";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Fixed, so that each start of `npm run dev` finds them. */
export const DEMO_ORDERS = ["1", "2", "3"].map((digit) => digit.padStart(32, "0"));
const DAYS_AGO = [29, 12, 5];
const METHODS = ["alipay", "wxpay", "alipay"];

export async function writeOrders(d1: D1Database, nowMs: number): Promise<void> {
  const [first] = DEMO_ORDERS;
  const known = await d1.prepare("SELECT 1 FROM orders WHERE id = ?").bind(first).first();
  if (known !== null) return;
  await batch(
    d1,
    DEMO_ORDERS.flatMap((id, at) => order(id, { at, createdAt: nowMs - (DAYS_AGO[at] ?? 0) * DAY_MS })),
  );
}

function order(id: string, { at, createdAt }: { readonly at: number; readonly createdAt: number }): SQL[] {
  const credit = int(20_000_000_000);
  const made = sql`INSERT INTO orders (id, account_id, kind, provider, method, pay_minor, pay_currency, credit, title, origin, language,
      form_id, livemode, created_at, expires_at, state)
    VALUES (${id}, ${DEMO_ACCOUNT}, 'top_up', 'epay', ${METHODS[at]}, 2000, 'cny', ${credit}, 'Token Gateway', 'http://localhost:8787', 'zh', ${`demo-${at}`}, 1,
      ${int(createdAt)}, ${int(createdAt + DAY_MS)}, ${at === 2 ? "expired" : "created"})`;
  if (at === 2) return [made];
  const paidAt = int(createdAt + 2 * MINUTE_MS);
  return [
    made,
    sql`INSERT INTO entries (account_id, id, kind, amount, reference, actor, created_at)
      VALUES (${DEMO_ACCOUNT}, ${`order:${id}`}, 'top_up', ${credit}, ${`epay:demo-${at}`}, 'epay', ${paidAt})`,
    sql`UPDATE orders SET state = 'credited', provider_ref = ${`20261${at}0800001`}, provider_payment = ${`demo-${at}`},
      paid_at = ${paidAt}, credited_at = ${paidAt} WHERE id = ${id}`,
  ];
}
