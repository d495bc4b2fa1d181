import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  affordableCap,
  boundsOf,
  holdSize,
  LEAST_OUTPUT,
  OVERHEAD_TOKENS,
  usualCost,
  type BillableDemand,
  type ModelLimits,
  type Offer,
} from "../../src/billing/estimate.ts";
import { cost, RATIO_ONE } from "../../src/billing/price.ts";
import { LocalCount, TokenTally, countTokens } from "../../src/billing/usage-count.ts";
import { plain, priceOf } from "./prices.ts";

const limits: ModelLimits = {
  contextLength: 128_000,
  maxOutput: 4096,
  usualOutput: 500,
  imageTokens: 1600,
  audioTokens: null,
  fileTokens: null,
  maxTokensPerSecond: null,
};
/** 2.50 and 10 a million tokens. */
const gpt: Offer = { limits, price: plain({ input: 2_500_000, output: 10_000_000 }), ratioPpm: RATIO_ONE };
const cheap: Offer = { limits, price: plain({ input: 140_000, output: 280_000 }), ratioPpm: RATIO_ONE };
/** 350 bytes and what vendors add. */
const PROMPT = 350 + OVERHEAD_TOKENS;

function demand(values: Partial<BillableDemand> = {}): BillableDemand {
  return { promptBytes: 350, needs: new Map(), maxOutput: undefined, choices: 1, ...values };
}

function offer(values: Partial<ModelLimits>, price = plain({ input: 0, output: 1000 })): Offer {
  return { limits: { ...limits, ...values }, price, ratioPpm: RATIO_ONE };
}

describe("the usual cost", () => {
  it("is bytes / 3.5 and the usual answer", () => {
    expect(usualCost(demand(), gpt)).toBe(cost({ input: 100, output: 500 }, gpt.price, RATIO_ONE));
  });

  it("asks for no more output than the client, for each choice", () => {
    const capped = demand({ maxOutput: 20, choices: 3 });
    expect(usualCost(capped, gpt)).toBe(cost({ input: 100, output: 60 }, gpt.price, RATIO_ONE));
  });

  it("is no longer than the model's context and its longest answer", () => {
    const short: Offer = { ...gpt, limits: { ...limits, contextLength: 90, maxOutput: 30 } };
    expect(usualCost(demand(), short)).toBe(cost({ input: 90, output: 30 }, gpt.price, RATIO_ONE));
  });

  it("counts parts by the tokens of their kind, and uses the rate for the attributes that the client fixed", () => {
    const pictures = demand({
      promptBytes: 0,
      maxOutput: 0,
      needs: new Map([
        ["image", 2],
        ["tools", 9],
      ]),
    });
    expect(usualCost(pictures, gpt)).toBe(cost({ input: 2 * 1600 }, gpt.price, RATIO_ONE));
    const price = priceOf({ unit: "images", nanos: 500 }, { unit: "images", when: { size: "s" }, nanos: 100 });
    const made = demand({ units: { images: 1 }, attributes: { size: "s" } });
    expect(usualCost(made, { ...gpt, price })).toBe(100);
  });
});

