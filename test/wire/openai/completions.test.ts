import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/core/fault.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { completions } from "../../../src/wire/openai/completions.ts";

const STAMP = { model: "public", created: 5 };

function faultOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof Fault) return [error.kind, error.options.param].filter(Boolean).join(" ");
    throw error;
  }
  return "none";
}

describe("what a completion asks", () => {
  it.each<[unknown, number, number]>([
    ["Hello", 5, 1],
    ["", 0, 1],
    ["世界", 6, 1],
    [["Hello", "you"], 8, 2],
    [[1, 2, 3], 12, 1],
    [[[1, 2], [3]], 12, 2],
  ])("for %j is %d bytes and %d choices", (prompt, promptBytes, choices) => {
    expect(completions.read({ prompt })).toMatchObject({ operation: "complete", promptBytes, choices });
    expect(completions.read({ prompt, n: 3 }).choices).toBe(3 * choices);
  });

  it.each<[JsonObject, string]>([
    [{}, "missing_input prompt"],
    [{ prompt: null }, "missing_input prompt"],
    [{ messages: [] }, "missing_input prompt"],
    [{ prompt: 5 }, "invalid_parameter prompt"],
    [{ prompt: {} }, "invalid_parameter prompt"],
    [{ prompt: [] }, "invalid_parameter prompt"],
    [{ prompt: ["a", 1] }, "invalid_parameter prompt"],
    [{ prompt: [1, "a"] }, "invalid_parameter prompt"],
    [{ prompt: [1.5] }, "invalid_parameter prompt"],
    [{ prompt: [-1] }, "invalid_parameter prompt"],
    [{ prompt: [[]] }, "invalid_parameter prompt"],
    [{ prompt: "a", n: 0 }, "invalid_parameter n"],
  ])("of %j is refused: %s", (body, expected) => {
    expect(faultOf(() => completions.read(body))).toBe(expected);
  });
});

describe("a completion", () => {
  it("is given what it lacks", () => {
    expect(completions.readAnswer({ choices: [{ text: "Hi" }] }, STAMP).body).toEqual({
      id: expect.stringMatching(/^cmpl-[0-9a-f]{24}$/),
      object: "text_completion",
      created: 5,
      model: "public",
      choices: [{ index: 0, text: "Hi", logprobs: null, finish_reason: "stop" }],
    });
  });

  it("of nothing is none, but for length", () => {
    const read = (choice: JsonObject) => faultOf(() => completions.readAnswer({ choices: [choice] }, STAMP));
    expect(read({ text: "" })).toBe("upstream_error");
    expect(read({ text: "", finish_reason: "stop" })).toBe("upstream_error");
    expect(read({ text: "", finish_reason: "length" })).toBe("none");
  });

  it("comes piece by piece under one id", () => {
    const reader = completions.eventReader(STAMP);
    const read = (choice: JsonObject) => {
      const event = reader.read(JSON.stringify({ choices: [choice] }));
      if (event === undefined || event === "done") throw new Error("an event was left out");
      return event;
    };
    const events = [read({ text: "" }), read({ text: "Hi" }), read({ text: "", finish_reason: "stop" })];
    expect(new Set(events.map(({ body }) => body["id"])).size).toBe(1);
    expect(events.map(({ meaningful }) => meaningful)).toEqual([false, true, true]);
    expect(events.map(({ finishes }) => finishes)).toEqual([false, false, true]);
    expect(events.map(({ body }) => body["object"])).toEqual(Array.from({ length: 3 }, () => "text_completion"));
    expect(reader.complete).toBe(true);
    expect(reader.read("[DONE]")).toBe("done");
  });
});
