import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  affordable,
  expectedEstimate,
  strictEstimate,
  type BillableDemand,
  type ModelLimits,
  type Offer,
} from "../../src/billing/estimate.ts";
import { cost, RATIO_ONE } from "../../src/billing/price.ts";
import type { Funds } from "../../src/billing/wallet.ts";
import { LocalCount, measuredUsage, TokenTally, countTokens } from "../../src/billing/usage-count.ts";
import { plain, priceOf } from "./prices.ts";

const limits: ModelLimits = {
  contextLength: 128_000,
  maxOutput: 4096,
  usualOutput: 500,
  imageTokens: 1600,
  audioTokens: null,
  fileTokens: null,
};
/** 2.50 and 10 a million tokens. */
const gpt: Offer = { limits, price: plain({ input: 2_500_000, output: 10_000_000 }), ratioPpm: RATIO_ONE };
const cheap: Offer = { limits, price: plain({ input: 140_000, output: 280_000 }), ratioPpm: RATIO_ONE };

function demand(values: Partial<BillableDemand> = {}): BillableDemand {
  return { promptBytes: 350, needs: new Map(), maxOutput: undefined, choices: 1, ...values };
}

const boundless = { nanos: undefined, refusal: "insufficient_balance" } as const;
const within = (nanos: number) => ({ nanos, refusal: "insufficient_balance" }) as const;

describe("expected", () => {
  it("is bytes / 3.5 and the usual answer, at the dearest offer", () => {
    expect(expectedEstimate(demand(), [cheap, gpt])).toBe(cost({ input: 100, output: 500 }, gpt.price, RATIO_ONE));
  });

  it("asks for no more output than the client, for each choice", () => {
    const estimate = expectedEstimate(demand({ maxOutput: 20, choices: 3 }), [gpt]);
    expect(estimate).toBe(cost({ input: 100, output: 60 }, gpt.price, RATIO_ONE));
  });

  it("is no longer than the model's context and its longest answer", () => {
    const short: Offer = { ...gpt, limits: { ...limits, contextLength: 90, maxOutput: 30 } };
    expect(expectedEstimate(demand(), [short])).toBe(cost({ input: 90, output: 30 }, gpt.price, RATIO_ONE));
  });

  it("counts parts by the tokens of their kind", () => {
    const parts = demand({
      promptBytes: 0,
      maxOutput: 0,
      needs: new Map([
        ["image", 2],
        ["file", 1],
        ["tools", 9],
      ]),
    });
    expect(expectedEstimate(parts, [gpt])).toBe(cost({ input: 2 * 1600 + 50_000 }, gpt.price, RATIO_ONE));
  });

  it("uses the rate for the attributes that the client fixed", () => {
    const price = priceOf({ unit: "images", nanos: 500 }, { unit: "images", when: { size: "s" }, nanos: 100 });
    const picture = demand({ units: { images: 1 }, attributes: { size: "s" } });
    expect(expectedEstimate(picture, [{ ...gpt, price }])).toBe(100);
  });

  it("survives absurd demands", () => {
    const absurd = demand({ maxOutput: Number.MAX_SAFE_INTEGER, choices: Number.MAX_SAFE_INTEGER });
    expect(Number.isSafeInteger(expectedEstimate(absurd, [gpt]))).toBe(true);
    expect(strictEstimate(absurd, [gpt], boundless)).toMatchObject({ kind: "fits" });
    expect(strictEstimate(absurd, [gpt], within(1e12))).toMatchObject({ kind: "refused" });
  });

  it("throws when there is no offer", () => {
    expect(() => expectedEstimate(demand(), [])).toThrow(RangeError);
    expect(() => strictEstimate(demand(), [], boundless)).toThrow(RangeError);
  });
});

