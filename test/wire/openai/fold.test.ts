import { describe, expect, it } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { chat } from "../../../src/wire/openai/chat.ts";
import { completions } from "../../../src/wire/openai/completions.ts";
import type { Wire } from "../../../src/wire/types.ts";

const unfold = (wire: Wire, answer: JsonObject) =>
  (wire.unfold?.(new JsonDraft(answer)) ?? []).map(({ draft }) => draft.value);
const fold = (wire: Wire, pieces: readonly JsonObject[]) => {
  const folding = wire.fold?.();
  for (const value of pieces) folding?.add({ draft: new JsonDraft(value) });
  return folding?.answer().value;
};

const HEAD = { id: "c1", created: 5, model: "m", system_fingerprint: "fp" };
const USAGE = { prompt_tokens: 1, completion_tokens: 2, total_tokens: 3 };
const CALL = { id: "a", type: "function", function: { name: "f", arguments: '{"x":1}' } };

describe.each<[Wire, JsonObject]>([
  [
    chat,
    {
      ...HEAD,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hi", reasoning_content: "hm" },
          logprobs: null,
          finish_reason: "stop",
        },
        { index: 1, message: { role: "assistant", content: null, tool_calls: [CALL] }, finish_reason: "tool_calls" },
      ],
      usage: USAGE,
    },
  ],
  [
    completions,
    {
      ...HEAD,
      object: "text_completion",
      choices: [
        { index: 0, text: "Hi", logprobs: { tokens: ["H", "i"], text_offset: [0, 1] }, finish_reason: "length" },
      ],
      usage: USAGE,
    },
  ],
])("a whole answer of $name", (wire, answer) => {
  it("is folded from what it unfolds to", () => {
    expect(fold(wire, unfold(wire, answer))).toEqual(answer);
  });

  it("unfolds to chunks whose last choice chunk alone ends", () => {
    const chunks = unfold(wire, answer);
    const reasons = chunks.map(({ choices }) => (choices as JsonObject[]).map((choice) => choice["finish_reason"]));
    expect(
      reasons
        .slice(0, -2)
        .flat()
        .every((reason) => reason === null),
    ).toBe(true);
    expect(reasons.at(-2)).toEqual((answer["choices"] as JsonObject[]).map((choice) => choice["finish_reason"]));
    expect(chunks.at(-1)).toMatchObject({ choices: [], usage: USAGE });
  });
});

describe("a stream of chat", () => {
  it("folds to one message a choice, in order, with whole texts, calls and logprobs", () => {
    const chunk = (index: number, delta: JsonObject, more: JsonObject = {}) => ({
      ...HEAD,
      object: "chat.completion.chunk",
      choices: [{ index, delta, finish_reason: null, ...more }],
    });
    const call = (text: string, head: JsonObject = {}) => ({
      tool_calls: [
        { index: 0, ...head, function: { ...(head["id"] === undefined ? {} : { name: "f" }), arguments: text } },
      ],
    });
    const token = (text: string) => ({ logprobs: { content: [{ token: text }] } });
    expect(
      fold(chat, [
        chunk(1, { role: "assistant", content: "B" }),
        chunk(0, { role: "assistant", content: "" }),
        chunk(0, { content: "Hel" }, token("Hel")),
        chunk(0, { content: "lo", reasoning_content: "hm" }, token("lo")),
        chunk(1, call('{"x', { id: "a", type: "function" })),
        chunk(1, call('":1}')),
        chunk(0, {}, { finish_reason: "stop" }),
        chunk(1, {}, { finish_reason: "tool_calls" }),
        { ...HEAD, choices: [], usage: USAGE },
      ]),
    ).toEqual({
      ...HEAD,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: "Hello", reasoning_content: "hm" },
          logprobs: { content: [{ token: "Hel" }, { token: "lo" }] },
          finish_reason: "stop",
        },
        { index: 1, message: { role: "assistant", content: "B", tool_calls: [CALL] }, finish_reason: "tool_calls" },
      ],
      usage: USAGE,
    });
  });

  it("never changes what all objects share", () => {
    const hostile =
      '{"choices":[{"index":0,"delta":{"__proto__":{"polluted":1},"content":"a"},"__proto__":{"polluted":1}}]}';
    const folded = fold(chat, [JSON.parse(hostile) as JsonObject, JSON.parse(hostile) as JsonObject]);
    expect(({} as JsonObject)["polluted"]).toBeUndefined();
    expect(folded).toMatchObject({ choices: [{ index: 0, message: { content: "aa" } }] });
  });

  it("folds long lists in time that grows with their length", () => {
    const startedAtMs = performance.now();
    const pieces = Array.from({ length: 100_000 }, (_, index) => ({
      choices: [{ index: 0, delta: { things: [{ index, text: "a" }] } }],
    }));
    expect(fold(chat, pieces)).toHaveProperty("choices.0.message.things.length", 100_000);
    expect(performance.now() - startedAtMs).toBeLessThan(5000);
  });
});
