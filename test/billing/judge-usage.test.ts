/** What an upstream reports is believed as far as its model can do it, and as far as it fits what was delivered. */
import { describe, expect, it } from "vitest";
import type { BillableDemand, ModelLimits } from "../../src/billing/estimate.ts";
import { judgeUsage, type Evidence } from "../../src/billing/judge-usage.ts";
import { countTokens, LocalCount } from "../../src/billing/usage-count.ts";
import type { Usage } from "../../src/core/units.ts";
import type { Recording } from "../../src/operation/speech/heard.ts";

const LIMITS: ModelLimits = {
  contextLength: 8000,
  maxOutput: 1000,
  usualOutput: null,
  imageTokens: null,
  audioTokens: null,
  fileTokens: null,
  maxTokensPerSecond: null,
};
const WORDS = "word ".repeat(349);
const SAID = countTokens(WORDS);

interface Case {
  readonly said?: string;
  readonly prompt?: number;
  readonly demand?: Partial<BillableDemand>;
  readonly limits?: Partial<ModelLimits>;
  readonly isWhole?: boolean;
  readonly recording?: Recording;
}

function judge(reported: Usage | undefined, options: Case = {}) {
  const { said = WORDS, prompt = 50, demand, limits, isWhole = true, recording } = options;
  const local = new LocalCount(() => prompt, recording);
  local.output.add(said);
  const evidence: Evidence = {
    limits: { ...LIMITS, ...limits },
    demand: { promptBytes: 400, needs: new Map(), maxOutput: undefined, choices: 1, ...demand },
    local,
    isWhole,
  };
  return judgeUsage(reported, evidence);
}

describe("usage", () => {
  it("that is possible is believed", () => {
    const usage = { input: 60, cachedRead: 10, output: SAID, reasoning: 90, images: 1 };
    expect(judge(usage)).toEqual({ usage, estimated: false });
  });

  it("that is not reported is our own count", () => {
    expect(judge(undefined)).toEqual({ usage: { input: 50, output: SAID }, estimated: true });
  });

  it.each<[string, Usage, Usage, string]>([
    ["99,999,999 tokens", { input: 60, output: 99_999_999 }, { input: 60, output: SAID }, "output is 99999999, more"],
    [
      "a prompt beyond the context",
      { input: 10_001, output: SAID },
      { input: 50, output: SAID },
      "prompt is 10001, more",
    ],
    ["one token for 349 words", { input: 60, output: 1 }, { input: 60, output: SAID }, "output is 1, though"],
    ["no output for 349 words", { input: 60, output: 0 }, { input: 60, output: SAID }, "output is 0, though"],
    ["no prompt", { input: 0, output: SAID }, { input: 50, output: SAID }, "prompt is 0, though"],
    ["a negative prompt", { input: -5, output: SAID }, { input: 50, output: SAID }, "prompt is negative"],
    ["no number", { input: Number.NaN, output: SAID }, { input: 50, output: SAID }, "prompt is no whole number"],
    [
      "more cached than read",
      { input: -20, cachedRead: 80, output: SAID },
      { input: 0, cachedRead: 60, output: SAID },
      "input is negative",
    ],
    [
      "more thought than made",
      { input: 60, output: -100, reasoning: SAID + 100 },
      { input: 60, output: 0, reasoning: SAID },
      "output is negative",
    ],
    ["half a picture", { input: 60, output: SAID, images: 0.5 }, { input: 60, output: SAID }, "images cannot be"],
  ])("of %s is repaired where it cannot be true", (_, reported, usage, problem) => {
    expect(judge(reported)).toEqual({ usage, estimated: true, problem: expect.stringContaining(problem) as string });
  });

  it("may exceed the model's limits by a quarter, for each choice", () => {
    expect(judge({ input: 10_000, output: 1250 }).estimated).toBe(false);
    expect(judge({ input: 60, output: 1251 }).estimated).toBe(true);
    expect(judge({ input: 60, output: 2500 }, { demand: { choices: 2 } }).estimated).toBe(false);
  });

  it("is judged by the context, or by the bytes of the prompt, where the model's limits are not known", () => {
    const unknown = { contextLength: null, maxOutput: null };
    expect(judge({ input: 60, output: 163_841 }, { limits: unknown }).estimated).toBe(true);
    expect(judge({ input: 200_000, output: SAID }, { limits: unknown }).estimated).toBe(true);
    const long = { limits: unknown, demand: { promptBytes: 800_000 } };
    expect(judge({ input: 200_000, output: SAID }, long).estimated).toBe(false);
  });

  it("of a long body may be small, if what the model reads is", () => {
    const padded = { demand: { promptBytes: 400_000 } };
    expect(judge({ input: 13, output: SAID }, padded).estimated).toBe(false);
    expect(judge({ input: 12, output: SAID }, padded)).toMatchObject({ usage: { input: 50 }, estimated: true });
  });

  it("may be a quarter of our own count, because tokenizers differ", () => {
    expect(judge({ input: 60, output: Math.ceil(SAID / 4) }).estimated).toBe(false);
    expect(judge({ input: 60, output: Math.floor((SAID - 1) / 4) }).estimated).toBe(true);
  });

  it("of an answer that broke off is the larger of both counts", () => {
    const broken = { isWhole: false };
    expect(judge({ input: 60, output: SAID - 1 }, broken)).toEqual({
      usage: { input: 60, output: SAID },
      estimated: true,
    });
    expect(judge({ input: 60, output: SAID + 700 }, broken)).toEqual({
      usage: { input: 60, output: SAID + 700 },
      estimated: false,
    });
  });

  it("without one of its sides is completed by our own count", () => {
    expect(judge({ output: SAID })).toEqual({ usage: { input: 50, output: SAID }, estimated: true });
  });
});

describe("the length of a recording", () => {
  const recording = { ms: 60_000, leastMs: 10_000, mostMs: 600_000, isGuess: false };
  const guess = { ...recording, isGuess: true };
  const told = { input: 60, output: SAID };

  it("is what the upstream says, if so many bytes can last so long", () => {
    for (const durationMs of [9000, 10_000, 61_000, 600_000, 601_000]) {
      const judged = judge({ ...told, durationMs }, { recording: guess });
      expect(judged).toEqual({ usage: { ...told, durationMs }, estimated: false });
    }
  });

  it.each([0, -1, 8999, 601_001, 1e12])(
    "is that of its file where the upstream says what cannot be: %s",
    (durationMs) => {
      expect(judge({ ...told, durationMs }, { recording })).toMatchObject({
        usage: { ...told, durationMs: 60_000 },
        isLengthGuessed: true,
        problem: expect.stringContaining(`durationMs is ${durationMs}`) as string,
      });
    },
  );

  it("is that of its file where the upstream says none, which may be a guess", () => {
    expect(judge(told, { recording })).toEqual({ usage: { ...told, durationMs: 60_000 }, estimated: false });
    expect(judge(told, { recording: guess })).toMatchObject({ usage: { durationMs: 60_000 }, isLengthGuessed: true });
  });

  it("tells about how many tokens it has, where the upstream says nothing", () => {
    const ours = { input: 50, inputAudio: 600, output: SAID, durationMs: 60_000 };
    expect(judge(undefined, { recording })).toEqual({ usage: ours, estimated: true });
    expect(judge({}, { recording })).toEqual({ usage: ours, estimated: true });
    expect(judge(undefined, { recording: guess })).toEqual({ usage: ours, estimated: true, isLengthGuessed: true });
  });
});
