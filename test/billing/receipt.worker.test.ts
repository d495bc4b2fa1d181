import { env } from "cloudflare:workers";
import { and, eq } from "drizzle-orm";
import { beforeAll, expect, it } from "vitest";
import { models, prices } from "../../schema/index.ts";
import { cost, RATIO_ONE } from "../../src/billing/price.ts";
import { priceAt, priceVersion, receiptOf, usageOf, type PriceRow } from "../../src/billing/price-list.ts";
import type { StoredRate } from "../../src/billing/rates.ts";
import { COUNTED_UNITS, UNITS, type Usage } from "../../src/core/units.ts";
import { rollUpAll } from "../jobs/rounds.ts";
import { addAccount, ask, charge, db, HOUR, NOON, settlement, walletAt, ZONE } from "./support.ts";

const wallet = walletAt({ nowMs: NOON });
const usage = { input: 1000, cachedRead: 400, output: 321, reasoning: 79, images: 1 };

beforeAll(async () => {
  await db.insert(models).values({ id: "m", operation: "chat", createdAt: 0 });
  const at = (effectiveAt: number, ...rates: StoredRate[]) => ({
    modelId: "m",
    effectiveAt,
    rates: JSON.stringify(rates),
  });
  const output = { unit: "output", nanos: 280_000, costNanos: 90_000 } as const;
  await db
    .insert(prices)
    .values([
      at(0, { unit: "input", nanos: 1 }, { unit: "output", nanos: 280_000 }),
      at(
        NOON,
        { unit: "input", nanos: 140_000, costNanos: 70_000 },
        { unit: "cachedRead", nanos: 14_000 },
        output,
        { unit: "images", nanos: 900 },
        { unit: "images", when: { size: "1024x1024" }, nanos: 500 },
      ),
      at(NOON + 1, { unit: "input", nanos: 140_000 }, { unit: "output", nanos: 999 }),
    ]);
});

async function rows(): Promise<PriceRow[]> {
  return db.select().from(prices).where(eq(prices.modelId, "m"));
}

it("takes the price that is in effect", async () => {
  const all = (await rows()).map(priceVersion);
  const plainRate = (nanos: number) => [{ nanos, when: {} }];
  expect(priceAt(all, -1)).toBeUndefined();
  expect(priceAt(all, NOON - 1)).toMatchObject({ version: 0, price: { input: plainRate(1) }, operator: undefined });
  expect(priceAt(all, NOON)).toMatchObject({ version: NOON, operator: { input: plainRate(70_000) } });
  expect(priceAt(all, NOON)?.operator).not.toHaveProperty("cachedRead");
  expect(priceAt(all.toReversed(), NOON + 5)).toMatchObject({
    version: NOON + 1,
    price: { output: plainRate(999) },
  });
});

it.each([
  ["whole", 1_000_000, 0],
  ["cut at a strict hold", 100_000, 1],
])("recomputes a charge that is %s, after the price has changed", async (_, estimateNanos, cut) => {
  const current = priceAt((await rows()).map(priceVersion), NOON);
  if (current === undefined) throw new Error("no price");
  const ratioPpm = 1_500_000;
  const attributes = { size: "1024x1024" };
  const amountNanos = cost(usage, current.price, ratioPpm, attributes);
  // 1,000 × 140 + 400 × 14 + 400 × 280 + 500, times 1.5.
  expect(amountNanos).toBe(387_150);
  const id = await addAccount({ balance: 5_000_000 });
  const request = ask(id, { estimateNanos });
  await wallet.hold(request);
  const operator = current.operator === undefined ? undefined : cost(usage, current.operator, RATIO_ONE);
  const priced = {
    usage,
    attributes,
    ratioPpm,
    priceVersion: current.version,
    ...(operator === undefined ? {} : { costNanos: operator }),
  };
  await wallet.settle(request, settlement(amountNanos, priced));

  const row = await charge(request);
  if (row?.model == null || row.priceVersion == null) throw new Error("the charge names no price");
  expect(row.costNanos).toBe(1400 * 70 + 400 * 90);
  expect(usageOf(row)).toEqual(usage);
  const frozen = and(eq(prices.modelId, row.model), eq(prices.effectiveAt, row.priceVersion));
  const [price] = await db.select().from(prices).where(frozen);
  if (price === undefined) throw new Error("the price is gone");
  const { lines, amountNanos: sum } = receiptOf(row, price);
  expect(sum).toBe(row.amountNanos + row.writtenOffNanos);
  expect(row.writtenOffNanos > 0).toBe(cut === 1);
  expect(lines.map(({ nanos }) => nanos)).toEqual(["140000", "5600", "89880", "22120", "500"]);
});

it("keeps the count of every unit, in charges and when they are rolled up", async () => {
  const counts: Usage = Object.fromEntries(COUNTED_UNITS.map((unit, position) => [unit, position + 1]));
  const id = await addAccount({ balance: 1000 });
  const request = ask(id);
  await wallet.hold(request);
  await wallet.settle(request, settlement(0, { usage: counts }));
  const row = await charge(request);
  expect(row && usageOf(row)).toEqual(counts);
  await rollUpAll(env.DB, { nowMs: NOON + 60 * 24 * HOUR, timeZone: ZONE, days: 30 });
  const sums = await env.DB.prepare("SELECT * FROM daily_usage WHERE account_id = ?").bind(id).first();
  expect(sums).toMatchObject(
    Object.fromEntries(COUNTED_UNITS.map((unit, position) => [UNITS[unit].column, position + 1])),
  );
});
