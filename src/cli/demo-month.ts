/**
 * A month of believable requests for the demo account: held and settled as the Worker does it, so that balances, sums and
 * receipts fit. The same numbers each time, relative to today.
 */
import type { D1Database } from "@cloudflare/workers-types";
import { sql, type SQL } from "drizzle-orm";
import { DEMO_ACCOUNT, DEMO_KEY, DEMO_MODELS } from "../../schema/seed.ts";
import { dayOf, monthOf } from "../billing/calendar.ts";
import { cost } from "../billing/price.ts";
import { batch, int } from "../billing/storage.ts";
import { uuidv7 } from "../core/id.ts";
import { seeded } from "./simulation/random.ts";

const DAYS = 30;
const DAY_MS = 86_400_000;
const TIME_ZONE = "Asia/Shanghai";
/** Statements in one batch. */
const BATCH = 50;
/** One request in so many fails, and one in so many is left by its client. */
const FAILS = 0.03;
const LEAVES = 0.04;

/** Does nothing where the account has requests already. */
export async function writeMonth(d1: D1Database, nowMs: number): Promise<void> {
  const known = await d1.prepare("SELECT 1 FROM charges WHERE account_id = ? LIMIT 1").bind(DEMO_ACCOUNT).first();
  if (known !== null) return;
  const random = seeded(20_261_120);
  const statements: SQL[] = [];
  for (let ago = DAYS - 1; ago >= 0; ago--) {
    const weekday = new Date(nowMs - ago * DAY_MS).getUTCDay();
    const requests = Math.round((weekday === 0 || weekday === 6 ? 6 : 16) * (0.5 + random()));
    for (let at = 0; at < requests; at++) {
      const createdAt = nowMs - ago * DAY_MS - Math.floor(random() * (ago === 0 ? DAY_MS / 4 : DAY_MS));
      statements.push(...request(createdAt, random));
    }
  }
  for (let at = 0; at < statements.length; at += BATCH) {
    await batch(d1, statements.slice(at, at + BATCH));
  }
}

function request(createdAt: number, random: () => number): SQL[] {
  const model = DEMO_MODELS[Math.floor(random() ** 2 * DEMO_MODELS.length)] ?? DEMO_MODELS[0];
  const id = uuidv7(createdAt);
  const day = dayOf(createdAt, TIME_ZONE);
  const input = Math.floor(200 + random() ** 3 * 20_000);
  const cachedRead = random() < 0.4 ? Math.floor(input * 0.6) : 0;
  const output = Math.floor(50 + random() ** 2 * 3000);
  const usage = { input: input - cachedRead, cachedRead, output };
  const price = { input: [{ nanos: model.inputNanos, when: {} }], output: [{ nanos: model.outputNanos, when: {} }] };
  const amount = cost(usage, price, 1_000_000);
  const stream = random() < 0.8;
  const ttft = Math.floor(300 + random() ** 2 * 2500);
  const duration = ttft + output * 12;
  const asked = model.autoWeight > 0 && random() < 0.7 ? "auto" : model.id;
  const facts = { endpoint: "POST /v1/chat/completions", asked, stream };
  const draw = random();
  const held = sql`INSERT INTO charges (account_id, id, state, nonce, mode, funding, day, month, key_id, key_counted, created_at, lease_until, estimate)
    VALUES (${DEMO_ACCOUNT}, ${id}, 'held', ${id}, 'strict', 'balance', ${day}, ${monthOf(day)}, ${DEMO_KEY}, 0, ${int(createdAt)}, ${int(createdAt + duration)}, ${int(amount * 2)})`;
  if (draw < FAILS) {
    const attempts = [{ route: `demo-${model.id}`, outcome: "timeout", ms: 30_000 }];
    const told = JSON.stringify({ ...facts, fault: "upstream_timeout", duration_ms: 30_000 });
    return [
      held,
      sql`UPDATE charges SET state = 'void', ending = 'failed', settled_at = ${int(createdAt + 30_000)}, attempts = ${JSON.stringify(attempts)}, request = ${told}
      WHERE account_id = ${DEMO_ACCOUNT} AND id = ${id}`,
    ];
  }
  const attempts = [{ route: `demo-${model.id}`, outcome: "answered", ms: ttft }];
  const told = JSON.stringify({ ...facts, status: 200, ttft_ms: ttft, duration_ms: duration });
  const ending = draw < FAILS + LEAVES ? "abandoned" : "complete";
  return [
    held,
    sql`UPDATE charges SET state = 'settled', ending = ${ending}, amount = ${int(amount)}, cost = ${int(Math.floor(amount * 0.7))}, settled_at = ${int(createdAt + duration)},
      model = ${model.id}, route = ${`demo-${model.id}`}, upstream = 'demo-upstream', price_version = 0, ratio_ppm = 1000000,
      input_tokens = ${int(usage.input)}, cached_read_tokens = ${int(cachedRead)}, output_tokens = ${int(output)},
      attempts = ${JSON.stringify(attempts)}, request = ${told}
    WHERE account_id = ${DEMO_ACCOUNT} AND id = ${id}`,
  ];
}
