/** Messages over its own wire: what is read, what goes up, and how answers are read. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { messages } from "../../../src/wire/anthropic/messages.ts";
import { allowedBetas } from "../../../src/wire/anthropic/request-fields.ts";
import { passage } from "../../../src/wire/passage.ts";
import type { Target } from "../../../src/wire/types.ts";
import { ASKED, faultOf, frame, readRequest, readWhole, TARGET } from "../support.ts";

const ASK = { model: "m", max_tokens: 100, messages: [{ role: "user", content: "Hello" }] };
const ask = (change: JsonObject = {}) => readRequest(messages, { ...ASK, ...change });

function write(body: JsonObject, target: Partial<Target> = {}, text = JSON.stringify(body)) {
  const carried = passage(messages.read(jsonPayload(body, text), { params: {}, headers: new Headers() }), messages, {
    ...TARGET,
    ...target,
  });
  if (carried?.payload.kind !== "json") throw new Error("not JSON");
  return { text: carried.payload.text, value: carried.payload.value, warnings: carried.warnings };
}

describe("a request", () => {
  it("tells what it needs: tools, pictures and documents, also in results and documents", () => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "AAAA" } };
    const { demand } = ask({
      tools: [{ name: "f", input_schema: { type: "object" } }],
      messages: [
        {
          role: "user",
          content: [
            image,
            { type: "document", source: { type: "base64", media_type: "application/pdf", data: "AAAAAAAA" } },
            { type: "document", source: { type: "text", media_type: "text/plain", data: "text" } },
            { type: "tool_result", tool_use_id: "a", content: [image] },
            { type: "document", source: { type: "content", content: [image] } },
          ],
        },
      ],
    });
    expect([...demand.needs]).toEqual([
      ["tools", 1],
      ["image", 3],
      ["file", 2],
    ]);
    expect(demand.maxOutput).toBe(100);
  });

  it("counts the text alone", () => {
    const data = "A".repeat(10_000);
    const media = [{ type: "image", source: { type: "base64", media_type: "image/png", data } }];
    expect(ask({ messages: [{ role: "user", content: media }] }).demand.promptBytes).toBeLessThan(300);
    expect(ask({ system: data }).demand.promptBytes).toBeGreaterThan(10_000);
  });

  it.each<[JsonObject, string]>([
    [{ max_tokens: undefined }, "invalid_parameter max_tokens"],
    [{ max_tokens: 1.5 }, "invalid_parameter max_tokens"],
    [{ messages: "Hello" }, "invalid_parameter messages"],
    [{ messages: [] }, "invalid_parameter messages"],
    [{ messages: ["Hello"] }, "invalid_parameter messages[0]"],
    [{ messages: [{ role: "robot", content: "" }] }, "invalid_parameter messages[0].role"],
    [{ messages: [{ role: "user" }] }, "invalid_parameter messages[0].content"],
    [{ messages: [{ role: "user", content: ["x"] }] }, "invalid_parameter messages[0].content[0]"],
    [
      { messages: [{ role: "user", content: [{ type: "toString" }] }] },
      "invalid_parameter messages[0].content[0].type",
    ],
    [
      { messages: [{ role: "user", content: [{ type: "tool_result", content: [{ type: "video" }] }] }] },
      "invalid_parameter messages[0].content[0].content[0].type",
    ],
    [{ system: 5 }, "invalid_parameter system"],
    [{ stream: "yes" }, "invalid_parameter stream"],
    [{ tools: { type: "web_search_20250305" } }, "invalid_parameter tools"],
    [{ Model: "x" }, "invalid_parameter Model"],
    [
      { messages: [{ role: "user", content: [{ type: "text", text: "", Cache_control: {} }] }] },
      "invalid_parameter messages[0].content[0].Cache_control",
    ],
  ])("with %j is refused: %s", (change, fault) => {
    expect(faultOf(() => ask(change))).toBe(fault);
  });

  it("leaves out how to sample where the model decides that itself", () => {
    const asked = { ...ASK, temperature: 0.5, top_p: 0.5, top_k: 5 };
    const sent = (model: string, more: JsonObject = {}) => {
      const { value, warnings } = write({ ...asked, ...more }, { model });
      return [value["temperature"], value["top_p"], value["top_k"], warnings.length];
    };
    for (const model of ["claude-opus-4-6", "claude-sonnet-4-5-20250929", "claude-3-7-sonnet"])
      expect(sent(model)).toEqual([0.5, 0.5, 5, 0]);
    for (const model of ["claude-opus-4-7", "claude-sonnet-5", "anthropic/claude-haiku-4-10"])
      expect(sent(model)).toEqual([undefined, undefined, undefined, 3]);
    expect(sent("claude-opus-5", { temperature: 1, top_p: 0.99, top_k: null })).toEqual([1, 0.99, null, 0]);
  });

  it.each<[JsonObject, string[]]>([
    [
      {
        tools: [
          { name: "f", input_schema: {} },
          { type: "bash_20250124", name: "bash" },
        ],
      },
      [],
    ],
    [{ tools: [{ type: "web_search_20250305", name: "web_search" }] }, ["searches"]],
    [{ tools: [{ type: "code_execution_20250522", name: "code" }] }, ["calls"]],
    [{ mcp_servers: [{ type: "url", url: "https://mcp.example", name: "m" }] }, ["calls"]],
    [{ service_tier: "auto" }, []],
    [{ speed: "fast" }, ["tier"]],
    [{ system: [{ type: "text", text: "", cache_control: { type: "ephemeral", ttl: "1h" } }] }, ["cacheWrite1h"]],
    [{ system: [{ type: "text", text: "", cache_control: { type: "ephemeral" } }] }, []],
  ])("with %j asks for the fees %j", (change, fees) => {
    expect([...(ask(change).demand.fees ?? [])]).toEqual(fees);
  });

  it("has Claude Code's session, and a beginning once the model has spoken", () => {
    const user = "user_0a_account__session_1b2c3d4e-0000-4000-8000-123456789abc";
    expect(ask({ metadata: { user_id: user } }).session).toBe("1b2c3d4e-0000-4000-8000-123456789abc");
    expect(ask({ metadata: { user_id: "me" } }).session).toBeUndefined();
    expect(ask().beginning?.()).toBeUndefined();
    const turns = [...ASK.messages, { role: "assistant", content: "Hi" }];
    expect(ask({ system: "S", messages: turns }).beginning?.()).toBe("S\nHello");
    expect(ask({ system: "S", messages: [...turns, { role: "user", content: "More" }] }).beginning?.()).toBe(
      "S\nHello",
    );
  });
});

describe("what goes upstream", () => {
  it("is the client's text, but for the named edits", () => {
    const text =
      '{ "max_tokens":100,"model":"m" ,"messages":[{"role":"user","content":"\\u00e9"}], "inference_geo":"us",\n"top_k": 9223372036854775807}';
    const { text: sent, warnings } = write(JSON.parse(text) as JsonObject, {}, text);
    expect(sent).toBe(
      '{ "max_tokens":100,"model":"upstream-model" ,"messages":[{"role":"user","content":"\\u00e9"}],\n"top_k": 9223372036854775807,"stream":false}',
    );
    expect(warnings).toEqual(["dropped=inference_geo"]);
  });

  it("names the account in place of the person", () => {
    expect(write({ ...ASK, metadata: { user_id: "me@example.com", more: 1 } }).value["metadata"]).toEqual({
      user_id: "account-alias",
    });
    expect(write(ASK).value).not.toHaveProperty("metadata");
  });

  it("thinks within its cap", () => {
    const thinking = { type: "enabled", budget_tokens: 4000 };
    const capped = (tokens: number) =>
      write({ ...ASK, max_tokens: 5000, thinking }, { outputCap: { field: "max_tokens", tokens } });
    expect(capped(5000).value["thinking"]).toEqual(thinking);
    expect(capped(2000).value).toMatchObject({ max_tokens: 2000, thinking: { ...thinking, budget_tokens: 1999 } });
    expect(capped(1000).value).not.toHaveProperty("thinking");
    expect(capped(1000).warnings).toContain("dropped=thinking");
  });

  it("has tools with a fee only where the model has a price for it", () => {
    const own = { name: "f", input_schema: {} };
    const search = { type: "web_search_20250305", name: "web_search" };
    const asked = { ...ASK, tools: [own, search], tool_choice: { type: "tool", name: "web_search" } };
    expect(write(asked).value).toMatchObject({ tools: [own] });
    expect(write(asked).value).not.toHaveProperty("tool_choice");
    expect(write(asked).warnings).toEqual(["dropped=tools.web_search_20250305"]);
    expect(write(asked, { fees: new Set(["searches"]) }).value).toMatchObject({ tools: [own, search] });
    expect(write({ ...asked, tool_choice: { type: "tool", name: "f" } }).value["tool_choice"]).toEqual({
      type: "tool",
      name: "f",
    });
  });

  it("caches for minutes where the model has no price for an hour", () => {
    const content = [{ type: "text", text: "x", cache_control: { type: "ephemeral", ttl: "1h" } }];
    const asked = { ...ASK, messages: [{ role: "user", content }] };
    expect(JSON.stringify(write(asked).value)).not.toContain("1h");
    expect(JSON.stringify(write(asked, { fees: new Set(["cacheWrite1h"]) }).value)).toContain("1h");
  });

  it.each([
    [null, []],
    ["interleaved-thinking-2025-05-14, files-api-2025-04-14", ["interleaved-thinking-2025-05-14"]],
    ["fast-mode-2026-02-01,x", []],
    ["context-1m-2025-08-07", []],
    ["interleaved-thinking-2025-05-14\u0000", []],
  ])("asks for those betas of %j that cost nothing and store nothing", (header, betas) => {
    expect(allowedBetas(header)).toEqual(betas);
  });
});

const MESSAGE = {
  id: "msg_1",
  type: "message",
  role: "assistant",
  model: "secret-model",
  content: [{ type: "text", text: "Hi" }],
  stop_reason: "end_turn",
  stop_sequence: null,
  usage: { input_tokens: 10, output_tokens: 4 },
};

describe("a whole answer", () => {
  it("has the public name, and nothing of the upstream's costs", () => {
    const { body, usage, text } = readWhole(messages, { ...MESSAGE, cost_usd: 1, provider: "x", of_tomorrow: 2 });
    expect(body).toMatchObject({ id: "msg_1", model: "public", of_tomorrow: 2 });
    expect(Object.keys(body)).not.toEqual(expect.arrayContaining(["cost_usd"]));
    expect(body).not.toHaveProperty("provider");
    expect([usage, text]).toEqual([
      { input: 10, output: 4 },
      { output: "Hi", reasoning: "" },
    ]);
  });

  it("counts caches, thoughts and searches apart", () => {
    const { usage } = readWhole(messages, {
      ...MESSAGE,
      usage: {
        input_tokens: 10,
        cache_read_input_tokens: 100,
        cache_creation_input_tokens: 30,
        cache_creation: { ephemeral_5m_input_tokens: 20, ephemeral_1h_input_tokens: 10 },
        output_tokens: 50,
        output_tokens_details: { thinking_tokens: 30 },
        server_tool_use: { web_search_requests: 2 },
      },
    });
    expect(usage).toEqual({
      input: 10,
      cachedRead: 100,
      cacheWrite: 20,
      cacheWrite1h: 10,
      output: 20,
      reasoning: 30,
      searches: 2,
    });
  });

  it.each<[string, JsonObject, string]>([
    ["no content", { ...MESSAGE, content: undefined }, "upstream_error"],
    ["nothing said", { ...MESSAGE, content: [], usage: undefined }, "upstream_error"],
    ["an empty text", { ...MESSAGE, content: [{ type: "text", text: "" }], usage: undefined }, "upstream_error"],
    ["nothing said, but a cap reached", { ...MESSAGE, content: [], stop_reason: "max_tokens" }, "none"],
    ["an error", { type: "error", error: { type: "overloaded_error" } }, 'upstream\'s {"type":"overloaded_error"}'],
    ["an error of another vendor", { code: 500, message: "x" }, 'upstream\'s {"code":500,"message":"x"}'],
  ])("with %s is judged", (_name, body, fault) => {
    expect(faultOf(() => readWhole(messages, body))).toBe(fault);
  });
});

describe("a stream", () => {
  const start = frame(
    {
      type: "message_start",
      message: { ...MESSAGE, content: [], usage: { input_tokens: 10, cache_read_input_tokens: 5, output_tokens: 1 } },
    },
    "message_start",
  );
  const block = (content_block: JsonObject, index = 0) =>
    frame({ type: "content_block_start", index, content_block }, "content_block_start");
  const delta = (inner: JsonObject, index = 0) =>
    frame({ type: "content_block_delta", index, delta: inner }, "content_block_delta");
  const finish = (reason: string, usage: JsonObject = { output_tokens: 7 }) =>
    frame({ type: "message_delta", delta: { stop_reason: reason }, usage }, "message_delta");
  const stop = frame({ type: "message_stop" }, "message_stop");

  it("means something from its first content on", () => {
    const reader = messages.answers(TARGET, ASKED);
    const steps = [
      start,
      frame({ type: "ping" }, "ping"),
      block({ type: "text", text: "" }),
      delta({ type: "text_delta", text: "Hi" }),
      finish("end_turn"),
      stop,
    ].map((one) => reader.step(one));
    expect(steps.map(({ isMeaningful }) => isMeaningful)).toEqual([false, false, false, true, true, true]);
    expect(steps.map(({ finishes }) => finishes)).toEqual([false, false, false, false, true, false]);
    expect(steps.map(({ isLast }) => isLast)).toEqual([false, false, false, false, false, true]);
    expect(steps[4]?.usage, "counts of the start count on").toEqual({ input: 10, cachedRead: 5, output: 7 });
    expect(steps[0]?.pieces[0]?.draft.value).toMatchObject({ message: { model: "public" } });
  });

  it("of thoughts or a call means something", () => {
    const thinker = messages.answers(TARGET, ASKED);
    thinker.step(start);
    expect(thinker.step(block({ type: "thinking", thinking: "" })).isMeaningful).toBe(false);
    expect(thinker.step(delta({ type: "thinking_delta", thinking: "Hm" }))).toMatchObject({
      isMeaningful: true,
      text: { reasoning: "Hm" },
    });
    const caller = messages.answers(TARGET, ASKED);
    caller.step(start);
    expect(caller.step(block({ type: "tool_use", id: "a", name: "f", input: {} })).isMeaningful).toBe(true);
    expect(caller.step(delta({ type: "input_json_delta", partial_json: '{"a"' })).text.output).toBe('{"a"');
  });

  it("that closes before its end is broken, unless it has said why it ends", () => {
    const reader = messages.answers(TARGET, ASKED);
    reader.step(start);
    reader.step(block({ type: "text", text: "Hi" }));
    expect(faultOf(() => reader.end())).toBe("upstream_error");
    reader.step(finish("end_turn"));
    expect(reader.end().pieces.map(({ event }) => event)).toEqual(["message_stop"]);
  });

  it("with an error is an error", () => {
    const error = { type: "error", error: { type: "overloaded_error", message: "Overloaded" } };
    expect(faultOf(() => messages.answers(TARGET, ASKED).step(frame(error, "error")))).toContain("overloaded_error");
  });

  it("that the gateway ends is a whole message for the client", () => {
    const reader = messages.answers(TARGET, ASKED);
    reader.step(start);
    reader.step(block({ type: "text", text: "" }));
    reader.step(delta({ type: "text_delta", text: "Hi" }));
    const fold = messages.fold?.();
    expect(reader.cut().pieces.map(({ event }) => event)).toEqual([
      "content_block_stop",
      "message_delta",
      "message_stop",
    ]);
    for (const piece of messages.answers(TARGET, ASKED).cut().pieces) fold?.add(piece);
    expect(fold?.answer().value).toMatchObject({ type: "message", content: [], stop_reason: "max_tokens" });
  });

  it("of a vendor that counts nothing ends with our own count", () => {
    const writer = messages.client(ask());
    const reader = messages.answers(TARGET, ASKED);
    const texts = [
      start,
      block({ type: "text", text: "Hi" }),
      frame({ type: "message_delta", delta: { stop_reason: "end_turn" } }, "message_delta"),
      stop,
    ]
      .flatMap((one) => reader.step(one).pieces)
      .map((piece) => writer.write(piece));
    expect(texts.join("")).not.toContain("message_stop");
    const end = writer.end(() => ({ input: 3, output: 2 }));
    expect(end).toContain('"output_tokens":2');
    expect(end.trim().endsWith('data: {"type":"message_stop"}')).toBe(true);
  });
});

it("a message is folded from what it unfolds to", () => {
  const content = [
    { type: "thinking", thinking: "Hm", signature: "EqQB" },
    { type: "redacted_thinking", data: "EmwK" },
    { type: "text", text: "Hi", citations: [{ type: "char_location", cited_text: "x" }] },
    { type: "server_tool_use", id: "s", name: "web_search", input: { query: "q" } },
    { type: "web_search_tool_result", tool_use_id: "s", content: [{ type: "web_search_result", url: "u" }] },
    { type: "tool_use", id: "a", name: "f", input: { city: "Paris" } },
    { type: "tool_use", id: "b", name: "g", input: {} },
  ];
  const { body } = readWhole(messages, { ...MESSAGE, content, stop_reason: "tool_use" });
  const reader = messages.answers(TARGET, ASKED);
  const whole = reader.whole(jsonPayload({ ...MESSAGE, content, stop_reason: "tool_use" })).body;
  const fold = messages.fold?.();
  if ("kind" in whole) throw new Error("not JSON");
  for (const piece of messages.unfold?.(whole) ?? []) fold?.add(piece);
  expect(fold?.answer().value).toEqual(body);
});
