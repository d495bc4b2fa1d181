import { describe, expect, it } from "vitest";
import { JsonDraft } from "../../src/core/json-edit.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { completeOverChat } from "../../src/wire/adapters/complete-over-chat.ts";
import { completions } from "../../src/wire/openai/completions.ts";
import { jsonOf } from "../../src/wire/request-members.ts";
import { faultOf, MATCH, TARGET } from "./support.ts";

const adapt = (body: JsonObject) => completeOverChat(completions.read(jsonPayload(body), MATCH), TARGET);
const request = (body: JsonObject) => jsonOf(adapt(body).payload).value;
const answer = (body: JsonObject) =>
  adapt({ prompt: "Hello" }).pieces({ draft: new JsonDraft(body) })[0]?.draft.value ?? {};

describe("a prompt over chat", () => {
  it("becomes one user message; fields that chat has stay", () => {
    const body = { model: "m", prompt: "Hello", max_tokens: 5, stop: ["a"], temperature: 0, n: 2, user: "u", new: 1 };
    const { prompt, ...rest } = body;
    expect(request(body)).toEqual({ ...rest, messages: [{ role: "user", content: prompt }] });
    expect(request({ prompt: ["Hello"] })).toEqual({ messages: [{ role: "user", content: "Hello" }] });
    expect(request({ prompt: "" })).toEqual({ messages: [{ role: "user", content: "" }] });
  });

  it("asks for logprobs as chat does", () => {
    expect(request({ prompt: "Hello", logprobs: 3 })).toMatchObject({ logprobs: true, top_logprobs: 3 });
    expect(request({ prompt: "Hello", logprobs: null })).not.toHaveProperty("logprobs");
  });

  it.each(["tools", "tool_choice", "functions", "function_call", "parallel_tool_calls"])(
    "offers no %s: a completion cannot hold a call",
    (field) => {
      expect(request({ prompt: "Hello", [field]: "x" })).not.toHaveProperty(field);
    },
  );

  it.each<[JsonObject, string]>([
    [{ prompt: ["a", "b"] }, "unsupported_feature prompt"],
    [{ prompt: [1, 2] }, "unsupported_feature prompt"],
    [{ prompt: [[1, 2]] }, "unsupported_feature prompt"],
    [{ prompt: "a", best_of: 2 }, "unsupported_feature best_of"],
    [{ prompt: "a", suffix: "b" }, "unsupported_feature suffix"],
    [{ prompt: "a", best_of: 1, suffix: "", echo: false }, "none"],
    [{ prompt: "a", best_of: null, suffix: null, echo: null }, "none"],
  ])("of %j is refused: %s", (body, param) => {
    expect(faultOf(() => request(body))).toBe(param);
  });
});

describe("a chat answer to a prompt", () => {
  it("becomes text", () => {
    const body = {
      id: "c1",
      object: "chat.completion",
      choices: [
        { index: 0, delta: { role: "assistant", content: "Hi", reasoning_content: "hm" }, finish_reason: "stop" },
        { index: 1, delta: { role: "assistant", content: null }, finish_reason: "length", logprobs: null },
      ],
      usage: { prompt_tokens: 1 },
    };
    expect(answer(body)).toEqual({
      id: "c1",
      object: "text_completion",
      choices: [
        { index: 0, text: "Hi", reasoning_content: "hm", finish_reason: "stop", logprobs: null },
        { index: 1, text: "", finish_reason: "length", logprobs: null },
      ],
      usage: { prompt_tokens: 1 },
    });
  });

  it("becomes text piece by piece", () => {
    const chunk = (delta: JsonObject, finish: string | null) => ({
      object: "chat.completion.chunk",
      choices: [{ index: 0, delta, finish_reason: finish }],
    });
    const texts = [chunk({ role: "assistant", content: "" }, null), chunk({ content: "Hi" }, null), chunk({}, "stop")]
      .map((body) => answer(body))
      .map(({ object, choices }) => [object, (choices as JsonObject[])[0]?.["text"]]);
    expect(texts).toEqual([
      ["text_completion", ""],
      ["text_completion", "Hi"],
      ["text_completion", ""],
    ]);
    expect(answer({ choices: [], usage: {} })).toEqual({ object: "text_completion", choices: [], usage: {} });
  });

  it("has its logprobs in four parallel arrays", () => {
    const token = (text: string, logprob: number) => ({
      token: text,
      logprob,
      bytes: null,
      top_logprobs: [
        { token: text, logprob },
        { token: "other", logprob: -5 },
      ],
    });
    const logprobs = { content: [token("Hel", -1), token("lo", -2), token("!", -3)] };
    expect(answer({ choices: [{ delta: { content: "Hello!" }, logprobs }] })).toMatchObject({
      choices: [
        {
          logprobs: {
            tokens: ["Hel", "lo", "!"],
            token_logprobs: [-1, -2, -3],
            top_logprobs: [
              { Hel: -1, other: -5 },
              { lo: -2, other: -5 },
              { "!": -3, other: -5 },
            ],
            text_offset: [0, 3, 5],
          },
        },
      ],
    });
  });
});
