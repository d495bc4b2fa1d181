/**
 * Gathers answers at `/v1/responses` over upstreams of other wires, whole and streamed, so that `open_responses.py` can check
 * them against the Open Responses specification. The first cases are those of its acceptance tests.
 * @see https://www.openresponses.org/compliance
 */
import { FrameReader, DONE } from "../../../src/core/frame.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import type { Answer } from "../../wire/matrix/streams.ts";
import { modelOver, startWires, UPSTREAM_WIRES } from "./wires.ts";

export interface Gathered {
  readonly name: string;
  /** The types that must be among the items of the output. */
  readonly items: readonly string[];
  readonly status: string;
  readonly response?: JsonObject;
  readonly events?: readonly JsonObject[];
}

interface Case {
  readonly name: string;
  readonly asks: JsonObject;
  readonly answer: Answer;
  readonly items: readonly string[];
  readonly status?: string;
}

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 3 };
const HEART =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const user = (content: unknown) => ({ type: "message", role: "user", content });
const answer = (...said: Answer["said"]): Answer => ({ said, ends: "stop", tokens: TOKENS });
const GET_WEATHER = {
  type: "function",
  name: "get_weather",
  description: "Get the current weather for a location",
  parameters: { type: "object", properties: { location: { type: "string" } }, required: ["location"] },
};
const call = (id: string) => ({ call: { id, name: "get_weather", input: '{"location":"San Francisco, CA"}' } });

const CASES: readonly Case[] = [
  {
    name: "basic response",
    asks: { input: [user("Say hello in exactly 3 words.")] },
    answer: answer({ text: "Hello to you" }),
    items: ["message"],
  },
  {
    name: "system prompt",
    asks: { input: [{ type: "message", role: "system", content: "You are a pirate." }, user("Say hello.")] },
    answer: answer({ text: "Ahoy" }),
    items: ["message"],
  },
  {
    name: "tool calling",
    asks: { input: [user("What's the weather like in San Francisco?")], tools: [GET_WEATHER] },
    answer: { said: [call("call_a"), call("call_b")], ends: "tools", tokens: TOKENS },
    items: ["function_call"],
  },
  {
    name: "image input",
    asks: {
      input: [
        user([
          { type: "input_text", text: "What do you see?" },
          { type: "input_image", image_url: HEART },
        ]),
      ],
    },
    answer: answer({ text: "A dot" }),
    items: ["message"],
  },
  {
    name: "multi-turn",
    asks: {
      input: [
        user("My name is Alice."),
        { type: "message", role: "assistant", content: "Hello Alice!" },
        user("What is my name?"),
      ],
    },
    answer: answer({ text: "Alice" }),
    items: ["message"],
  },
  {
    name: "thoughts and a call",
    asks: {
      input: [user("Think.")],
      reasoning: { effort: "medium", summary: "auto" },
      tools: [GET_WEATHER],
      tool_choice: "auto",
      parallel_tool_calls: false,
    },
    answer: { said: [{ thought: "Let me think" }, call("call_a")], ends: "tools", tokens: TOKENS },
    items: ["reasoning", "function_call"],
  },
  {
    name: "sources",
    asks: { input: [user("Who says so?")], temperature: 0.5, top_p: 0.9, metadata: { a: "b" } },
    answer: answer({ text: "They do", citation: { url: "https://example.com/", title: "Example" } }),
    items: ["message"],
  },
  {
    name: "a schema",
    asks: {
      input: [user("As JSON.")],
      text: {
        format: { type: "json_schema", name: "answer", strict: true, schema: { type: "object", properties: {} } },
      },
    },
    answer: answer({ text: "{}" }),
    items: ["message"],
  },
  {
    name: "the end of its tokens",
    asks: { input: [user("Go on.")], max_output_tokens: 9 },
    answer: { said: [{ text: "And on" }], ends: "length", tokens: TOKENS },
    items: ["message"],
    status: "incomplete",
  },
];

export async function gather(): Promise<Gathered[]> {
  const stage = await startWires();
  const gathered: Gathered[] = [];
  try {
    for (const wire of UPSTREAM_WIRES.filter((name) => name !== "openai.responses")) {
      for (const { name, asks, answer: said, items, status = "completed" } of CASES) {
        for (const stream of [false, true]) {
          stage.answer(wire, said);
          const response = await fetch(`${stage.gateway.url}/v1/responses`, {
            method: "POST",
            headers: { authorization: `Bearer ${stage.gateway.key}`, "content-type": "application/json" },
            body: JSON.stringify({ ...asks, model: modelOver(wire), stream }),
          });
          const text = await response.text();
          if (response.status !== 200) throw new Error(`${name} over ${wire}: ${response.status} ${text}`);
          const frames = stream ? new FrameReader().feed(text) : [];
          const events = frames.flatMap(({ data }) => (data === DONE ? [] : [JSON.parse(data) as JsonObject]));
          const common = { name: `${name} over ${wire}${stream ? ", streamed" : ""}`, items, status };
          gathered.push(stream ? { ...common, events } : { ...common, response: JSON.parse(text) as JsonObject });
        }
      }
    }
  } finally {
    await stage.close();
  }
  return gathered;
}
