/** How the reader of chat reads an upstream's stream. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { chat } from "../../../src/wire/openai/chat.ts";
import type { Step } from "../../../src/wire/types.ts";
import { ASKED, faultOf, frame, TARGET } from "../support.ts";

const DONE = frame("[DONE]");

function reader(sendsFinish = false) {
  return chat.answers({ ...TARGET, stream: true, sendsFinish }, ASKED);
}

function delta(fields: JsonObject, finishReason: string | null = null, index = 0) {
  return frame({ id: "c1", created: 9, choices: [{ index, delta: fields, finish_reason: finishReason }] });
}

const chunks = (...steps: Step[]) => steps.flatMap(({ pieces }) => pieces.map(({ draft }) => draft.value));
const choices = (...steps: Step[]) => chunks(...steps).flatMap((chunk) => chunk["choices"] as JsonObject[]);

describe("a stream", () => {
  it("has one id, one time and the public name", () => {
    const read = reader();
    const steps = [
      read.step(delta({ content: "a" })),
      read.step(frame({ id: "other", created: 10, model: "secret", choices: [{ delta: { content: "b" } }] })),
    ];
    expect(chunks(...steps)).toMatchObject([
      { id: "c1", created: 9, model: "public", object: "chat.completion.chunk" },
      { id: "c1", created: 9, model: "public", object: "chat.completion.chunk" },
    ]);
    expect(choices(...steps)).toMatchObject([
      { index: 0, delta: { role: "assistant", content: "a" }, finish_reason: null },
      { index: 0, delta: { content: "b" }, finish_reason: null },
    ]);
  });

  it("becomes an answer with its first output", () => {
    const read = reader();
    const isMeaningful = [
      read.step(delta({ role: "assistant", content: "" })),
      read.step(delta({ reasoning_content: "hm" })),
      read.step(delta({})),
    ].map((step) => step.isMeaningful);
    expect(isMeaningful).toEqual([false, true, true]);
    expect(reader().step(delta({}, "content_filter")).isMeaningful).toBe(true);
    expect(reader().step(delta({}, "stop")).isMeaningful).toBe(false);
    expect(reader().step(delta({ content: [{ type: "image_url" }] })).isMeaningful).toBe(true);
  });

  it("may be spoken: its words count, and its sound passes and becomes whole", () => {
    const read = reader();
    const steps = [
      read.step(delta({ role: "assistant", audio: { id: "audio_1", transcript: "Hel" } })),
      read.step(delta({ audio: { data: "AAAA", transcript: "lo" } })),
      read.step(delta({ audio: { data: "BBBB", expires_at: 99 } })),
      read.step(delta({}, "stop")),
    ];
    expect(steps[0]?.isMeaningful).toBe(true);
    expect(steps.map(({ text }) => text.output).join("")).toBe("Hello");
    const fold = chat.fold?.();
    for (const { pieces } of steps) for (const piece of pieces) fold?.add(piece);
    expect(fold?.answer().value["choices"]).toMatchObject([
      { message: { audio: { id: "audio_1", transcript: "Hello", data: "AAAABBBB", expires_at: 99 } } },
    ]);
  });

  it("has its empty events left out", () => {
    const read = reader();
    expect(read.step(frame({ choices: [] })).pieces).toEqual([]);
    expect(read.step(frame({ id: "x" })).pieces).toEqual([]);
    expect(read.step(frame({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } }))).toMatchObject({
      usage: { input: 1, output: 2 },
      isMeaningful: true,
    });
  });
});

describe("what a stream says besides its text", () => {
  it("before the first choice comes with it: Azure's filter results, which no client must find in a chunk without choices", () => {
    const read = reader();
    const azure = {
      choices: [],
      created: 0,
      id: "",
      model: "",
      object: "",
      prompt_filter_results: [{ prompt_index: 0 }],
    };
    expect(read.step(frame(azure)).pieces).toEqual([]);
    const [first, second] = chunks(read.step(delta({ content: "a" })), read.step(delta({ content: "b" })));
    expect(first).toMatchObject({ id: "c1", created: 9, prompt_filter_results: [{ prompt_index: 0 }] });
    expect(second).not.toHaveProperty("prompt_filter_results");
    expect(read.step(frame({ choices: [], x_late: 1 })).pieces).toEqual([]);
    expect(chunks(read.step(delta({ content: "c" })))[0]).not.toHaveProperty("x_late");
  });

  it("of who serves a choice is left out", () => {
    const read = reader();
    const secret = { provider_metadata: { gateway: { routing: "Secret", cost: "0.1" } } };
    expect(choices(read.step(delta({ content: "a", ...secret })))).toMatchObject([
      { delta: { role: "assistant", content: "a" } },
    ]);
    expect(JSON.stringify(chunks(read.step(delta({ content: "a", ...secret }))))).not.toContain("Secret");
  });

  it.each([1_000, 20_000])("that is %d levels deep is the upstream's fault", (depth) => {
    const data = `{"choices":[{"delta":{"content":"a"}}],"x":${"[".repeat(depth)}${"]".repeat(depth)}}`;
    expect(faultOf(() => reader().step({ ...DONE, data }))).toBe("upstream_error");
  });
});

describe("the end of a stream", () => {
  it("is the upstream's own if it sends one", () => {
    const read = reader(true);
    read.step(delta({ content: "a" }));
    expect(read.step(delta({}, "length")).finishes).toBe(true);
    expect(read.step(DONE)).toMatchObject({ pieces: [], isLast: true });
  });

  it("is added where the route never sends one", () => {
    const read = reader();
    expect(read.step(delta({ content: "a" })).finishes).toBe(false);
    const end = read.step(DONE);
    expect(end.isLast).toBe(true);
    expect(chunks(end)).toMatchObject([{ id: "c1", created: 9, model: "public", object: "chat.completion.chunk" }]);
    expect(choices(end)).toEqual([{ index: 0, delta: {}, finish_reason: "stop" }]);
    const calling = reader();
    calling.step(delta({ tool_calls: [{ index: 0, id: "a", function: { name: "f", arguments: "{}" } }] }));
    expect(choices(calling.step(DONE))).toMatchObject([{ finish_reason: "tool_calls" }]);
  });

  it("is an error if it is missing where the route sends one, or where another choice had one", () => {
    const read = reader(true);
    read.step(delta({ content: "a" }));
    expect(faultOf(() => read.step(DONE))).toBe("upstream_error");
    const two = reader();
    two.step(delta({ content: "a" }, "stop"));
    two.step(delta({ content: "b" }, null, 1));
    expect(faultOf(() => two.step(DONE))).toBe("upstream_error");
  });

  it("without [DONE] is complete when every choice is", () => {
    const read = reader();
    expect(faultOf(() => read.end())).toBe("upstream_error");
    read.step(delta({ content: "a" }, "stop"));
    expect(faultOf(() => read.end())).toBe("none");
    read.step(delta({ content: "b" }, null, 1));
    expect(faultOf(() => read.end())).toBe("upstream_error");
  });
});

describe("tool calls in a stream", () => {
  const calls = (...deltas: JsonObject[]) => {
    const read = reader();
    return choices(...deltas.map((call) => read.step(delta({ tool_calls: [call] })))).flatMap(
      (choice) => (choice["delta"] as { tool_calls: JsonObject[] }).tool_calls,
    );
  };

  it("with an id that is repeated are one call", () => {
    const part = (text: string) => ({ id: "a", type: "function", function: { name: "f", arguments: text } });
    expect(calls(part('{"x'), part('":1}'), { id: "b", function: { name: "g" } })).toEqual([
      { index: 0, id: "a", type: "function", function: { name: "f", arguments: '{"x' } },
      { index: 0, function: { arguments: '":1}' } },
      { index: 1, id: "b", type: "function", function: { name: "g" } },
    ]);
    expect(calls({ index: 0, ...part("1") }, { index: 0, ...part("2") })[1]).toEqual({
      index: 0,
      function: { arguments: "2" },
    });
  });

  it("without an id get one, and without a position theirs", () => {
    const [first, more, second] = calls(
      { function: { name: "f", arguments: "" } },
      { function: { arguments: "{}" } },
      { function: { name: "g" } },
    );
    expect(first).toMatchObject({ index: 0, id: expect.stringMatching(/^call_/), type: "function" });
    expect(more).toEqual({ index: 0, function: { arguments: "{}" } });
    expect(second).toMatchObject({ index: 1, id: expect.stringMatching(/^call_/) });
  });

  it("at one position but with ids and names of their own are several calls", () => {
    const call = (id: string) => ({ index: 0, id, type: "function", function: { name: "f", arguments: "{" } });
    const more = { index: 0, function: { arguments: "}" } };
    expect(calls(call("a"), more, call("b"), more).map(({ index, id }) => [index, id])).toEqual([
      [0, "a"],
      [0, undefined],
      [1, "b"],
      [1, undefined],
    ]);
  });

  it("are counted from 0 without gaps", () => {
    const at = (index: number, id: string) => ({ index, id, function: { name: "f", arguments: "" } });
    const more = (index: number) => ({ index, function: { arguments: "{}" } });
    const placed = calls(at(1, "a"), more(1), at(4, "b"), more(4), more(1), at(1_000_000, "c"));
    expect(placed.map(({ index }) => index)).toEqual([0, 0, 1, 1, 0, 2]);
  });

  it.each([-1, 0.5, 1e300, "0"])("at the impossible position %j get one of ours", (index) => {
    expect(calls({ index, id: "a", function: { name: "f" } }, { index, function: { arguments: "{}" } })).toMatchObject([
      { index: 0, id: "a", type: "function" },
      { index: 0, function: { arguments: "{}" } },
    ]);
  });
});

describe("an error in an answer of status 200", () => {
  const ERROR = { message: "boom", code: "context_length_exceeded" };
  it.each<[string, unknown, string | undefined, unknown]>([
    ["at the top", { error: ERROR }, undefined, ERROR],
    ["beside choices", { error: ERROR, choices: [{ delta: { content: "x" } }] }, undefined, ERROR],
    ["in words", { error: "boom" }, undefined, { message: "boom" }],
    ["in a choice", { choices: [{ index: 0, error: ERROR }] }, undefined, ERROR],
    ["as a reason", { choices: [{ delta: {}, finish_reason: "error" }] }, undefined, { code: "finish_reason_error" }],
    ["in an event named so", { message: "boom" }, "error", { message: "boom" }],
    ["as code and message", ERROR, undefined, ERROR],
  ])("is found %s", (_title, body, event, error) => {
    expect(faultOf(() => reader().step(frame(body, event)))).toBe(`upstream's ${JSON.stringify(error)}`);
  });

  it.each([null, false, "", 0])("is not %j", (error) => {
    expect(faultOf(() => reader().step(frame({ error, choices: [{ delta: { content: "x" } }] })))).toBe("none");
  });

  it.each(["not json", "[]", "null", '"text"', `{"choices":[{"delta":{"a":${"[".repeat(300)}${"]".repeat(300)}}}]}`])(
    "is no JSON object: %s",
    (data) => {
      expect(faultOf(() => reader().step(frame(data)))).toBe("upstream_error");
    },
  );
});
