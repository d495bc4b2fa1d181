import * as fc from "fast-check";
import type { JsonObject } from "../../../src/core/json.ts";
import { describe, expect, it } from "vitest";
import { MAX_COUNT, usageProblem, type Usage } from "../../../src/core/units.ts";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import { scrub } from "../../../src/wire/scrub.ts";
import { DOCUMENTED, readUsage, writeUsage } from "../../../src/wire/openai/usage.ts";

function sum(usage: Usage | undefined): number {
  return Object.values(usage ?? {}).reduce<number>((total, count: number | undefined) => total + (count ?? 0), 0);
}

describe("readUsage", () => {
  it.each<[string, object, Usage]>([
    ["no details", { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 }, { input: 5, output: 7 }],
    [
      "OpenAI's details",
      {
        prompt_tokens: 100,
        completion_tokens: 50,
        total_tokens: 150,
        prompt_tokens_details: { cached_tokens: 30, cache_write_tokens: 10, audio_tokens: 5, image_tokens: 15 },
        completion_tokens_details: { reasoning_tokens: 20, audio_tokens: 10 },
      },
      {
        input: 40,
        cachedRead: 30,
        cacheWrite: 10,
        inputAudio: 5,
        inputImage: 15,
        output: 20,
        reasoning: 20,
        outputAudio: 10,
      },
    ],
    [
      "DeepSeek's cache",
      { prompt_tokens: 10, completion_tokens: 1, prompt_cache_hit_tokens: 8, prompt_cache_miss_tokens: 2 },
      { input: 2, cachedRead: 8, output: 1 },
    ],
    [
      "reasoning beside the completion, as the total shows",
      {
        prompt_tokens: 10,
        completion_tokens: 5,
        total_tokens: 115,
        completion_tokens_details: { reasoning_tokens: 100 },
      },
      { input: 10, output: 5, reasoning: 100 },
    ],
    [
      "zeros, which are reported",
      { prompt_tokens: 0, completion_tokens: 0, prompt_tokens_details: { cached_tokens: 0 } },
      { input: 0, output: 0, cachedRead: 0 },
    ],
    ["nulls, which are not", { prompt_tokens: 3, completion_tokens: null, prompt_tokens_details: null }, { input: 3 }],
    [
      "cached audio, which is not counted twice",
      { prompt_tokens: 10, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 8, audio_tokens: 10 } },
      { input: 0, cachedRead: 8, inputAudio: 2, output: 1 },
    ],
  ])("reads %s", (_title, usage, classes) => {
    expect(readUsage(usage)).toEqual(classes);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["a list", []],
    ["a text", "5"],
    ["no counts", {}],
    ["counts of null", { prompt_tokens: null, completion_tokens: null }],
  ])("of %s is unknown", (_title, usage) => {
    expect(readUsage(usage)).toBeUndefined();
  });

  it.each<[string, unknown]>([
    ["a negative count", { prompt_tokens: -1, completion_tokens: 1 }],
    ["a fraction", { prompt_tokens: 1.5, completion_tokens: 1 }],
    ["a text for a count", { prompt_tokens: "5", completion_tokens: 1 }],
    ["more cached than read", { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } }],
    ["a negative detail", { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: -1 } }],
    [
      "more reasoning than completion",
      { prompt_tokens: 5, completion_tokens: 1, total_tokens: 6, completion_tokens_details: { reasoning_tokens: 2 } },
    ],
  ])("of %s is read as impossible counts", (_title, usage) => {
    expect(usageProblem(readUsage(usage) ?? {})).toBeDefined();
  });

  const COUNT = fc.option(fc.nat(50), { nil: undefined });
  const USAGE = fc.record({
    prompt_tokens: fc.nat(100),
    completion_tokens: fc.nat(100),
    prompt_cache_hit_tokens: COUNT,
    prompt_tokens_details: fc.option(
      fc.record({ cached_tokens: COUNT, cache_write_tokens: COUNT, audio_tokens: COUNT, image_tokens: COUNT }),
    ),
    completion_tokens_details: fc.option(fc.record({ reasoning_tokens: COUNT, audio_tokens: COUNT })),
  });

  const FEES = new Set(["searches", "calls", "cacheWrite1h"] as const);

  it.each<[JsonObject, JsonObject]>([
    [{}, { searches: 1, calls: 1 }],
    [{ num_search_queries: 2 }, { searches: 2, calls: 1 }],
    [{ num_sources_used: 0 }, { searches: 0, calls: 1 }],
    [{ server_tool_use: { web_search_requests: 4 } }, { searches: 4, calls: 1 }],
    [{ prompt_tokens_details: { cache_write_tokens: 3 } }, { searches: 1, calls: 1, input: 2, cacheWrite1h: 3 }],
  ])("counts the fees of a request beside %j", (more, counts) => {
    expect(readUsage({ prompt_tokens: 5, completion_tokens: 7, ...more }, FEES)).toEqual({
      input: 5,
      output: 7,
      ...counts,
    });
  });

  it("counts no fee of an answer without usage", () => {
    expect(readUsage(null, FEES)).toBeUndefined();
  });

  it("has units that are never negative and add up to prompt and completion", () => {
    let read = 0;
    fc.assert(
      fc.property(USAGE, (usage) => {
        const total = usage.prompt_tokens + usage.completion_tokens;
        const classes = readUsage({ ...usage, total_tokens: total });
        if (classes === undefined || usageProblem(classes) !== undefined) return;
        read++;
        for (const count of Object.values(classes)) if (count !== undefined) expect(count).toBeGreaterThanOrEqual(0);
        expect(sum(classes)).toBe(total);
      }),
      { numRuns: 2000 },
    );
    expect(read, "most usages can be read").toBeGreaterThan(500);
  });

  it("counts reasoning beside the completion once", () => {
    fc.assert(
      fc.property(fc.nat(100), fc.nat(100), fc.integer({ min: 1, max: 100 }), (prompt, completion, reasoning) => {
        const usage = {
          prompt_tokens: prompt,
          completion_tokens: completion,
          total_tokens: prompt + completion + reasoning,
          completion_tokens_details: { reasoning_tokens: reasoning },
        };
        expect(readUsage(usage)).toEqual({ input: prompt, output: completion, reasoning });
      }),
    );
  });

  it("never throws for any usage, and returns one that is possible or is recognised as impossible", () => {
    const value = fc.oneof(fc.jsonValue(), fc.integer(), fc.double());
    const usages = fc.record(
      {
        prompt_tokens: value,
        completion_tokens: value,
        total_tokens: value,
        prompt_tokens_details: fc.oneof(value, fc.record({ cached_tokens: value, audio_tokens: value })),
        completion_tokens_details: fc.oneof(value, fc.record({ reasoning_tokens: value })),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(usages, (usage) => {
        const classes = readUsage(usage) ?? {};
        const counts = Object.values(classes);
        const possible = counts.every((count) => Number.isSafeInteger(count) && count >= 0 && count <= MAX_COUNT);
        expect(usageProblem(classes) === undefined, JSON.stringify(usage)).toBe(possible);
      }),
    );
  });
});

describe("scrub", () => {
  it("removes what upstreams say of their own bill and route, and nothing else", () => {
    const body = { id: "x", provider: "secret", usage: { prompt_tokens: 1, cost: 1, cost_details: {}, is_byok: true } };
    const draft = new JsonDraft(body, JSON.stringify(body));
    scrub(draft, DOCUMENTED);
    expect(draft.toString()).toBe('{"id":"x","usage":{"prompt_tokens":1}}');
    for (const odd of [{ usage: null }, { usage: 5 }, {}])
      expect(() => scrub(new JsonDraft(odd), DOCUMENTED)).not.toThrow();
  });
});

describe("writeUsage", () => {
  it("is read back as it was counted", () => {
    expect(readUsage(writeUsage({ input: 5, output: 7, reasoning: 2 }))).toEqual({ input: 5, output: 7, reasoning: 2 });
    expect(readUsage(writeUsage({ input: 5, output: 0 }))).toEqual({ input: 5, output: 0 });
    expect(writeUsage({ input: 5, cachedRead: 3, output: 7 })).toMatchObject({ prompt_tokens: 8, total_tokens: 15 });
  });
});
