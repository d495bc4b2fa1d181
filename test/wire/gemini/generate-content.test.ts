/** generateContent over its own wire: what is read, what goes up, and how answers are read. */
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { jsonPayload } from "../../../src/core/payload.ts";
import { readCall } from "../../../src/wire/gemini/calls.ts";
import { generateContent } from "../../../src/wire/gemini/generate-content.ts";
import { readSignature, writeSignature } from "../../../src/wire/gemini/signatures.ts";
import { fromGoogleSchema } from "../../../src/wire/gemini/schema.ts";
import { passage } from "../../../src/wire/passage.ts";
import type { Target } from "../../../src/wire/types.ts";
import { ASKED, faultOf, frame, MATCH, readWhole, TARGET } from "../support.ts";

const HELLO = [{ role: "user", parts: [{ text: "Hello" }] }];
const match = { ...MATCH, params: { call: "gemini-pro:generateContent" } };
const ask = (body: JsonObject = {}, call = "gemini-pro:generateContent", alt?: string) =>
  generateContent.read(jsonPayload({ contents: HELLO, ...body }), { ...match, params: { call }, query: () => alt });

function write(body: JsonObject, target: Partial<Target> = {}, text = JSON.stringify(body)) {
  const carried = passage(generateContent.read(jsonPayload(body, text), match), generateContent, {
    ...TARGET,
    ...target,
  });
  if (carried?.payload.kind !== "json") throw new Error("not JSON");
  return {
    text: carried.payload.text,
    value: carried.payload.value,
    warnings: carried.warnings,
    address: carried.address,
  };
}

describe("a request", () => {
  it.each([
    ["gemini-pro:generateContent", "gemini-pro", "generateContent"],
    ["models/gemini-pro:countTokens", "gemini-pro", "countTokens"],
    ["publishers/google/models/gemini-pro:generateContent", "gemini-pro", "generateContent"],
    ["org/a:b:generateContent", "org/a:b", "generateContent"],
    ["gemini-pro", "gemini-pro", ""],
  ])("to %s names its model and its action", (call, model, action) => {
    expect(readCall(call)).toEqual({ model, action });
  });

  it("streams by its path, as events or as an array", () => {
    expect(ask()).toMatchObject({ stream: false });
    expect(ask({}, "m:streamGenerateContent", "sse")).toMatchObject({ stream: true, streamForm: "events" });
    expect(ask({}, "m:streamGenerateContent")).toMatchObject({ stream: true, streamForm: "array" });
  });

  it("tells what it needs, in either spelling", () => {
    const data = "A".repeat(1000);
    const parts = [
      { inlineData: { mimeType: "image/png", data } },
      { inline_data: { mime_type: "audio/wav", data } },
      { fileData: { mimeType: "video/mp4", fileUri: "https://x.example/a.mp4" } },
    ];
    const { demand } = ask({
      contents: [{ parts }],
      tools: [{ function_declarations: [{ name: "a" }, { name: "b" }] }],
      generation_config: { max_output_tokens: 7, candidate_count: 2 },
    });
    expect([...demand.needs]).toEqual([
      ["tools", 2],
      ["image", 1],
      ["audio", 1],
      ["file", 1],
    ]);
    expect([demand.model, demand.maxOutput, demand.choices]).toEqual(["gemini-pro", 7, 2]);
    expect(demand.promptBytes).toBeLessThan(700);
  });

  it.each<[JsonObject, string]>([
    [{ contents: undefined }, "missing_input contents"],
    [{ contents: [] }, "invalid_parameter contents"],
    [{ contents: ["Hello"] }, "invalid_parameter contents[0]"],
    [{ contents: [{ role: "assistant", parts: [] }] }, "invalid_parameter contents[0].role"],
    [{ contents: [{ parts: ["Hello"] }] }, "invalid_parameter contents[0].parts"],
    [{ generationConfig: { maxOutputTokens: -1 } }, "invalid_parameter generationConfig.maxOutputTokens"],
    [{ generationConfig: { candidateCount: 1000 } }, "invalid_parameter candidateCount"],
    [{ tools: { googleSearch: {} } }, "invalid_parameter tools"],
    [{ generationConfig: {}, generation_config: { candidateCount: 8 } }, "invalid_parameter generationConfig"],
    [
      { generationConfig: { candidateCount: 1, candidate_count: 8 } },
      "invalid_parameter generationConfig.candidateCount",
    ],
    [{ contents: [{ parts: [{ inlineData: {}, inline_data: {} }] }] }, "invalid_parameter contents.parts.inlineData"],
    [{ tools: [{ googleSearch: {}, google_search: {} }] }, "invalid_parameter tools[0].googleSearch"],
    [{ Contents: [] }, "invalid_parameter Contents"],
    [{ GENERATION_CONFIG: {} }, "invalid_parameter GENERATION_CONFIG"],
  ])("with %j is refused: %s", (body, fault) => {
    expect(faultOf(() => ask(body))).toBe(fault);
  });

  it.each<[JsonObject, string[]]>([
    [{ tools: [{ functionDeclarations: [{ name: "f" }] }] }, []],
    [{ tools: [{ googleSearch: {} }] }, ["searches"]],
    [{ tools: [{ google_search: {}, functionDeclarations: [] }] }, ["searches"]],
    [{ tools: [{ codeExecution: {} }, { urlContext: {} }] }, ["calls"]],
    [{ tools: [{ of_tomorrow: {} }] }, ["calls"]],
    [{ tools: [{ googleSearch: "" }] }, ["searches"]],
    [{ serviceTier: "priority" }, ["tier"]],
  ])("with %j asks for the fees %j", (body, fees) => {
    expect([...(ask(body).demand.fees ?? [])]).toEqual(fees);
  });

  it("has a beginning once the model has spoken", () => {
    expect(ask().beginning?.()).toBeUndefined();
    const turns = [...HELLO, { role: "model", parts: [{ text: "Hi" }] }, ...HELLO];
    expect(ask({ contents: turns, systemInstruction: { parts: [{ text: "S" }] } }).beginning?.()).toBe("S\nHello");
  });
});