describe("the hold of a whole answer", () => {
  it("counts a token per byte, what vendors add, and the client's own cap, at the dearest offer", () => {
    const nanos = cost({ input: PROMPT, output: 100 }, gpt.price, RATIO_ONE);
    expect(holdSize(demand({ maxOutput: 100 }), [cheap, gpt])).toMatchObject({ wanted: nanos, least: nanos });
  });

  it("counts every choice", () => {
    expect(holdSize(demand({ maxOutput: 100, choices: 3 }), [offer({})]).wanted).toBe(300);
  });

  it.each<[string, Partial<ModelLimits>, number | undefined, number]>([
    ["the client's cap", { maxOutput: 4096 }, 50, 50],
    ["the model's maximum, whatever the client says", { maxOutput: 4096 }, 50_000, 4096],
    ["the model's maximum", { maxOutput: 40_000 }, undefined, 40_000],
    ["the context, where no maximum is known", { maxOutput: null, contextLength: 1000 }, 50_000, 1000],
    ["131,072 tokens, where nothing is known", { maxOutput: null, contextLength: null }, undefined, 131_072],
  ])("covers %s", (_, values, maxOutput, tokens) => {
    expect(holdSize(demand({ maxOutput }), [offer(values)]).wanted).toBe(tokens);
  });

  it("may be less for a request without a cap: the prompt and 16 tokens, or the model's maximum", () => {
    expect(holdSize(demand(), [offer({})])).toEqual({ wanted: 4096, least: LEAST_OUTPUT, ceiling: 4096 });
    expect(holdSize(demand(), [offer({ maxOutput: 8 })])).toEqual({ wanted: 8, least: 8, ceiling: 8 });
  });

  it("has the model's own maximum as its ceiling", () => {
    expect(holdSize(demand({ maxOutput: 5 }), [offer({})])).toEqual({ wanted: 5, least: 5, ceiling: 4096 });
  });

  it("counts no prompt as longer than the context, the dearest parts first; several prompts each by themselves", () => {
    const price = plain({ input: 1000, output: 0, inputAudio: 9000 });
    const long = demand({ promptBytes: 4_000_000, maxOutput: 0, needs: new Map([["image", 1]]) });
    expect(holdSize(long, [offer({ contextLength: 5000 }, price)]).wanted).toBe(5000);
    expect(holdSize({ ...long, prompts: 3 }, [offer({ contextLength: 5000 }, price)]).wanted).toBe(15_000);
    const spoken = demand({ maxOutput: 0, needs: new Map([["audio", 1]]) });
    expect(holdSize(spoken, [offer({ contextLength: 5000 }, price)]).wanted).toBe(45_000);
    const unknown = offer({ contextLength: null }, price);
    expect(holdSize(demand({ promptBytes: 4_000_000, maxOutput: 0 }), [unknown]).wanted).toBe(4_000_500);
  });

  it.each([
    ["image", "inputImage", 1600],
    ["audio", "inputAudio", 128_000],
    ["file", "inputImage", 128_000],
  ] as const)("takes %s for its configured size, or for the whole context", (part, unit, tokens) => {
    const parts = demand({ promptBytes: 10, maxOutput: 0, needs: new Map([[part, 1]]) });
    const rest = Math.min(10 + OVERHEAD_TOKENS, 128_000 - tokens);
    const dear = plain({ input: 1000, output: 0, [unit]: 7000 });
    expect(holdSize(parts, [offer({}, dear)]).wanted).toBe(tokens * 7 + rest);
    const cheaper = plain({ input: 1000, output: 0, [unit]: 1 });
    expect(holdSize(parts, [offer({}, cheaper)]).wanted).toBe(tokens + rest);
  });

  it("counts text at its dearest class", () => {
    const price = plain({ input: 2_500_000, output: 10_000_000, cacheWrite: 3_125_000, reasoning: 12_000_000 });
    const nanos = cost({ cacheWrite: PROMPT, reasoning: 10 }, price, RATIO_ONE);
    expect(holdSize(demand({ maxOutput: 10 }), [{ ...gpt, price }]).wanted).toBe(nanos);
  });

  it("counts the units that the request fixes, and its fee", () => {
    const price = plain({ input: 0, output: 0, characters: 15_000, request: 7 });
    expect(holdSize(demand({ units: { characters: 2000 }, maxOutput: 0 }), [offer({}, price)]).wanted).toBe(30_007);
  });

  it("uses the dearest rate for what the upstream chooses, and the exact rate for what the client fixed", () => {
    const price = priceOf(
      { unit: "images", nanos: 500 },
      { unit: "images", when: { size: "256x256" }, nanos: 100 },
      { unit: "images", when: { size: "256x256", quality: "high" }, nanos: 300 },
    );
    const wanted = (attributes: BillableDemand["attributes"]) =>
      holdSize(demand({ units: { images: 2 }, ...(attributes && { attributes }) }), [{ ...gpt, price }]).wanted;
    expect(wanted(undefined)).toBe(1000);
    expect(wanted({ size: "256x256" })).toBe(600);
    expect(wanted({ size: "256x256", quality: "low" })).toBe(200);
  });

  it("is a number of money for absurd demands, so small that a thousand of them can be counted", () => {
    const absurd = demand({ maxOutput: Number.MAX_SAFE_INTEGER, choices: Number.MAX_SAFE_INTEGER });
    expect(holdSize(absurd, [gpt]).wanted * 1000).toBeLessThanOrEqual(Number.MAX_SAFE_INTEGER);
  });
});

