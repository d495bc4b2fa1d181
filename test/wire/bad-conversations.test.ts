/** Conversations that make no sense, in the words of each client's wire, over each other wire. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { WIRES } from "../../src/wire/index.ts";
import { passage } from "../../src/wire/passage.ts";
import { faultOf, MATCH, TARGET } from "./support.ts";

interface Client {
  /** A turn of the model with calls of these ids and arguments. */
  readonly calls: (...calls: { id: string; input: string }[]) => readonly JsonObject[];
  readonly result: (id: string) => JsonObject;
  readonly picture: (url: string) => JsonObject;
  readonly body: (turns: readonly JsonObject[]) => JsonObject;
  /** What the fault names. */
  readonly resultField: string;
  readonly pictureField: string;
}

const user = { role: "user", content: "Hello" };

const CLIENTS = {
  "openai.chat": {
    calls: (...calls) => [
      {
        role: "assistant",
        content: null,
        tool_calls: calls.map(({ id, input }) => ({ id, type: "function", function: { name: "f", arguments: input } })),
      },
    ],
    result: (id) => ({ role: "tool", tool_call_id: id, content: "sunny" }),
    picture: (url) => ({ role: "user", content: [{ type: "image_url", image_url: { url } }] }),
    body: (turns) => ({ max_tokens: 500, messages: [user, ...turns] }),
    resultField: "messages.tool_call_id",
    pictureField: "messages[1].content",
  },
  "openai.responses": {
    calls: (...calls) =>
      calls.map(({ id, input }) => ({ type: "function_call", call_id: id, name: "f", arguments: input })),
    result: (id) => ({ type: "function_call_output", call_id: id, output: "sunny" }),
    picture: (url) => ({ role: "user", content: [{ type: "input_image", image_url: url }] }),
    body: (turns) => ({ input: [user, ...turns] }),
    resultField: "input.call_id",
    pictureField: "input[1].content[0].image_url",
  },
  "anthropic.messages": {
    calls: (...calls) => [
      {
        role: "assistant",
        content: calls.map(({ id, input }) => ({ type: "tool_use", id, name: "f", input: { raw: input } })),
      },
    ],
    result: (id) => ({ role: "user", content: [{ type: "tool_result", tool_use_id: id, content: "sunny" }] }),
    picture: (url) => ({ role: "user", content: [{ type: "image", source: { type: "url", url } }] }),
    body: (turns) => ({ max_tokens: 500, messages: [user, ...turns] }),
    resultField: "messages.content.tool_use_id",
    pictureField: "messages[1].content[0].source.url",
  },
  "gemini.generate": {
    calls: (...calls) => [
      {
        role: "model",
        parts: calls.map(({ id, input }) => ({ functionCall: { id, name: "f", args: { raw: input } } })),
      },
    ],
    result: (id) => ({ role: "user", parts: [{ functionResponse: { id, name: "f", response: { output: "sunny" } } }] }),
    picture: (url) => ({ role: "user", parts: [{ fileData: { mimeType: "image/png", fileUri: url } }] }),
    body: (turns) => ({ contents: [{ role: "user", parts: [{ text: "Hello" }] }, ...turns] }),
    resultField: "contents.parts.functionResponse",
    pictureField: "contents.parts.fileData.fileUri",
  },
} as const satisfies Record<string, Client>;

const NAMES = Object.keys(CLIENTS) as (keyof typeof CLIENTS)[];
const PAIRS = NAMES.flatMap((client) => NAMES.filter((name) => name !== client).map((name) => [client, name] as const));
const GOOGLE = { ...MATCH, params: { call: "m:generateContent" } };

function send(client: keyof typeof CLIENTS, upstream: keyof typeof CLIENTS, turns: readonly JsonObject[]): string {
  const wire = WIRES[client];
  const carried = passage(wire.read(jsonPayload(CLIENTS[client].body(turns)), GOOGLE), WIRES[upstream], TARGET);
  if (carried?.payload.kind !== "json") throw new Error("not carried");
  return carried.payload.text;
}

describe.each(PAIRS)("%s over %s", (client, upstream) => {
  const words: Client = CLIENTS[client];
  const one = { id: "a", input: "{}" };

  it("a result without a call is refused, and so is one before its call", () => {
    const fault = `invalid_parameter ${words.resultField}`;
    expect(faultOf(() => send(client, upstream, [words.result("a")]))).toBe(fault);
    expect(faultOf(() => send(client, upstream, [words.result("a"), ...words.calls(one)]))).toBe(fault);
    expect(faultOf(() => send(client, upstream, [...words.calls(one), words.result("b")]))).toBe(fault);
  });

  it("two calls of one id in one turn are refused; in two turns they are two", () => {
    const fault = `invalid_parameter ${words.resultField}`;
    expect(faultOf(() => send(client, upstream, [...words.calls(one, one), words.result("a")]))).toBe(fault);
    const twice = [...words.calls(one), words.result("a"), ...words.calls(one), words.result("a")];
    expect(faultOf(() => send(client, upstream, twice))).toBe("none");
  });

  it.each(['{"mark', '["mark"]', "mark", '"mark"', '{"mark":1}{}', `${"x".repeat(300_000)}mark`])(
    "arguments that are no object are kept: %.20s",
    (input) => {
      const sent = send(client, upstream, [...words.calls({ id: "a", input }), words.result("a")]);
      expect(sent).toContain("mark");
    },
  );

  it.each(["file:///etc/passwd", "ftp://example.com/a.png", "javascript:alert(1)", "blob:https://example.com/1"])(
    "a picture at %s is refused",
    (url) => {
      const picture = words.picture(url);
      expect(faultOf(() => send(client, upstream, [picture]))).toBe(`invalid_parameter ${words.pictureField}`);
    },
  );

  it("a picture at an address of the web is none of these", () => {
    expect(faultOf(() => send(client, upstream, [words.picture("https://example.com/a.png")]))).toBe("none");
  });
});
