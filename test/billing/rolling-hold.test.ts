/** The hold of a stream: what was produced, and what can be produced until it can next be raised. */
import { describe, expect, it } from "vitest";
import { OVERHEAD_TOKENS, type ModelLimits } from "../../src/billing/estimate.ts";
import { RATIO_ONE } from "../../src/billing/price.ts";
import { RollingHold, stretchTokens } from "../../src/billing/rolling-hold.ts";
import { plain } from "./prices.ts";

const LIMITS: ModelLimits = {
  contextLength: 128_000,
  maxOutput: 20_000,
  usualOutput: null,
  imageTokens: null,
  audioTokens: null,
  fileTokens: null,
  maxTokensPerSecond: null,
};
/** A prompt of 1,000 nanos, and a nano a token. */
const PRICE = plain({ input: 1000, output: 1000 });
const PROMPT = 1000;
const CHECKPOINT_MS = 20_000;
/** 300 tokens a second, for 20 s and a margin of 10 s. */
const STRETCH = 9000;

function roll({ heldNanos = PROMPT + STRETCH, choices = 1, waitedMs = 0, outputCap = 1e6 } = {}) {
  const demand = { promptBytes: PROMPT - OVERHEAD_TOKENS, needs: new Map(), maxOutput: undefined, choices };
  const state = { produced: 0, nowMs: waitedMs };
  const hold = new RollingHold({
    demand,
    offer: { limits: LIMITS, price: PRICE, ratioPpm: RATIO_ONE },
    outputCap,
    checkpointMs: CHECKPOINT_MS,
    heldNanos,
    produced: () => state.produced,
    now: () => state.nowMs,
    startedAtMs: 0,
  });
  return { hold, state };
}

describe("a rolling hold", () => {
  it("covers a stretch at the model's greatest speed", () => {
    expect(stretchTokens(LIMITS, CHECKPOINT_MS)).toBe(STRETCH);
    expect(stretchTokens({ ...LIMITS, maxTokensPerSecond: 1000 }, CHECKPOINT_MS)).toBe(30_000);
  });

  it("is raised for what was produced and the next stretch, never beyond the whole answer", () => {
    const { hold, state } = roll();
    state.produced = 1500;
    expect(hold.next()).toBe(PROMPT + 1500 + STRETCH);
    state.produced = 15_000;
    expect(hold.next()).toBe(PROMPT + 20_000);
    expect(hold.mostNanos).toBe(PROMPT + 20_000);
    expect(roll({ outputCap: 50 }).hold.mostNanos).toBe(PROMPT + 50);
  });

  it("counts all choices", () => {
    const { hold, state } = roll({ choices: 2 });
    state.produced = 1000;
    expect(hold.next()).toBe(PROMPT + 1000 + 2 * STRETCH);
    expect(hold.mostNanos).toBe(PROMPT + 40_000);
  });

  it("takes silence from one checkpoint to the next for thought at full speed", () => {
    const { hold, state } = roll();
    state.nowMs = 20_000;
    expect(hold.next()).toBe(PROMPT + 6000 + STRETCH);
    state.produced = 10;
    state.nowMs = 40_000;
    expect(hold.next()).toBe(PROMPT + 6010 + STRETCH);
    expect(hold.hiddenTokens).toBe(6000);
  });

  it("takes a long wait for the first event for thought, beyond the margin", () => {
    expect(roll({ waitedMs: 10_000 }).hold.hiddenTokens).toBe(0);
    expect(roll({ waitedMs: 25_000 }).hold.hiddenTokens).toBe(4500);
  });

  it("is spent when what is left is of no use, until it is raised", () => {
    const { hold, state } = roll({ heldNanos: PROMPT + 100 });
    state.produced = 84;
    expect(hold.isSpent).toBe(false);
    state.produced = 85;
    expect(hold.isSpent).toBe(true);
    hold.raised(PROMPT + 200);
    expect(hold.isSpent).toBe(false);
    hold.raised(PROMPT);
    expect(hold.heldNanos).toBe(PROMPT + 200);
  });

  it("is never spent where it covers the whole answer, by however much our count errs", () => {
    const { hold, state } = roll({ heldNanos: PROMPT + 20_000 });
    state.produced = 25_000;
    expect(hold.isSpent).toBe(false);
    expect(hold.delivered(1e9)).toBe(false);
  });

  it("asks to be raised when it is used up, and counts tokens only when it may be", () => {
    const { hold, state } = roll({ heldNanos: PROMPT + 100 });
    expect(hold.delivered(99)).toBe(false);
    state.produced = 25;
    expect(hold.delivered(1)).toBe(false);
    expect(hold.delivered(74)).toBe(false);
    state.produced = 100;
    expect(hold.delivered(1)).toBe(true);
  });
});
