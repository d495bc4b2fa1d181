/** The conversations of `cases.ts` as clients of Responses have them, by their names. */
import type { JsonObject } from "../../../src/core/json.ts";
import { PIXEL, SCHEMA, type WireCase } from "./case.ts";

const USAGE = { input_tokens: 20, input_tokens_details: { cached_tokens: 4 }, output_tokens: 9, total_tokens: 29 };
const says = (output: readonly JsonObject[], more: JsonObject = { status: "completed", incomplete_details: null }) => ({
  object: "response",
  model: "public",
  output,
  usage: USAGE,
  ...more,
});
const text = (said: string, more: JsonObject = {}) => ({
  type: "message",
  role: "assistant",
  status: "completed",
  content: [{ type: "output_text", text: said, ...more }],
});
const user = (...content: readonly JsonObject[]) => ({ type: "message", role: "user", content });
const input = (said: string) => ({ type: "input_text", text: said });
const HI = says([text("Hi")]);
const CAP = { max_output_tokens: 5000 };
const tool = { type: "function", name: "weather", description: "Now", parameters: SCHEMA };
const BOSTON = { call_id: "call_a", name: "weather", arguments: '{"city":"Boston"}' };
const PARIS = { call_id: "call_b", name: "weather", arguments: '{"city":"Paris é"}' };
const call = (said: JsonObject) => ({ type: "function_call", ...said });
const MEDIA = [
  input("What?"),
  { type: "input_image", image_url: `data:image/png;base64,${PIXEL}`, detail: "auto" },
  { type: "input_image", image_url: "https://pictures.example/a.jpg", detail: "auto" },
];
const FILE = { type: "input_file", filename: "a.pdf", file_data: `data:application/pdf;base64,${PIXEL}` };

export const RESPONSES_CASES: Readonly<Record<string, WireCase>> = {
  "plain text": {
    asks: { ...CAP, input: "Hello" },
    sent: { ...CAP, model: "upstream-model", store: false, input: [user(input("Hello"))] },
    gets: HI,
  },
  "instructions, several turns and sampling": {
    asks: {
      ...CAP,
      temperature: 0.5,
      instructions: "Be brief.",
      input: [
        { role: "user", content: "One" },
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Two" }] },
        { role: "user", content: [input("Three")] },
      ],
    },
    sent: {
      temperature: 0.5,
      instructions: "Be brief.",
      input: [
        user(input("One")),
        { type: "message", role: "assistant", content: [{ type: "output_text", text: "Two" }] },
        user(input("Three")),
      ],
    },
    gets: HI,
  },
  "a picture in the body and one by its address": {
    asks: { ...CAP, input: [user(...MEDIA)] },
    sent: { input: [user(...MEDIA)] },
    gets: HI,
  },
  "a document": { asks: { ...CAP, input: [user(FILE)] }, sent: { input: [user({ type: "input_file" })] }, gets: HI },
  "two tool calls at once": {
    asks: { ...CAP, input: "Weather?", tools: [tool], tool_choice: "required" },
    sent: { tools: [{ ...tool, strict: false }], tool_choice: "required" },
    gets: says([text("Let me see."), call(BOSTON), call(PARIS)]),
  },
  "one named tool": {
    asks: { ...CAP, input: "Weather?", tools: [tool], tool_choice: { type: "function", name: "weather" } },
    sent: { tool_choice: { type: "function", name: "weather" } },
    gets: says([call(BOSTON)]),
  },
  "one named tool, and only one call": {
    asks: {
      ...CAP,
      input: "Weather?",
      tools: [tool],
      tool_choice: { type: "function", name: "weather" },
      parallel_tool_calls: false,
    },
    sent: { tool_choice: { type: "function", name: "weather" }, parallel_tool_calls: false },
    gets: says([call(BOSTON)]),
  },
  "results of two calls, one of them an error, and a word of the user": {
    asks: {
      ...CAP,
      tools: [tool],
      input: [
        { role: "user", content: "Weather?" },
        call({ ...BOSTON, id: "fc_1" }),
        call({ ...PARIS, id: "fc_2" }),
        { type: "function_call_output", call_id: "call_a", output: "sunny" },
        { type: "function_call_output", call_id: "call_b", output: "Error: no such city" },
        { role: "user", content: "Go on" },
      ],
    },
    sent: {
      input: [
        user(input("Weather?")),
        call({ call_id: "call_a", name: "weather" }),
        call({ call_id: "call_b", name: "weather" }),
        { type: "function_call_output", call_id: "call_a", output: "sunny" },
        { type: "function_call_output", call_id: "call_b" },
        user(input("Go on")),
      ],
    },
    gets: HI,
  },
  "an answer by a schema": {
    asks: {
      ...CAP,
      input: "City?",
      text: { format: { type: "json_schema", name: "answer", schema: SCHEMA, strict: true } },
    },
    sent: { text: { format: { type: "json_schema", name: "answer", schema: SCHEMA, strict: true } } },
    gets: says([text('{"city":"Boston"}')]),
  },
  "a thought": {
    asks: { ...CAP, input: "Think", reasoning: { effort: "medium", summary: "auto" } },
    sent: { reasoning: { effort: "medium" } },
    gets: says([{ type: "reasoning", summary: [{ type: "summary_text", text: "Hm, so." }] }, text("Hi")]),
  },
  "a thought with its signature, and one that is hidden": {
    asks: { ...CAP, input: "Think", reasoning: { effort: "medium", summary: "auto" } },
    sent: {},
    gets: says([
      {
        type: "reasoning",
        summary: [{ type: "summary_text", text: "Hm, so." }],
        encrypted_content: "anthropic~signature~~EqQB",
      },
      { type: "reasoning", summary: [], encrypted_content: "anthropic~hidden~~EmwK" },
      text("Hi"),
    ]),
  },
  "a source of what is said": {
    asks: { ...CAP, input: "News?" },
    sent: {},
    gets: says([
      text("It rained.", {
        annotations: [
          { type: "url_citation", url: "https://news.example/1", title: "News", start_index: 0, end_index: 10 },
        ],
      }),
    ]),
  },
  "the cap was reached in the middle of an emoji's word": {
    asks: { ...CAP, input: "Emoji" },
    sent: {},
    gets: says([text("👩‍👩‍👧‍👦 日本語 é")], { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } }),
  },
  "a picture that the model drew": {
    asks: { ...CAP, input: "Draw" },
    sent: {},
    gets: says([text("Here"), { type: "image_generation_call", status: "completed", result: PIXEL }]),
  },
  "a block for safety, before anything is said": {
    asks: { ...CAP, input: "Bad" },
    sent: {},
    gets: { output: [], status: "incomplete", incomplete_details: { reason: "content_filter" } },
  },
  "a web search": {
    asks: { ...CAP, input: "News?", tools: [{ type: "web_search" }] },
    sent: { tools: [{ type: "web_search" }] },
    gets: says([text("It rained.", { annotations: [{ type: "url_citation", url: "https://news.example/1" }] })]),
  },
  "a refusal": {
    asks: { ...CAP, input: "Bad" },
    sent: {},
    gets: says([{ type: "message" }], { status: "incomplete", incomplete_details: { reason: "content_filter" } }),
  },
};