describe("what goes upstream", () => {
  it("is the client's text, but for the named edits", () => {
    const text = '{ "contents":[{"parts":[{"text":"\\u00e9"}]}], "labels":{"a":"b"},\n"safetySettings": [ ] }';
    const sent = write(JSON.parse(text) as JsonObject, { model: "gemini-2.5/pro", stream: true }, text);
    expect(sent.text).toBe('{ "contents":[{"parts":[{"text":"\\u00e9"}]}],\n"safetySettings": [ ] }');
    expect(sent.warnings).toEqual(["dropped=labels"]);
    expect(sent.address).toEqual({ method: "POST", path: "/models/gemini-2.5/pro:streamGenerateContent?alt=sse" });
  });

  it("has its cap in the spelling of the client", () => {
    const outputCap = { field: "max_tokens", tokens: 9 };
    expect(write({ contents: HELLO }, { outputCap }).value["generationConfig"]).toEqual({ maxOutputTokens: 9 });
    const own = { contents: HELLO, generation_config: { max_output_tokens: 5, temperature: 1 } };
    expect(write(own, { outputCap }).value["generation_config"]).toEqual({ max_output_tokens: 9, temperature: 1 });
  });

  it("has tools with a fee only where the model has a price for it", () => {
    const own = { functionDeclarations: [{ name: "f" }] };
    const body = { contents: HELLO, tools: [{ ...own, googleSearch: {} }, { codeExecution: {} }] };
    expect(write(body).value["tools"]).toEqual([own]);
    expect(write(body).warnings).toEqual(["dropped=tools.googleSearch", "dropped=tools.codeExecution"]);
    expect(write(body, { fees: new Set(["searches", "calls"]) }).value["tools"]).toEqual(body.tools);
    const alone = { contents: HELLO, tools: [{ googleSearch: {} }] };
    expect(faultOf(() => write(alone))).toBe("unsupported_feature tools.googleSearch");
  });
});

const ANSWER = {
  candidates: [{ content: { role: "model", parts: [{ text: "Hi" }] }, finishReason: "STOP", index: 0 }],
  usageMetadata: { promptTokenCount: 10, candidatesTokenCount: 3, thoughtsTokenCount: 2, totalTokenCount: 15 },
  modelVersion: "secret-model",
  responseId: "r1",
};

describe("a whole answer", () => {
  it("has the public name, and nothing of the upstream's costs", () => {
    const { body, usage, text } = readWhole(generateContent, { ...ANSWER, cost: 1, of_tomorrow: 2 });
    expect(body).toMatchObject({ modelVersion: "public", responseId: "r1", of_tomorrow: 2 });
    expect(body).not.toHaveProperty("cost");
    expect([usage, text]).toEqual([
      { input: 10, output: 3, reasoning: 2 },
      { output: "Hi", reasoning: "" },
    ]);
  });

  it("counts caches and media apart, also where numbers are texts", () => {
    const { usage } = readWhole(generateContent, {
      ...ANSWER,
      usageMetadata: {
        promptTokenCount: "100",
        toolUsePromptTokenCount: 10,
        cachedContentTokenCount: 40,
        candidatesTokenCount: 50,
        promptTokensDetails: [
          { modality: "TEXT", tokenCount: 60 },
          { modality: "IMAGE", tokenCount: 25 },
          { modality: "AUDIO", tokenCount: 15 },
        ],
        candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 30 }],
      },
    });
    expect(usage).toEqual({ input: 30, cachedRead: 40, inputAudio: 15, inputImage: 25, output: 20, outputImage: 30 });
  });

  it.each<[string, JsonObject, string]>([
    ["no candidates", { ...ANSWER, candidates: [] }, "upstream_error"],
    ["nothing said", { candidates: [{ content: { parts: [] }, finishReason: "STOP" }] }, "upstream_error"],
    ["nothing said, but a cap reached", { candidates: [{ finishReason: "MAX_TOKENS" }] }, "none"],
    [
      "a call alone",
      { candidates: [{ content: { parts: [{ functionCall: { name: "f" } }] }, finishReason: "STOP" }] },
      "none",
    ],
    [
      "a signature alone",
      { candidates: [{ content: { parts: [{ text: "", thoughtSignature: "a" }] }, finishReason: "STOP" }] },
      "upstream_error",
    ],
    ["an error", { error: { code: 503, status: "UNAVAILABLE" } }, 'upstream\'s {"code":503,"status":"UNAVAILABLE"}'],
    [
      "a blocked prompt",
      { promptFeedback: { blockReason: "SAFETY" }, usageMetadata: { promptTokenCount: 5 } },
      'upstream\'s {"code":"content_policy_violation","message":"The prompt was blocked: SAFETY."}',
    ],
  ])("with %s is judged", (_name, body, fault) => {
    expect(faultOf(() => readWhole(generateContent, body))).toBe(fault);
  });
});

