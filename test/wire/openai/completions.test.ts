import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { completions } from "../../../src/wire/openai/completions.ts";
import { ASKED, faultOf, frame, readRequest, readWhole, TARGET } from "../support.ts";

describe("what a completion asks", () => {
  it.each<[unknown, number]>([
    ["Hello", 1],
    ["", 1],
    ["世界", 1],
    [["Hello", "you"], 2],
    [[1, 2, 3], 1],
    [[[1, 2], [3]], 2],
  ])("for %j is the bytes of the body, and %d prompts", (prompt, prompts) => {
    const promptBytes = new TextEncoder().encode(JSON.stringify({ prompt })).length;
    const { demand } = readRequest(completions, { prompt });
    expect(demand).toMatchObject({ operation: "complete", promptBytes, prompts, choices: prompts });
    expect(readRequest(completions, { prompt, n: 3 }).demand.choices).toBe(3 * prompts);
    expect(readRequest(completions, { prompt, n: 3, best_of: 5 }).demand.choices).toBe(5 * prompts);
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
    [{ prompt: "a", n: 129 }, "invalid_parameter n"],
    [{ prompt: "a", best_of: 129 }, "invalid_parameter best_of"],
  ])("of %j is refused: %s", (body, expected) => {
    expect(faultOf(() => readRequest(completions, body))).toBe(expected);
  });
});

describe("a completion", () => {
  it("gets the fields it lacks", () => {
    expect(readWhole(completions, { choices: [{ text: "Hi" }] }).body).toEqual({
      id: expect.stringMatching(/^cmpl-[0-9a-f]{24}$/),
      object: "text_completion",
      created: 5,
      model: "public",
      choices: [{ index: 0, text: "Hi", logprobs: null, finish_reason: "stop" }],
    });
  });

  it("without text is no answer, except with the finish reason length", () => {
    const read = (choice: JsonObject) => faultOf(() => readWhole(completions, { choices: [choice] }));
    expect(read({ text: "" })).toBe("upstream_error");
    expect(read({ text: "", finish_reason: "stop" })).toBe("upstream_error");
    expect(read({ text: "", finish_reason: "length" })).toBe("none");
  });

  it("comes piece by piece under one id", () => {
    const reader = completions.answers(TARGET, ASKED);
    const steps = [{ text: "" }, { text: "Hi" }, { text: "", finish_reason: "stop" }].map((choice) =>
      reader.step(frame({ choices: [choice] })),
    );
    const chunks = steps.flatMap(({ pieces }) => pieces.map(({ draft }) => draft.value));
    expect(chunks).toHaveLength(3);
    expect(new Set(chunks.map(({ id }) => id)).size).toBe(1);
    expect(new Set(chunks.map(({ object }) => object))).toEqual(new Set(["text_completion"]));
    expect(steps.map(({ isMeaningful }) => isMeaningful)).toEqual([false, true, true]);
    expect(steps.map(({ finishes }) => finishes)).toEqual([false, false, true]);
    expect(reader.end().pieces).toEqual([]);
    expect(reader.step(frame("[DONE]")).isLast).toBe(true);
  });
});
