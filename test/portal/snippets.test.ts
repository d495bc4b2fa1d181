/** Requests in languages that the tests do not run; those that they run are in `test/e2e/docs/snippets.test.ts`. */
import { describe, expect, it } from "vitest";
import { SNIPPET_LANGUAGES, snippetOf } from "../../src/portal/docs/snippets/snippet.ts";
import type { SampleRequest } from "../../src/portal/docs/types.ts";

const ORIGIN = "https://llm.example.com";
const ASK: SampleRequest = {
  method: "POST",
  path: "/v1/chat/completions",
  key: "authorization",
  body: {
    model: "auto",
    messages: [{ role: "user", content: "你好, how are you?" }],
    temperature: 0.7,
    stream: true,
  },
  sdkCall: "chat.completions.create",
};
const READ: SampleRequest = {
  method: "GET",
  path: "/v1/models?limit=1",
  key: "x-api-key",
  headers: { "anthropic-version": "2023-06-01" },
};
const REMOVE: SampleRequest = { method: "DELETE", path: "/v1/responses/resp_1", key: "authorization" };

/** They read streams. The others ask for JSON. */
const READERS = new Set(["shell", "javascript", "go", "python", "openai-python", "openai-node"]);

describe.each(SNIPPET_LANGUAGES)("%s", (language) => {
  it("asks", () => expect(snippetOf(language, ASK, ORIGIN).text).toMatchSnapshot());
  it("reads", () => expect(snippetOf(language, READ, ORIGIN).text).toMatchSnapshot());
  it("removes", () => expect(snippetOf(language, REMOVE, ORIGIN).text).toMatchSnapshot());

  it("asks for a stream only where it reads one", () => {
    const { text } = snippetOf(language, ASK, ORIGIN);
    const asks = /stream\W{1,6}true/i.test(text);
    expect(asks, text).toBe(READERS.has(language));
  });
});

describe("SDKs", () => {
  it("show what they have no call for in their own language", () => {
    for (const [sdk, plain] of [
      ["openai-python", "python"],
      ["openai-node", "javascript"],
    ] as const)
      expect(snippetOf(sdk, READ, ORIGIN)).toEqual(snippetOf(plain, READ, ORIGIN));
  });

  it("call what has two words as each library names it", () => {
    const request: SampleRequest = {
      ...ASK,
      path: "/v1/responses/input_tokens",
      sdkCall: "responses.input_tokens.count",
    };
    expect(snippetOf("openai-python", request, ORIGIN).text).toContain("client.responses.input_tokens.count(");
    expect(snippetOf("openai-node", request, ORIGIN).text).toContain("client.responses.inputTokens.count(");
  });

  it("send fields of the gateway as each library takes them", () => {
    const request: SampleRequest = { ...ASK, body: { model: "auto", models: ["a", "b"] } };
    expect(snippetOf("openai-python", request, ORIGIN).text).toContain('extra_body={\n        "models": [');
    expect(snippetOf("openai-node", request, ORIGIN).text).toContain('"models": [');
  });
});
