/** Responses over its own wire: what is read, what goes up, and how answers are read and written. */
import { describe, expect, it } from "vitest";
import { FrameReader } from "../../../src/core/frame.ts";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { messages } from "../../../src/wire/anthropic/messages.ts";
import { generateContent } from "../../../src/wire/gemini/generate-content.ts";
import { chat } from "../../../src/wire/openai/chat.ts";
import { responses } from "../../../src/wire/openai/responses.ts";
import { passage } from "../../../src/wire/passage.ts";
import type { Target, Wire } from "../../../src/wire/types.ts";
import { ASKED, faultOf, frame, MATCH, readRequest, readWhole, TARGET } from "../support.ts";

const ask = (body: JsonObject = {}) => readRequest(responses, { model: "m", input: "Hello", ...body });

function write(body: JsonObject, target: Partial<Target> = {}, text = JSON.stringify(body)) {
  const carried = passage(responses.read(jsonPayload(body, text), MATCH), responses, { ...TARGET, ...target });
  if (carried?.payload.kind !== "json") throw new Error("not JSON");
  return { text: carried.payload.text, value: carried.payload.value, warnings: carried.warnings };
}

describe("a request", () => {
  it("tells what it needs, also in results of tools", () => {
    const image = { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(1000)}` };
    const { demand } = ask({
      max_output_tokens: 9,
      tools: [{ type: "function", name: "f" }],
      input: [
        { role: "user", content: [image, { type: "input_file", file_data: "A".repeat(1000) }] },
        { type: "function_call_output", call_id: "a", output: [image] },
      ],
    });
    expect([...demand.needs]).toEqual([
      ["tools", 1],
      ["image", 2],
      ["file", 1],
    ]);
    expect(demand.maxOutput).toBe(9);
    expect(demand.promptBytes).toBeLessThan(500);
  });

  it.each<[JsonObject, string]>([
    [{ input: undefined }, "missing_input input"],
    [{ input: undefined, messages: [] }, "missing_input input"],
    [{ input: 5 }, "invalid_parameter input"],
    [{ input: ["x"] }, "invalid_parameter input[0]"],
    [{ input: [{ type: "toString" }] }, "invalid_parameter input[0].type"],
    [{ input: [{ role: "user" }] }, "invalid_parameter input[0].content"],
    [{ input: [{ type: "item_reference", id: "msg_1" }] }, "invalid_parameter input[0].type"],
    [{ max_output_tokens: 0 }, "invalid_parameter max_output_tokens"],
    [{ conversation: "conv_1" }, "unsupported_feature conversation"],
    [{ tools: {} }, "invalid_parameter tools"],
    [{ INPUT: "x" }, "invalid_parameter INPUT"],
    [{ background: false, previous_response_id: null }, "none"],
  ])("with %j: %s", (body, fault) => {
    expect(faultOf(() => ask(body))).toBe(fault);
  });

  it.each<[JsonObject, string[]]>([
    [{ tools: [{ type: "function", name: "f" }, { type: "custom", name: "g" }, { type: "apply_patch" }] }, []],
    [{ tools: [{ type: "web_search" }] }, ["searches"]],
    [{ tools: [{ type: "code_interpreter", container: { type: "auto" } }, { type: "mcp" }] }, ["calls"]],
    [{ tools: [{ type: "namespace", tools: [{ type: "web_search" }] }] }, ["calls"]],
    [{ service_tier: "priority" }, ["tier"]],
    [{ prompt_cache_retention: "24h" }, ["cacheWrite1h"]],
  ])("with %j asks for the fees %j", (body, fees) => {
    expect([...(ask(body).demand.fees ?? [])]).toEqual(fees);
  });

  it("has a beginning once the model has spoken, or called", () => {
    expect(ask().beginning?.()).toBeUndefined();
    const call = { type: "function_call", call_id: "a", name: "f", arguments: "{}" };
    expect(ask({ instructions: "S", input: [{ role: "user", content: "Hello" }, call] }).beginning?.()).toBe(
      "S\nHello",
    );
  });
});

it("what goes upstream is the client's text, but for the named edits", () => {
  const text =
    '{ "input":"\\u00e9", "store":true, "model":"m", "max_output_tokens": 5.0,\n"top_logprobs": 9223372036854775807}';
  const { text: sent, warnings } = write(JSON.parse(text) as JsonObject, {}, text);
  expect(sent).toBe(
    '{ "input":"\\u00e9", "store":false, "model":"upstream-model", "max_output_tokens": 5.0,\n"top_logprobs": 9223372036854775807,"stream":false,"include":["reasoning.encrypted_content"]}',
  );
  expect(warnings).toEqual([]);
  expect(write({ input: "x" }, { outputCap: { field: "max_tokens", tokens: 7 } }).value["max_output_tokens"]).toBe(7);
});

const RESPONSE = {
  id: "resp_1",
  object: "response",
  status: "completed",
  model: "secret-model",
  output: [
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      content: [{ type: "output_text", text: "Hi", annotations: [] }],
    },
  ],
  usage: {
    input_tokens: 10,
    output_tokens: 5,
    output_tokens_details: { reasoning_tokens: 2 },
    input_tokens_details: { cached_tokens: 4 },
  },
};

describe("a whole response", () => {
  it("has the public name, and nothing of the upstream's costs", () => {
    const { body, usage, text } = readWhole(responses, { ...RESPONSE, estimated_cost: 1, of_tomorrow: 2 });
    expect(body).toMatchObject({ id: "resp_1", model: "public", of_tomorrow: 2 });
    expect(body).not.toHaveProperty("estimated_cost");
    expect(usage).toEqual({ input: 6, cachedRead: 4, output: 3, reasoning: 2 });
    expect(text).toEqual({ output: "Hi", reasoning: "" });
  });

  it("counts searches, as they are told or by their items", () => {
    const search = (type: string) => ({ type: "web_search_call", action: { type } });
    const output = [search("search"), search("open_page"), search("search"), ...RESPONSE.output];
    expect(readWhole(responses, { ...RESPONSE, output }).usage).toMatchObject({ searches: 2 });
    const told = { ...RESPONSE, output, tool_usage: { web_search: { num_requests: 5 } } };
    expect(readWhole(responses, told).usage).toMatchObject({ searches: 5 });
  });

  it.each<[string, JsonObject, string]>([
    ["no output", { ...RESPONSE, output: undefined }, "upstream_error"],
    ["nothing said", { ...RESPONSE, output: [], usage: null }, "upstream_error"],
    ["nothing said, but a cap reached", { ...RESPONSE, output: [], status: "incomplete" }, "none"],
    [
      "a failure",
      { ...RESPONSE, status: "failed", error: { code: "server_error", message: "x" } },
      'upstream\'s {"code":"server_error","message":"x"}',
    ],
    [
      "a failure without a reason",
      { ...RESPONSE, status: "failed", error: null },
      'upstream\'s {"message":"the response failed"}',
    ],
    ["an error", { error: { message: "x", type: "t" } }, 'upstream\'s {"message":"x","type":"t"}'],
  ])("with %s is judged", (_name, body, fault) => {
    expect(faultOf(() => readWhole(responses, body))).toBe(fault);
  });
});

describe("a stream", () => {
  const event = (type: string, members: JsonObject) =>
    frame({ type: `response.${type}`, ...members }, `response.${type}`);
  const begun = event("created", { response: { ...RESPONSE, status: "in_progress", output: [], usage: null } });
  const item = event("output_item.added", { output_index: 0, item: { type: "message", id: "msg_1", content: [] } });
  const delta = event("output_text.delta", { output_index: 0, content_index: 0, delta: "Hi" });
  const done = event("completed", { response: RESPONSE });

  it("means something from its first word, thought or call on", () => {
    const reader = responses.answers(TARGET, ASKED);
    const steps = [begun, item, delta, done].map((one) => reader.step(one));
    expect(steps.map(({ isMeaningful }) => isMeaningful)).toEqual([false, false, true, true]);
    expect(steps[3]).toMatchObject({ isLast: true, finishes: true, usage: { input: 6 } });
    expect(steps[0]?.pieces[0]?.draft.value).toMatchObject({ response: { model: "public" } });
    const thinker = responses.answers(TARGET, ASKED);
    expect(thinker.step(event("reasoning_summary_text.delta", { delta: "Hm" }))).toMatchObject({
      isMeaningful: true,
      text: { reasoning: "Hm" },
    });
    const caller = responses.answers(TARGET, ASKED);
    expect(caller.step(event("output_item.added", { item: { type: "function_call", name: "f" } })).isMeaningful).toBe(
      true,
    );
  });

  it("without its last event is broken; one that fails is an error", () => {
    const reader = responses.answers(TARGET, ASKED);
    reader.step(begun);
    reader.step(delta);
    expect(faultOf(() => reader.end())).toBe("upstream_error");
    const failed = event("failed", {
      response: { status: "failed", error: { code: "rate_limit_exceeded", message: "x" } },
    });
    expect(faultOf(() => responses.answers(TARGET, ASKED).step(failed))).toContain("rate_limit_exceeded");
    expect(
      faultOf(() => responses.answers(TARGET, ASKED).step(frame({ type: "error", code: "c", message: "m" }, "error"))),
    ).toContain('"code":"c"');
    expect(
      faultOf(() =>
        responses
          .answers(TARGET, ASKED)
          .step(event("completed", { response: { ...RESPONSE, output: [], usage: null } })),
      ),
    ).toBe("upstream_error");
  });

  it("that the gateway ends holds what was said", () => {
    const reader = responses.answers(TARGET, ASKED);
    for (const one of [begun, item, delta]) reader.step(one);
    expect(reader.cut().pieces[0]?.draft.value).toMatchObject({
      type: "response.incomplete",
      response: { status: "incomplete", model: "public", output: [{ content: [{ type: "output_text", text: "Hi" }] }] },
    });
  });

  it("is numbered from 0, and ends with our own count where the upstream has none", () => {
    const writer = responses.client(ask());
    const reader = responses.answers(TARGET, ASKED);
    const text = [begun, item, delta, event("completed", { response: { ...RESPONSE, usage: null } })]
      .flatMap((one) => reader.step(one).pieces)
      .map((piece) => writer.write(piece))
      .join("");
    expect(text).not.toContain("response.completed");
    const frames = new FrameReader().feed(text + writer.end(() => ({ input: 3, output: 2 })));
    const values = frames.map(({ data }) => JSON.parse(data) as JsonObject);
    expect(values.map(({ sequence_number: number }) => number)).toEqual([0, 1, 2, 3]);
    expect(values[3]).toMatchObject({ response: { usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 } } });
    expect(writer.fail({ error: { message: "m", code: "c", param: null } })).toContain('"sequence_number":4');
  });
});

it("a response is folded from what it unfolds to", () => {
  const output = [
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }], encrypted_content: "x" },
    {
      type: "message",
      id: "msg_1",
      role: "assistant",
      content: [
        { type: "output_text", text: "Hi", annotations: [{ type: "url_citation", url: "u" }] },
        { type: "refusal", refusal: "No" },
      ],
    },
    { type: "function_call", id: "fc_1", call_id: "a", name: "f", arguments: "{}" },
    { type: "custom_tool_call", id: "ctc_1", call_id: "b", name: "g", input: "x" },
    { type: "web_search_call", id: "ws_1", status: "completed" },
  ];
  const fold = responses.fold?.();
  const pieces = responses.unfold?.(new JsonDraft({ ...RESPONSE, output })) ?? [];
  for (const piece of pieces) fold?.add(piece);
  expect(fold?.answer().value).toEqual({ ...RESPONSE, output });
  // Without the last event, the items alone tell what was said.
  const partial = responses.fold?.();
  for (const piece of pieces.slice(0, -1)) partial?.add(piece);
  expect(partial?.answer().value["output"]).toEqual(output);
});

describe("over other wires", () => {
  function carry(from: Wire, to: Wire, body: JsonObject, target: Partial<Target> = {}) {
    const carried = passage(readRequest(from, body), to, { ...TARGET, ...target });
    if (carried?.payload.kind !== "json") throw new Error("not carried");
    return Object.assign(carried, { body: carried.payload.value });
  }

  it("calls in a row are one message of the model, with its thoughts before", () => {
    const { body } = carry(responses, chat, {
      input: [
        { role: "user", content: "Hello" },
        { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "Hm" }] },
        { role: "assistant", content: "Wait" },
        { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
        { type: "custom_tool_call", call_id: "b", name: "g", input: "x" },
        { type: "function_call_output", call_id: "a", output: [{ type: "input_text", text: "1" }] },
        { type: "custom_tool_call_output", call_id: "b", output: "2" },
      ],
    });
    expect(body["messages"]).toEqual([
      { role: "user", content: "Hello" },
      {
        role: "assistant",
        content: "Wait",
        reasoning_content: "Hm",
        tool_calls: [
          { id: "a", type: "function", function: { name: "f", arguments: "{}" } },
          { id: "b", type: "custom", custom: { name: "g", input: "x" } },
        ],
      },
      { role: "tool", tool_call_id: "a", content: "1" },
      { role: "tool", tool_call_id: "b", content: "2" },
    ]);
  });

  it.each([
    ["a client of Responses", responses],
    ["a client of Messages", messages],
  ] as const)("the signature of Google's call comes back to it from %s", (_name, client) => {
    const hello =
      client === responses ? { input: "Hello" } : { max_tokens: 100, messages: [{ role: "user", content: "Hello" }] };
    const carried = carry(client, generateContent, hello, { stream: true });
    const parts = [{ functionCall: { id: "call_1", name: "f", args: {} }, thoughtSignature: "Cg==" }];
    carried.frame(frame({ candidates: [{ content: { parts }, finishReason: "STOP" }], responseId: "r" }));
    const fold = client.fold?.();
    for (const { data } of new FrameReader().feed(carried.close(() => ({}))))
      fold?.add({ draft: new JsonDraft(JSON.parse(data) as JsonObject) });
    const said = fold?.answer().value ?? {};
    const next =
      client === responses
        ? {
            input: [
              { role: "user", content: "Hello" },
              ...(said["output"] as JsonObject[]),
              { type: "function_call_output", call_id: "call_1", output: "x" },
            ],
          }
        : {
            max_tokens: 100,
            messages: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: said["content"] },
              { role: "user", content: [{ type: "tool_result", tool_use_id: "call_1", content: "x" }] },
            ],
          };
    expect(carry(client, generateContent, next).body["contents"]).toMatchObject([
      {},
      { role: "model", parts: [{ functionCall: { name: "f" }, thoughtSignature: "Cg==" }] },
      { role: "user", parts: [{ functionResponse: { name: "f", response: { output: "x" } } }] },
    ]);
  });

  it("pictures are items of their own", () => {
    const carried = carry(responses, generateContent, { input: "Draw" });
    carried.whole(
      jsonPayload({
        candidates: [
          { content: { parts: [{ inlineData: { mimeType: "image/png", data: "AAAA" } }] }, finishReason: "STOP" },
        ],
      }),
    );
    const answer = carried.answer(() => ({ input: 1 }));
    expect(answer.kind === "json" && answer.value["output"]).toMatchObject([
      { type: "image_generation_call", result: "AAAA", status: "completed" },
    ]);
  });

  it("what Responses has no field for is named", () => {
    const { warnings, body } = carry(chat, responses, {
      messages: [{ role: "user", content: "x" }],
      stop: "a",
      seed: 1,
      reasoning_effort: "none",
    });
    expect(warnings).toEqual(["dropped=stop", "dropped=seed"]);
    expect(body).toMatchObject({
      reasoning: { effort: "none" },
      include: ["reasoning.encrypted_content"],
      store: false,
    });
  });
});
