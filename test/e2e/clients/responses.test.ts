/** The Responses API of OpenAI's SDK against upstreams of every wire. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answer } from "../../wire/matrix/streams.ts";
import { failureOf } from "./stage.ts";
import { SDKS } from "./openai-sdks.ts";
import { beginningOf, modelOver, startWires, UPSTREAM_WIRES, type WireStage } from "./wires.ts";

let stage: WireStage;

beforeAll(async () => {
  stage = await startWires();
});
afterAll(async () => stage.close());

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 3 };
const HI: Answer = { said: [{ text: "Hi there" }], ends: "stop", tokens: TOKENS };
const CALL = { id: "call_a", name: "weather", input: '{"city":"Boston"}' };
const WEATHER: OpenAI.Responses.FunctionTool = {
  type: "function",
  name: "weather",
  parameters: { type: "object", properties: { city: { type: "string" } } },
  strict: false,
};
const USAGE = {
  input_tokens: 20,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens: 9,
  output_tokens_details: { reasoning_tokens: 3 },
  total_tokens: 29,
};

describe.each(SDKS)("%s", (_name, Sdk) => {
  let client: OpenAI;
  beforeAll(() => {
    client = new Sdk({ apiKey: stage.gateway.key, baseURL: `${stage.gateway.url}/v1`, maxRetries: 0 });
  });

  describe.each(UPSTREAM_WIRES)("over %s", (wire) => {
    const hello = { model: modelOver(wire), input: "Hello", store: false };

    it("gets a whole response", async () => {
      stage.answer(wire, HI);
      const response = await client.responses.create({ ...hello, instructions: "Be brief." });
      expect(response.output_text, JSON.stringify(response)).toBe("Hi there");
      expect(response).toMatchObject({
        object: "response",
        status: "completed",
        model: modelOver(wire),
        output: [{ type: "message", role: "assistant", content: [{ type: "output_text", text: "Hi there" }] }],
        usage: USAGE,
      });
      expect(JSON.stringify(stage.sent().body)).toContain("Be brief.");
    });

    it("gets a stream whose events are numbered, and whose pieces make the whole", async () => {
      stage.answer(wire, HI);
      const events: OpenAI.Responses.ResponseStreamEvent[] = [];
      for await (const event of await client.responses.create({ ...hello, stream: true })) events.push(event);
      expect(events.map(({ sequence_number: number }) => number)).toEqual(events.map((_, position) => position));
      expect(events[0]?.type).toBe("response.created");
      const last = events.at(-1);
      if (last?.type !== "response.completed") throw new Error(`it ends with ${JSON.stringify(last)}`);
      const texts = events.flatMap((event) => (event.type === "response.output_text.delta" ? [event.delta] : []));
      expect(texts.length).toBeGreaterThan(1);
      expect(texts.join("")).toBe("Hi there");
      expect(last.response).toMatchObject({ output: [{ content: [{ text: "Hi there" }] }], usage: USAGE });
    });

    it("calls a tool and gets its result back, as the SDK's own stream puts it together", async () => {
      stage.answer(wire, { said: [{ text: "Let me see." }, { call: CALL }], ends: "tools", tokens: TOKENS });
      const first = await client.responses.stream({ ...hello, tools: [WEATHER] }).finalResponse();
      expect(first.output, JSON.stringify(first)).toMatchObject([
        { type: "message", content: [{ text: "Let me see." }] },
        { type: "function_call", call_id: "call_a", name: "weather", arguments: '{"city":"Boston"}' },
      ]);
      stage.answer(wire, HI);
      const second = await client.responses.create({
        ...hello,
        tools: [WEATHER],
        input: [
          { role: "user", content: "Hello" },
          ...(first.output as OpenAI.Responses.ResponseInputItem[]),
          { type: "function_call_output", call_id: "call_a", output: "sunny" },
        ],
      });
      expect(second.output_text).toBe("Hi there");
      expect(JSON.stringify(stage.sent().body)).toMatch(/Let me see.*Boston.*sunny/s);
    });

    it("gets thoughts, sealed or not, and may give them back", async () => {
      const said = [{ thought: "Hm, so.", ...(wire === "gemini.generate" ? {} : { proof: "EqQB" }) }, { text: "Hi" }];
      stage.answer(wire, { said, ends: "stop", tokens: TOKENS });
      const reasoning = { effort: "low" as const, summary: "auto" as const };
      const first = await client.responses.create({ ...hello, reasoning });
      expect(first.output, JSON.stringify(first)).toMatchObject([
        { type: "reasoning", summary: [{ type: "summary_text", text: "Hm, so." }] },
        { type: "message" },
      ]);
      stage.answer(wire, HI);
      await client.responses.create({
        ...hello,
        reasoning,
        input: [
          { role: "user", content: "Hello" },
          ...(first.output as OpenAI.Responses.ResponseInputItem[]),
          { role: "user", content: "And?" },
        ],
      });
      if (wire !== "gemini.generate") expect(JSON.stringify(stage.sent().body)).toContain("EqQB");
    });

    it("is told of an upstream that breaks off", async () => {
      stage.upstream.script(`upstream-${wire.replace(".", "-")}`, (exchange) => {
        exchange.openStream();
        exchange.write(beginningOf(wire));
        setTimeout(() => exchange.reset(), 50);
      });
      const error = await failureOf(client.responses.stream(hello).finalResponse());
      expect(error).toBeInstanceOf(Sdk.APIError);
      expect(String(error)).toContain("The model's service answered with an error.");
    });

    it("parses what a schema asks for", async () => {
      stage.answer(wire, { said: [{ text: '{"city":"Boston"}' }], ends: "stop", tokens: TOKENS });
      const schema = {
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
        additionalProperties: false,
      };
      const format = { type: "json_schema" as const, name: "place", schema, strict: true };
      const response = await client.responses.create({ ...hello, text: { format } });
      expect(JSON.parse(response.output_text)).toEqual({ city: "Boston" });
      expect(JSON.stringify(stage.sent().body)).toContain('"required":["city"]');
    });
  });

  describe("an upstream of Responses", () => {
    it("stores nothing, and names nobody", async () => {
      stage.answer("openai.responses", HI);
      const asked = {
        model: modelOver("openai.responses"),
        input: "Hello",
        metadata: { a: "b" },
        safety_identifier: "me@example.com",
      };
      const { data, response } = await client.responses.create(asked).withResponse();
      expect(response.headers.get("x-gateway-warnings")).toBeNull();
      expect(data).toMatchObject({ metadata: asked.metadata, safety_identifier: "me@example.com" });
      expect(stage.sent().body).toMatchObject({ store: false });
      expect(JSON.stringify(stage.sent().body)).not.toContain("me@example.com");
    });
  });

  describe("what is not understood", () => {
    it.each<[Record<string, unknown>, string]>([
      [{ input: undefined }, "input"],
      [{ input: [] }, "input"],
      [{ input: [{ type: "hologram" }] }, "input[0].type"],
      [{ input: [{ role: "robot", content: "" }] }, "input[0].role"],
      [{ input: [{ role: "user", content: [{ type: "video" }] }] }, "input[0].content[0].type"],
      [{ previous_response_id: "resp_1" }, "previous_response_id"],
      [{ background: true }, "background"],
    ])("%j is refused", async (change, param) => {
      const error = await failureOf(
        client.responses.create({ model: modelOver("openai.chat"), input: "Hello", ...change } as never),
      );
      expect(error).toBeInstanceOf(Sdk.BadRequestError);
      expect(error).toMatchObject({ param });
    });
  });

  it("tokens are counted", async () => {
    const { input_tokens: tokens } = await client.responses.inputTokens.count({
      model: modelOver("openai.chat"),
      input: "How many tokens is this text?",
    });
    expect(tokens).toBeGreaterThan(4);
    expect(tokens).toBeLessThan(20);
  });
});