describe("a stream", () => {
  const chunk = (parts: readonly JsonObject[], more: JsonObject = {}) =>
    frame({
      candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
      usageMetadata: { promptTokenCount: 4 },
    });

  it.each([
    ["words", { candidatesTokenCount: 3 }, true],
    ["thoughts alone", { thoughtsTokenCount: 3 }, true],
    [
      "a voice alone",
      { candidatesTokenCount: 3, candidatesTokensDetails: [{ modality: "AUDIO", tokenCount: 3 }] },
      true,
    ],
    ["nothing", {}, false],
  ])("that ends without a part is an answer if it was charged for %s", (_, usage, isMeaningful) => {
    const step = generateContent.answers(TARGET, ASKED).step(
      frame({
        candidates: [{ content: { role: "model", parts: [] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 4, ...usage },
      }),
    );
    expect(step.isMeaningful).toBe(isMeaningful);
  });

  it("is whole once it has said why it ends", () => {
    const reader = generateContent.answers(TARGET, ASKED);
    const steps = [
      chunk([{ text: "", thoughtSignature: "a" }]),
      chunk([{ text: "Hm", thought: true }]),
      chunk([{ text: "Hi" }]),
    ].map((one) => reader.step(one));
    expect(steps.map(({ isMeaningful }) => isMeaningful)).toEqual([false, true, true]);
    expect(steps.map(({ text }) => text)).toEqual([
      { output: "", reasoning: "" },
      { output: "", reasoning: "Hm" },
      { output: "Hi", reasoning: "" },
    ]);
    expect(faultOf(() => reader.end())).toBe("upstream_error");
    expect(reader.step(chunk([{ text: "" }], { finishReason: "STOP" }))).toMatchObject({
      finishes: true,
      isLast: false,
    });
    expect(reader.end().pieces).toEqual([]);
    expect(new Set(steps.map(({ pieces }) => pieces[0]?.draft.value["responseId"])).size).toBe(1);
  });

  it("that the gateway ends has reached a cap", () => {
    const reader = generateContent.answers(TARGET, ASKED);
    reader.step(chunk([{ text: "Hi" }]));
    expect(reader.cut().pieces[0]?.draft.value).toMatchObject({ candidates: [{ finishReason: "MAX_TOKENS" }] });
  });

  it("with an error is an error", () => {
    const error = { error: { code: 503, message: "x", status: "UNAVAILABLE" } };
    expect(faultOf(() => generateContent.answers(TARGET, ASKED).step(frame(error)))).toContain("UNAVAILABLE");
  });
});

it.each([
  { vendor: "anthropic", kind: "signature", value: "EqQB+/=" },
  { vendor: "anthropic", kind: "hidden", value: "é~" },
  { vendor: "openai", kind: "hidden", value: "x", id: "rs_1" },
  { vendor: "google", kind: "signature", value: "Cg==" },
] as const)("a proof finds its way back: %j", (proof) => {
  expect(readSignature(writeSignature(proof))).toEqual(proof);
});

it("Google's schemas become JSON schemas", () => {
  expect(
    fromGoogleSchema({
      type: "OBJECT",
      propertyOrdering: ["a"],
      properties: {
        a: { type: "STRING", nullable: true, enum: ["x"] },
        b: { type: "ARRAY", items: { type: "INTEGER" }, minItems: "1" },
        c: { anyOf: [{ type: "NUMBER" }, { type: "BOOLEAN" }] },
        type: { type: "STRING", description: "a member of this name" },
      },
      required: ["a"],
    }),
  ).toEqual({
    type: "object",
    properties: {
      a: { type: ["string", "null"], enum: ["x"] },
      b: { type: "array", items: { type: "integer" }, minItems: 1 },
      c: { anyOf: [{ type: "number" }, { type: "boolean" }] },
      type: { type: "string", description: "a member of this name" },
    },
    required: ["a"],
  });
});