describe("the cap that a hold affords", () => {
  it("is what is left besides the prompt, for each choice and for every offer", () => {
    const nanos = cost({ input: PROMPT }, gpt.price, RATIO_ONE) + 10_000 * 100 + 9999;
    expect(affordableCap(demand(), [gpt, cheap], nanos)).toBe(100);
    expect(affordableCap(demand({ choices: 2 }), [gpt], nanos)).toBe(50);
    expect(affordableCap(demand(), [offer({}, plain({ input: 0, output: 0 }))], 0)).toBe(Number.MAX_SAFE_INTEGER);
  });

  it("covers every usage within it, at every offer, and no hold is less than it wants", () => {
    const offers = fc.array(
      fc
        .record({ input: fc.nat(5_000_000), output: fc.nat(20_000_000), ratioPpm: fc.nat(3_000_000) })
        .map(({ ratioPpm, ...price }): Offer => ({ limits, price: plain(price), ratioPpm })),
      { minLength: 1, maxLength: 3 },
    );
    const asked = fc.record({
      promptBytes: fc.nat(10_000),
      maxOutput: fc.option(fc.nat(10_000), { nil: undefined }),
      choices: fc.integer({ min: 1, max: 3 }),
    });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(offers, asked, share, share, (given, values, money, part) => {
        const wish = demand(values);
        const size = holdSize(wish, given);
        const held = Math.max(size.least, Math.floor(size.wanted * money));
        const cap = Math.min(affordableCap(wish, given, held), values.maxOutput ?? 4096, 4096) * values.choices;
        const used = { input: Math.floor(values.promptBytes * part), output: Math.floor(cap * part) };
        for (const { price, ratioPpm } of given) expect(cost(used, price, ratioPpm)).toBeLessThanOrEqual(held);
        expect(size.ceiling).toBeGreaterThanOrEqual(size.wanted);
        if (values.maxOutput === undefined) expect(cap).toBeGreaterThanOrEqual(LEAST_OUTPUT);
      }),
      { numRuns: 500 },
    );
  });

  it("uses the rate of the tier that the client chose", () => {
    const price = priceOf({ unit: "output", nanos: 9000 }, { unit: "output", when: { tier: "flex" }, nanos: 2000 });
    const { perToken } = boundsOf(demand({ attributes: { tier: "flex" } }), { ...gpt, price });
    expect(perToken).toBe(2000n * BigInt(RATIO_ONE));
  });
});

describe("a recording", () => {
  const recording = { ms: 60_000, leastMs: 1000, mostMs: 600_000, isGuess: false };
  const heard = { recording, units: { durationMs: 60_000 }, maxOutput: 0 };

  it("is held for by its seconds, and by the most tokens that any vendor counts", () => {
    const seconds = { ...gpt, price: priceOf({ unit: "durationMs", nanos: 100_000 }) };
    expect(holdSize(demand(heard), [seconds]).wanted).toBe(6_000_000);
    const tokens = { ...gpt, price: priceOf({ unit: "inputAudio", nanos: 6000 }) };
    expect(holdSize(demand(heard), [tokens]).wanted).toBe(32 * 60 * 6);
  });

  it("usually costs ten tokens a second", () => {
    const price = plain({ input: 6000, output: 0 });
    expect(usualCost(demand({ ...heard, promptBytes: 0 }), { ...gpt, price })).toBe(600 * 6);
  });
});

describe("a local count", () => {
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
