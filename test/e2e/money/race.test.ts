/** The worst that many requests at once can do: nothing is below zero, and no allowance and no quota is passed. */
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { accounts, apiKeys, charges, plans } from "../../../schema/index.ts";
import { keyRecord } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { accountOf, expectSoundBooks, pause } from "./books.ts";

const REQUESTS = 200;
/** 2 in the site's currency. */
const FUNDS = 2_000_000_000;
const MODELS = ["cheap", "dear", "thinking"] as const;

let gateway: Gateway;
let upstream: ScriptedUpstream;

beforeAll(async () => {
  const vars = { CHECKPOINT_MS: "200", LEASE_MS: "20000" };
  [gateway, upstream] = await Promise.all([startGateway({ vars }), startUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  for (const [position, id] of MODELS.entries()) {
    await addModel(gateway.db, {
      id,
      maxOutput: 20_000,
      contextLength: 100_000,
      routes: [{ upstreamId: "one" }],
      price: { inputNanos: 1_000_000, outputNanos: 10_000_000 * (position + 1) },
    });
    upstream.script(`upstream-${id}`, id === "thinking" ? think : talk);
  }
});

afterAll(async () => Promise.all([gateway.close(), upstream.close()]));

const LONG = "word ".repeat(400);

/** Says far more than any hold lets it, and reports all of it. */
async function talk(exchange: Exchange): Promise<void> {
  const usage = { prompt_tokens: 200, completion_tokens: 20_000, total_tokens: 20_200 };
  if (exchange.body["stream"] !== true) return exchange.json(completion(LONG, { usage }));
  exchange.openStream();
  for (let event = 0; event < 40 && !exchange.response.destroyed; event++) {
    exchange.event(chunk({ content: LONG }));
    await pause(20);
  }
  exchange.event(chunk({}, "stop"));
  exchange.event({ ...chunk({}), choices: [], usage });
  exchange.done();
}

/** Shows a word, after much hidden thought. */
async function think(exchange: Exchange): Promise<void> {
  const completion_tokens_details = { reasoning_tokens: 19_000 };
  const usage = { prompt_tokens: 200, completion_tokens: 19_001, total_tokens: 19_201, completion_tokens_details };
  if (exchange.body["stream"] !== true) return exchange.json(completion("Yes.", { usage }));
  exchange.openStream();
  await pause(900);
  exchange.event(chunk({ content: "Yes." }));
  await pause(900);
  exchange.event(chunk({}, "stop"));
  exchange.event({ ...chunk({}), choices: [], usage });
  exchange.done();
}

/** A mix that is the same in every run. */
function bodyOf(position: number): Record<string, unknown> {
  const caps = [{}, { max_tokens: 100 }, { max_completion_tokens: 1 }, { max_tokens: 20_000 }, {}];
  const more = [{}, { n: 2 }, {}, { reasoning: { hidden: "x".repeat(3000) } }];
  return {
    model: MODELS[position % 3],
    stream: position % 4 !== 0,
    messages: [{ role: "user", content: "Hello" }],
    ...caps[position % 5],
    ...more[position % 7],
  };
}

async function send(key: string, position: number): Promise<number> {
  const leaving = new AbortController();
  try {
    const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify(bodyOf(position)),
      signal: leaving.signal,
    });
    if (position % 11 === 0) leaving.abort();
    await answer.text();
    return answer.status;
  } catch {
    return 499;
  }
}

/** Another key of the same account. */
async function addSecondKey(first: string, quotaDayNanos: number): Promise<string> {
  const { id: accountId } = await accountOf(gateway, first);
  const donor = await addKey(gateway.db, { balanceNanos: 0 });
  const { hash } = await keyRecord(donor);
  await gateway.db.update(apiKeys).set({ accountId, quotaDayNanos }).where(eq(apiKeys.hash, hash));
  return donor;
}

async function race(keys: readonly string[]): Promise<Record<string, number>> {
  const statuses = await Promise.all(
    Array.from({ length: REQUESTS }, async (_, position) => send(keys[position % keys.length] ?? "", position)),
  );
  await expectSoundBooks(gateway);
  return Object.fromEntries(
    [...new Set(statuses)].map((status) => [status, statuses.filter((other) => other === status).length]),
  );
}

it("of a balance over several keys leaves at least nothing", async () => {
  const first = await addKey(gateway.db, { balanceNanos: FUNDS });
  const quota = FUNDS / 4;
  const second = await addSecondKey(first, quota);
  const statuses = await race([first, second]);
  const { id, balanceNanos } = await accountOf(gateway, first);
  const rows = await gateway.db.select().from(charges).where(eq(charges.accountId, id));
  const [key] = await gateway.db
    .select()
    .from(apiKeys)
    .where(eq(apiKeys.hash, (await keyRecord(second)).hash));
  const ended = rows.filter(({ request }) => request?.includes('"funds_ended":true')).length;
  console.info("race of a balance", { statuses, balanceNanos, usedDayNanos: key?.usedDayNanos, ended });
  expect(statuses[200]).toBeGreaterThan(0);
  expect(statuses[402]).toBeGreaterThan(0);
  expect(balanceNanos).toBeGreaterThanOrEqual(0);
  expect(key?.usedDayNanos).toBeLessThanOrEqual(quota);
  for (const { amountNanos, estimateNanos } of rows) expect(amountNanos).toBeLessThanOrEqual(estimateNanos);
}, 120_000);

it("of an allowance passes neither its amount nor its requests", async () => {
  await gateway.db
    .insert(plans)
    .values({ id: "daily", name: "Daily", allowanceNanos: FUNDS, allowanceRequests: 60, createdAt: 0 });
  const key = await addKey(gateway.db, { balanceNanos: FUNDS, account: { planId: "daily" } });
  const statuses = await race([key]);
  const row = await accountOf(gateway, key);
  const { allowanceUsedNanos, allowanceRequests } = row;
  console.info("race of an allowance", { statuses, allowanceUsedNanos, allowanceRequests });
  expect(statuses[200]).toBeGreaterThan(0);
  expect(allowanceUsedNanos).toBeLessThanOrEqual(FUNDS);
  expect(allowanceRequests).toBeLessThanOrEqual(60);
  expect(row.balanceNanos).toBe(FUNDS);
  const below = await gateway.db.select().from(accounts);
  expect(Math.min(...below.map(({ balanceNanos }) => balanceNanos))).toBeGreaterThanOrEqual(0);
}, 120_000);
