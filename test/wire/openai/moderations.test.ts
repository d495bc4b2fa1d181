import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { moderations } from "../../../src/wire/openai/moderations.ts";
import { passage } from "../../../src/wire/passage.ts";
import { faultOf, MATCH, TARGET } from "../support.ts";

const ask = (body: JsonObject) => moderations.read(jsonPayload(body), MATCH);
const PICTURE = { type: "image_url", image_url: { url: `data:image/png;base64,${"A".repeat(5000)}` } };
const RESULT = { flagged: false, categories: { hate: false }, category_scores: { hate: 0.1 } };

describe("a request", () => {
  it("needs no model", () => {
    expect(ask({ input: "Hello" }).demand).toMatchObject({ operation: "moderate", model: undefined, maxOutput: 0 });
  });

  it.each([
    ["a text", "Hello", 1],
    ["an empty text", "", 1],
    ["texts", ["a", "b"], 2],
    ["parts, which are judged together", [{ type: "text", text: "a" }, PICTURE], 1],
  ])("may be %s", (_, input, results) => expect(ask({ input }).demand.prompts).toBe(results));

  it("counts pictures, not their bytes", () => {
    const { demand } = ask({ input: [PICTURE, PICTURE] });
    expect(demand.needs).toEqual(new Map([["image", 2]]));
    expect(demand.promptBytes).toBeLessThan(500);
  });

  it.each([
    ["nothing", {}, "missing_input input"],
    ["an empty list", { input: [] }, "invalid_parameter input"],
    ["texts beside parts", { input: ["a", PICTURE] }, "invalid_parameter input"],
    ["a part of another type", { input: [{ type: "input_audio" }] }, "invalid_parameter input"],
    [
      "a file of the upstream's machine",
      { input: [{ type: "image_url", image_url: { url: "file:///etc/passwd" } }] },
      "invalid_parameter input.image_url",
    ],
    ["too many texts", { input: Array.from({ length: 2049 }, () => "a") }, "invalid_parameter input"],
  ])("with %s is refused", (_, body, fault) => expect(faultOf(() => ask(body))).toBe(fault));
});

describe("an answer", () => {
  const carry = (input: unknown, answer: JsonObject) => {
    const carried = passage(ask({ model: "judge", input, user: "a" }), moderations, TARGET);
    if (carried?.payload.kind !== "json") throw new Error("nothing carries it");
    expect(carried.address.path).toBe("/moderations");
    expect(carried.payload.value).toEqual({ model: "upstream-model", input, user: "account-alias" });
    const { usage } = carried.whole(jsonPayload(answer));
    const given = carried.answer(() => ({}));
    return { usage, given: given.kind === "json" ? (JSON.parse(given.text) as JsonObject) : {} };
  };

  it("is given as it came, with the model's public name", () => {
    const answer = { id: "modr-1", model: "upstream-model", results: [RESULT] };
    expect(carry("Hello", answer)).toEqual({ usage: undefined, given: { ...answer, model: "public" } });
  });

  it("may tell tokens", () => {
    const answer = { id: "m", model: "x", results: [RESULT], usage: { prompt_tokens: 9, total_tokens: 9 } };
    expect(carry("Hello", answer).usage).toEqual({ input: 9 });
  });

  it.each([
    ["fewer results than texts", { results: [RESULT] }],
    ["a result that says nothing", { results: [RESULT, {}] }],
    ["no results", {}],
  ])("with %s is none", (_, answer) => expect(faultOf(() => carry(["a", "b"], answer))).toBe("upstream_error"));
});