describe("strict", () => {
  it("counts a token per byte, and the client's own cap", () => {
    const estimate = strictEstimate(demand({ maxOutput: 100 }), [gpt, cheap], boundless);
    const estimateNanos = cost({ input: 350, output: 100 }, gpt.price, RATIO_ONE);
    expect(estimate).toEqual({ kind: "fits", estimateNanos, outputCap: undefined });
  });

  it("caps output at exactly what the balance can pay for", () => {
    // 350 bytes cost 875,000; each token of output 10,000.
    const estimate = strictEstimate(demand(), [gpt], within(875_000 + 10_000 * 100 + 9999));
    expect(estimate).toEqual({ kind: "fits", estimateNanos: 1_875_000, outputCap: 100 });
  });

  it("caps at the model's maximum where the balance can pay for more", () => {
    expect(strictEstimate(demand(), [gpt], within(1e12))).toMatchObject({ outputCap: 4096 });
  });

  it("refuses a cap of fewer than 16 tokens", () => {
    expect(strictEstimate(demand(), [gpt], within(875_000 + 10_000 * 16))).toMatchObject({ outputCap: 16 });
    const refused = { kind: "refused", refusal: "insufficient_balance" };
    expect(strictEstimate(demand(), [gpt], within(875_000 + 10_000 * 16 - 1))).toEqual(refused);
    expect(strictEstimate(demand({ choices: 2 }), [gpt], within(875_000 + 10_000 * 16))).toEqual(refused);
  });

  it("refuses a cap that the client asked for and cannot pay", () => {
    expect(strictEstimate(demand({ maxOutput: 100 }), [gpt], within(1_874_999))).toMatchObject({ kind: "refused" });
    expect(strictEstimate(demand({ maxOutput: 100 }), [gpt], within(1_875_000))).toMatchObject({ kind: "fits" });
  });

  it("does not count the bytes of a picture of 4 MB as text", () => {
    // A picture counts as 1,600 tokens, which cost 0.004.
    const picture = demand({ needs: new Map([["image", 1]]) });
    expect(strictEstimate(picture, [gpt], within(6_000_000))).toMatchObject({ kind: "fits", estimateNanos: 5_995_000 });
  });

  it("counts no prompt as longer than the context", () => {
    const long = demand({ promptBytes: 4_000_000, maxOutput: 0, needs: new Map([["image", 1]]) });
    const offer = { ...gpt, price: { ...gpt.price, ...plain({ inputImage: 5_000_000 }) } };
    const used = { inputImage: 1600, input: 126_400 };
    expect(strictEstimate(long, [offer], boundless)).toMatchObject({
      estimateNanos: cost(used, offer.price, RATIO_ONE),
    });
  });

  const free = plain({ input: 0, output: 1000 });
  const offer = (values: Partial<ModelLimits>, price = free): Offer => ({
    ...gpt,
    limits: { ...limits, ...values },
    price,
  });

  it.each<[string, Partial<ModelLimits>, number, number]>([
    ["its maximum", { maxOutput: 4096 }, 50_000, 4096],
    ["its context", { maxOutput: null, contextLength: 1000 }, 50_000, 1000],
    ["nothing that is known", { maxOutput: null, contextLength: null }, 50_000, 50_000],
    ["its context, however long", { maxOutput: null, contextLength: 128_000 }, 50_000, 50_000],
  ])("bounds the client's own cap by %s", (_, values, maxOutput, tokens) => {
    expect(strictEstimate(demand({ maxOutput }), [offer(values)], boundless)).toMatchObject({ estimateNanos: tokens });
  });

  it.each<[string, Partial<ModelLimits>, number]>([
    ["its maximum", { maxOutput: 40_000 }, 40_000],
    ["its context", { maxOutput: null, contextLength: 1000 }, 1000],
    ["16,384", { maxOutput: null, contextLength: 128_000 }, 16_384],
    ["16,384 where nothing is known", { maxOutput: null, contextLength: null }, 16_384],
    ["less than 16, if that is its maximum", { maxOutput: 8 }, 8],
  ])("caps a request without a cap at %s", (_, values, outputCap) => {
    expect(strictEstimate(demand(), [offer(values)], within(1e12))).toEqual({
      kind: "fits",
      estimateNanos: outputCap,
      outputCap,
    });
  });

  it("uses the rate of the tier that the client chose, for tokens too", () => {
    const price = priceOf(
      { unit: "input", nanos: 9000 },
      { unit: "input", when: { tier: "flex" }, nanos: 1000 },
      { unit: "output", nanos: 9000 },
      { unit: "output", when: { tier: "flex" }, nanos: 2000 },
    );
    const flex = demand({ maxOutput: 10, attributes: { tier: "flex" } });
    expect(strictEstimate(flex, [offer({}, price)], boundless)).toMatchObject({ estimateNanos: 350 + 20 });
  });

  it("caps free output at the model's maximum", () => {
    const unpaid = offer({}, plain({ input: 1000, output: 0 }));
    expect(strictEstimate(demand(), [unpaid], within(350))).toEqual({
      kind: "fits",
      estimateNanos: 350,
      outputCap: 4096,
    });
    expect(strictEstimate(demand(), [unpaid], within(349))).toMatchObject({ kind: "refused" });
  });

  it("fills the context with the dearest parts", () => {
    const parts = demand({
      maxOutput: 0,
      needs: new Map([
        ["image", 1],
        ["audio", 1],
      ]),
    });
    const price = plain({ input: 1000, output: 0, inputAudio: 9000 });
    expect(strictEstimate(parts, [offer({ contextLength: 5000 }, price)], boundless)).toMatchObject({
      estimateNanos: 45_000,
    });
  });

  it("accepts fewer than 16 tokens where the model's maximum is lower", () => {
    expect(strictEstimate(demand(), [offer({ maxOutput: 8 })], within(8))).toMatchObject({ outputCap: 8 });
    expect(strictEstimate(demand(), [offer({ maxOutput: 8 })], within(7))).toMatchObject({ kind: "refused" });
  });

  it("sends one cap to models of different length, and counts each by its own", () => {
    const long = offer({ maxOutput: 4000 });
    const short = offer({ maxOutput: 100 }, plain({ input: 0, output: 20_000 }));
    for (const offers of [
      [long, short],
      [short, long],
    ]) {
      expect(strictEstimate(demand(), offers, within(1e12))).toMatchObject({ outputCap: 4000, estimateNanos: 4000 });
    }
  });

  it.each([
    ["audio", "inputAudio", 10_000],
    ["file", "inputImage", 50_000],
  ] as const)("counts %s at the price of %s, if that is dearer than text", (part, unit, tokens) => {
    const parts = demand({ promptBytes: 10, maxOutput: 0, needs: new Map([[part, 1]]) });
    const dear = plain({ input: 1000, output: 0, [unit]: 7000 });
    expect(strictEstimate(parts, [offer({}, dear)], boundless)).toMatchObject({ estimateNanos: tokens * 7 + 10 });
    const cheaper = plain({ input: 1000, output: 0, [unit]: 1 });
    expect(strictEstimate(parts, [offer({}, cheaper)], boundless)).toMatchObject({ estimateNanos: tokens + 10 });
  });

  it("counts text at its dearest class", () => {
    const writing = { ...gpt, price: { ...gpt.price, ...plain({ cacheWrite: 3_125_000, reasoning: 12_000_000 }) } };
    expect(strictEstimate(demand({ maxOutput: 10 }), [writing], boundless)).toMatchObject({
      estimateNanos: cost({ cacheWrite: 350, reasoning: 10 }, writing.price, RATIO_ONE),
    });
  });

  it("counts the units that the request fixes, and the fee of the request", () => {
    const speech = { ...gpt, price: plain({ input: 0, output: 0, characters: 15_000, request: 7 }) };
    const spoken = demand({ units: { characters: 2000 }, maxOutput: 0 });
    expect(strictEstimate(spoken, [speech], boundless)).toMatchObject({ estimateNanos: 30_007 });
    expect(expectedEstimate(spoken, [speech])).toBe(30_007);
  });

  it("uses the dearest rate for what the upstream chooses, and the exact rate for what the client fixed", () => {
    const price = priceOf(
      { unit: "images", nanos: 500 },
      { unit: "images", when: { size: "256x256" }, nanos: 100 },
      { unit: "images", when: { size: "256x256", quality: "high" }, nanos: 300 },
    );
    const estimate = (attributes: BillableDemand["attributes"]) =>
      strictEstimate(
        demand({ units: { images: 2 }, ...(attributes && { attributes }) }),
        [{ ...gpt, price }],
        boundless,
      );
    expect(estimate(undefined)).toMatchObject({ estimateNanos: 1000 });
    expect(estimate({ size: "256x256" })).toMatchObject({ estimateNanos: 600 });
    expect(estimate({ size: "256x256", quality: "low" })).toMatchObject({ estimateNanos: 200 });
  });

  it("covers every usage within its caps, at every offer, and stays within the funds", () => {
    const offer = fc
      .record({ input: fc.nat(5_000_000), output: fc.nat(20_000_000), ratioPpm: fc.nat(3_000_000) })
      .map(({ ratioPpm, ...price }): Offer => ({ limits, price: plain(price), ratioPpm }));
    fc.assert(
      fc.property(
        fc.array(offer, { minLength: 1, maxLength: 3 }),
        fc.record({
          promptBytes: fc.nat(10_000),
          maxOutput: fc.option(fc.nat(10_000), { nil: undefined }),
          choices: fc.integer({ min: 1, max: 3 }),
        }),
        fc.nat(1_000_000_000),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (offers, asked, nanos, share) => {
          const { promptBytes, maxOutput, choices } = asked;
          const estimate = strictEstimate(demand(asked), offers, within(nanos));
          if (estimate.kind === "refused") return;
          expect(estimate.estimateNanos).toBeLessThanOrEqual(nanos);
          const cap = Math.min(estimate.outputCap ?? maxOutput ?? 0, 4096) * choices;
          const used = { input: Math.floor(promptBytes * share), output: Math.floor(cap * share) };
          for (const { price, ratioPpm } of offers) {
            expect(cost(used, price, ratioPpm)).toBeLessThanOrEqual(estimate.estimateNanos);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("affordable", () => {
  const funds: Funds = {
    unlimited: false,
    balanceNanos: 500,
    allowance: undefined,
    overflow: false,
    keyNanos: undefined,
  };
  const allowance = { nanos: 200, requests: undefined };
  it.each([
    [{}, 500, "insufficient_balance"],
    [{ balanceNanos: -5 }, 0, "insufficient_balance"],
    [{ unlimited: true }, undefined, "insufficient_balance"],
    [{ keyNanos: 100 }, 100, "key_quota_exhausted"],
    [{ keyNanos: -3, unlimited: true }, 0, "key_quota_exhausted"],
    [{ keyNanos: 900 }, 500, "insufficient_balance"],
    [{ keyNanos: 500 }, 500, "insufficient_balance"],
    [{ allowance }, 200, "daily_limit_reached"],
    [{ allowance, overflow: true }, 500, "insufficient_balance"],
    [{ allowance: { nanos: 200, requests: 0 } }, 0, "daily_limit_reached"],
    [{ allowance: { nanos: undefined, requests: 3 } }, undefined, "daily_limit_reached"],
  ] as const)("%j → %s", (values, nanos, refusal) => {
    expect(affordable({ ...funds, ...values })).toEqual({ nanos, refusal });
  });
});

describe("a local count", () => {
  it("replaces an impossible report, and says why", () => {
    const count = () => ({ input: 1, output: 2 });
    expect(measuredUsage({ input: 5 }, count)).toEqual({ usage: { input: 5 }, estimated: false });
    expect(measuredUsage(undefined, count)).toEqual({ usage: { input: 1, output: 2 }, estimated: true });
    expect(measuredUsage({ input: -5, cachedRead: 9 }, count)).toEqual({
      usage: { input: 1, output: 2 },
      estimated: true,
      problem: "input is negative",
    });
  });

  it("is the same whether text comes whole or in pieces", () => {
    const text = "The quick brown fox, 快速的棕色狐狸, naïvely jumps over 13 lazy dogs. ".repeat(800);
    const tally = new TokenTally();
    for (let at = 0; at < text.length; at += 7) tally.add(text.slice(at, at + 7));
    expect(tally.tokens).toBe(countTokens(text));
    expect(tally.tokens).toBeGreaterThan(10_000);
  });

  it("counts the prompt once, answers and reasoning apart", () => {
    let asked = 0;
    const local = new LocalCount(() => {
      asked++;
      return 42;
    });
    expect(local.isAny).toBe(false);
    expect(local.usage()).toEqual({ input: 42, output: 0 });
    local.output.add("Hello there");
    local.reasoning.add("thinking about it");
    expect(local.isAny).toBe(true);
    expect(local.usage()).toEqual({ input: 42, output: 2, reasoning: countTokens("thinking about it") });
    expect(asked).toBe(1);
  });
});
