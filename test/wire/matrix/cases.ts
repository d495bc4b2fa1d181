/** Conversations, each as the clients of every wire would have it, and as every upstream should get it. */
import { expect } from "vitest";
import type { JsonObject } from "../../../src/core/json.ts";
import { PIXEL, SCHEMA, type Case } from "./case.ts";
import { GEMINI_CASES } from "./gemini-cases.ts";
import { RESPONSES_CASES } from "./responses-cases.ts";
import type { Answer } from "./streams.ts";

const TOKENS = { prompt: 20, cached: 4, output: 9, thoughts: 0 };
const CHAT_USAGE = { prompt_tokens: 20, completion_tokens: 9, total_tokens: 29 };
const MESSAGE_USAGE = { input_tokens: 16, cache_read_input_tokens: 4, output_tokens: 9 };

const says = (text: string): Answer => ({ said: [{ text }], ends: "stop", tokens: TOKENS });
const chatSays = (message: JsonObject, finish_reason = "stop") => ({
  object: "chat.completion",
  model: "public",
  choices: [{ index: 0, message: { role: "assistant", ...message }, finish_reason }],
  usage: CHAT_USAGE,
});
const messageSays = (content: readonly JsonObject[], stop_reason = "end_turn") => ({
  type: "message",
  role: "assistant",
  model: "public",
  content,
  stop_reason,
  usage: MESSAGE_USAGE,
});

const HI = {
  answer: says("Hi"),
  gets: {
    "openai.chat": chatSays({ content: "Hi" }),
    "anthropic.messages": messageSays([{ type: "text", text: "Hi" }]),
  },
};

const CHAT_TOOL = { type: "function", function: { name: "weather", description: "Now", parameters: SCHEMA } };
const MESSAGE_TOOL = { name: "weather", description: "Now", input_schema: SCHEMA };
const BOSTON = { id: "call_a", name: "weather", input: '{"city":"Boston"}' };
const PARIS = { id: "call_b", name: "weather", input: '{"city":"Paris é"}' };
const chatCall = ({ id, name, input }: typeof BOSTON) => ({
  id,
  type: "function",
  function: { name, arguments: input },
});
const messageCall = ({ id, name, input }: typeof BOSTON) => ({
  type: "tool_use",
  id,
  name,
  input: JSON.parse(input) as JsonObject,
});
const CAP = { max_tokens: 5000 };

const OWN: readonly Case[] = [
  {
    name: "plain text",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Hello" }] },
      "anthropic.messages": { ...CAP, messages: [{ role: "user", content: "Hello" }] },
    },
    sent: {
      "openai.chat": { ...CAP, model: "upstream-model", messages: [{ role: "user", content: "Hello" }] },
      "anthropic.messages": {
        ...CAP,
        model: "upstream-model",
        messages: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
      },
    },
    ...HI,
  },
  {
    name: "instructions, several turns and sampling",
    asks: {
      "openai.chat": {
        ...CAP,
        temperature: 0.5,
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "One" },
          { role: "assistant", content: "Two" },
          { role: "user", content: [{ type: "text", text: "Three" }] },
        ],
      },
      "anthropic.messages": {
        ...CAP,
        temperature: 0.5,
        system: [{ type: "text", text: "Be brief." }],
        messages: [
          { role: "user", content: "One" },
          { role: "assistant", content: "Two" },
          { role: "user", content: [{ type: "text", text: "Three" }] },
        ],
      },
    },
    sent: {
      "openai.chat": {
        temperature: 0.5,
        messages: [
          { role: "system", content: "Be brief." },
          { role: "user", content: "One" },
          { role: "assistant", content: "Two" },
          { role: "user", content: "Three" },
        ],
      },
      "anthropic.messages": {
        temperature: 0.5,
        system: [{ type: "text", text: "Be brief." }],
        messages: [
          { role: "user", content: [{ type: "text", text: "One" }] },
          { role: "assistant", content: [{ type: "text", text: "Two" }] },
          { role: "user", content: [{ type: "text", text: "Three" }] },
        ],
      },
    },
    ...HI,
  },
  {
    name: "a word to stop at",
    clients: ["openai.chat", "anthropic.messages", "gemini.generate"],
    asks: {
      "openai.chat": { ...CAP, stop: "END", messages: [{ role: "user", content: "Hello" }] },
      "anthropic.messages": { ...CAP, stop_sequences: ["END"], messages: [{ role: "user", content: "Hello" }] },
    },
    sent: { "openai.chat": { stop: ["END"] }, "anthropic.messages": { stop_sequences: ["END"] } },
    ...HI,
  },
  {
    name: "a picture in the body and one by its address",
    asks: {
      "openai.chat": {
        ...CAP,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What?" },
              { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
              { type: "image_url", image_url: { url: "https://pictures.example/a.jpg" } },
            ],
          },
        ],
      },
      "anthropic.messages": {
        ...CAP,
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What?" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
              { type: "image", source: { type: "url", url: "https://pictures.example/a.jpg" } },
            ],
          },
        ],
      },
    },
    sent: {
      "openai.chat": {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What?" },
              { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
              { type: "image_url", image_url: { url: "https://pictures.example/a.jpg" } },
            ],
          },
        ],
      },
      "anthropic.messages": {
        messages: [
          {
            role: "user",
            content: [
              { type: "text", text: "What?" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
              { type: "image", source: { type: "url", url: "https://pictures.example/a.jpg" } },
            ],
          },
        ],
      },
    },
    ...HI,
  },
  {
    name: "a document",
    asks: {
      "openai.chat": {
        ...CAP,
        messages: [
          {
            role: "user",
            content: [{ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PIXEL}` } }],
          },
        ],
      },
      "anthropic.messages": {
        ...CAP,
        messages: [
          {
            role: "user",
            content: [
              {
                type: "document",
                title: "a.pdf",
                source: { type: "base64", media_type: "application/pdf", data: PIXEL },
              },
            ],
          },
        ],
      },
    },
    sent: {
      "openai.chat": {
        messages: [
          {
            role: "user",
            content: [{ type: "file", file: { filename: "a.pdf", file_data: `data:application/pdf;base64,${PIXEL}` } }],
          },
        ],
      },
      "anthropic.messages": {
        messages: [
          {
            role: "user",
            content: [
              {
                type: "document",
                title: "a.pdf",
                source: { type: "base64", media_type: "application/pdf", data: PIXEL },
              },
            ],
          },
        ],
      },
    },
    ...HI,
  },
  {
    name: "two tool calls at once",
    asks: {
      "openai.chat": {
        ...CAP,
        messages: [{ role: "user", content: "Weather?" }],
        tools: [CHAT_TOOL],
        tool_choice: "required",
        parallel_tool_calls: true,
      },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "Weather?" }],
        tools: [MESSAGE_TOOL],
        tool_choice: { type: "any" },
      },
    },
    sent: {
      "openai.chat": { tools: [CHAT_TOOL], tool_choice: "required" },
      "anthropic.messages": { tools: [MESSAGE_TOOL], tool_choice: { type: "any" } },
    },
    answer: { said: [{ text: "Let me see." }, { call: BOSTON }, { call: PARIS }], ends: "tools", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays(
        { content: "Let me see.", tool_calls: [chatCall(BOSTON), chatCall(PARIS)] },
        "tool_calls",
      ),
      "anthropic.messages": messageSays(
        [{ type: "text", text: "Let me see." }, messageCall(BOSTON), messageCall(PARIS)],
        "tool_use",
      ),
    },
  },
  {
    name: "one named tool",
    asks: {
      "openai.chat": {
        ...CAP,
        messages: [{ role: "user", content: "Weather?" }],
        tools: [CHAT_TOOL],
        tool_choice: { type: "function", function: { name: "weather" } },
      },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "Weather?" }],
        tools: [MESSAGE_TOOL],
        tool_choice: { type: "tool", name: "weather" },
      },
    },
    sent: {
      "openai.chat": {
        tool_choice: { type: "function", function: { name: "weather" } },
      },
      "anthropic.messages": { tool_choice: { type: "tool", name: "weather" } },
    },
    answer: { said: [{ call: BOSTON }], ends: "tools", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays({ tool_calls: [chatCall(BOSTON)] }, "tool_calls"),
      "anthropic.messages": messageSays([messageCall(BOSTON)], "tool_use"),
    },
  },
  {
    name: "one named tool, and only one call",
    clients: ["openai.chat", "anthropic.messages", "openai.responses"],
    asks: {
      "openai.chat": {
        ...CAP,
        messages: [{ role: "user", content: "Weather?" }],
        tools: [CHAT_TOOL],
        tool_choice: { type: "function", function: { name: "weather" } },
        parallel_tool_calls: false,
      },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "Weather?" }],
        tools: [MESSAGE_TOOL],
        tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true },
      },
    },
    sent: {
      "openai.chat": {
        tool_choice: { type: "function", function: { name: "weather" } },
        parallel_tool_calls: false,
      },
      "anthropic.messages": { tool_choice: { type: "tool", name: "weather", disable_parallel_tool_use: true } },
    },
    answer: { said: [{ call: BOSTON }], ends: "tools", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays({ tool_calls: [chatCall(BOSTON)] }, "tool_calls"),
      "anthropic.messages": messageSays([messageCall(BOSTON)], "tool_use"),
    },
  },
  {
    name: "results of two calls, one of them an error, and a word of the user",
    asks: {
      "openai.chat": {
        ...CAP,
        tools: [CHAT_TOOL],
        messages: [
          { role: "user", content: "Weather?" },
          { role: "assistant", content: null, tool_calls: [chatCall(BOSTON), chatCall(PARIS)] },
          { role: "tool", tool_call_id: "call_a", content: "sunny" },
          { role: "tool", tool_call_id: "call_b", content: "Error: no such city" },
          { role: "user", content: "Go on" },
        ],
      },
      "anthropic.messages": {
        ...CAP,
        tools: [MESSAGE_TOOL],
        messages: [
          { role: "user", content: "Weather?" },
          { role: "assistant", content: [messageCall(BOSTON), messageCall(PARIS)] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "call_a", content: "sunny" },
              { type: "tool_result", tool_use_id: "call_b", content: "no such city", is_error: true },
              { type: "text", text: "Go on" },
            ],
          },
        ],
      },
    },
    sent: {
      "openai.chat": {
        messages: [
          { role: "user", content: "Weather?" },
          { role: "assistant", content: null, tool_calls: [{ id: "call_a" }, { id: "call_b" }] },
          { role: "tool", tool_call_id: "call_a", content: "sunny" },
          { role: "tool", tool_call_id: "call_b", content: "Error: no such city" },
          { role: "user", content: "Go on" },
        ],
      },
      "anthropic.messages": {
        messages: [
          { role: "user", content: [{ type: "text", text: "Weather?" }] },
          { role: "assistant", content: [messageCall(BOSTON), messageCall(PARIS)] },
          {
            role: "user",
            content: [
              { type: "tool_result", tool_use_id: "call_a", content: [{ type: "text", text: "sunny" }] },
              { type: "tool_result", tool_use_id: "call_b" },
              { type: "text", text: "Go on" },
            ],
          },
        ],
      },
    },
    ...HI,
  },
  {
    name: "an answer by a schema",
    asks: {
      "openai.chat": {
        ...CAP,
        messages: [{ role: "user", content: "City?" }],
        response_format: { type: "json_schema", json_schema: { name: "answer", schema: SCHEMA, strict: true } },
      },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "City?" }],
        output_config: { format: { type: "json_schema", schema: SCHEMA } },
      },
    },
    sent: {
      "openai.chat": {
        response_format: { type: "json_schema", json_schema: { name: "answer", schema: SCHEMA, strict: true } },
      },
      "anthropic.messages": { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
    },
    answer: says('{"city":"Boston"}'),
    gets: {
      "openai.chat": chatSays({ content: '{"city":"Boston"}' }),
      "anthropic.messages": messageSays([{ type: "text", text: '{"city":"Boston"}' }]),
    },
  },
  {
    name: "a thought",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Think" }], reasoning_effort: "medium" },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "Think" }],
        thinking: { type: "enabled", budget_tokens: 4096 },
      },
    },
    sent: {
      "openai.chat": { reasoning_effort: "medium" },
      "anthropic.messages": { thinking: { type: "enabled", budget_tokens: 4096 } },
    },
    answer: { said: [{ thought: "Hm, so." }, { text: "Hi" }], ends: "stop", tokens: { ...TOKENS, thoughts: 5 } },
    gets: {
      "openai.chat": chatSays({ content: "Hi", reasoning_content: "Hm, so." }),
      "anthropic.messages": messageSays([
        { type: "thinking", thinking: "Hm, so.", signature: "" },
        { type: "text", text: "Hi" },
      ]),
    },
  },
  {
    name: "a thought with its signature, and one that is hidden",
    upstreams: ["openai.chat", "anthropic.messages"],
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Think" }], reasoning_effort: "medium" },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "Think" }],
        thinking: { type: "enabled", budget_tokens: 4096 },
      },
    },
    sent: {
      "openai.chat": { reasoning_effort: "medium" },
      "anthropic.messages": { thinking: { type: "enabled", budget_tokens: 4096 } },
    },
    answer: {
      said: [{ thought: "Hm, so.", proof: "EqQB" }, { thought: "", hidden: true, proof: "EmwK" }, { text: "Hi" }],
      ends: "stop",
      tokens: { ...TOKENS, thoughts: 5 },
    },
    gets: {
      "openai.chat": chatSays({ content: "Hi", reasoning_content: "Hm, so." }),
      "anthropic.messages": messageSays([
        { type: "thinking", thinking: "Hm, so.", signature: "EqQB" },
        { type: "redacted_thinking", data: "EmwK" },
        { type: "text", text: "Hi" },
      ]),
    },
  },
  {
    name: "a source of what is said",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "News?" }] },
      "anthropic.messages": { ...CAP, messages: [{ role: "user", content: "News?" }] },
    },
    sent: { "openai.chat": {}, "anthropic.messages": {} },
    answer: {
      said: [{ text: "It rained.", citation: { url: "https://news.example/1", title: "News" } }],
      ends: "stop",
      tokens: TOKENS,
    },
    gets: {
      "openai.chat": chatSays({
        content: "It rained.",
        annotations: [
          {
            type: "url_citation",
            url_citation: { url: "https://news.example/1", title: "News", start_index: 0, end_index: 10 },
          },
        ],
      }),
      "anthropic.messages": messageSays([
        { type: "text", text: "It rained.", citations: [{ url: "https://news.example/1", title: "News" }] },
      ]),
    },
  },
  {
    name: "the cap was reached in the middle of an emoji's word",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Emoji" }] },
      "anthropic.messages": { ...CAP, messages: [{ role: "user", content: "Emoji" }] },
    },
    sent: { "openai.chat": {}, "anthropic.messages": {} },
    answer: { said: [{ text: "👩‍👩‍👧‍👦 日本語 é" }], ends: "length", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays({ content: "👩‍👩‍👧‍👦 日本語 é" }, "length"),
      "anthropic.messages": messageSays([{ type: "text", text: "👩‍👩‍👧‍👦 日本語 é" }], "max_tokens"),
    },
  },
  {
    name: "a picture that the model drew",
    upstreams: ["openai.chat", "openai.responses", "gemini.generate"],
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Draw" }] },
      "anthropic.messages": { ...CAP, messages: [{ role: "user", content: "Draw" }] },
    },
    sent: { "openai.chat": {} },
    answer: { said: [{ text: "Here" }, { picture: PIXEL }], ends: "stop", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays({
        content: expect.stringMatching(/^Here(\n\n!\[image\]\(data:image\/png;base64,[^)]+\))?$/),
        images: [{ type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } }],
      }),
      "anthropic.messages": messageSays([
        { type: "text", text: "Here" },
        { type: "text", text: `![image](data:image/png;base64,${PIXEL})` },
      ]),
    },
  },
  {
    name: "a block for safety, before anything is said",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Bad" }] },
      "anthropic.messages": { ...CAP, messages: [{ role: "user", content: "Bad" }] },
    },
    sent: { "openai.chat": {}, "anthropic.messages": {} },
    answer: { said: [], ends: "filter", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays({}, "content_filter"),
      "anthropic.messages": messageSays([], "refusal"),
    },
  },
  {
    name: "a web search",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "News?" }], web_search_options: {} },
      "anthropic.messages": {
        ...CAP,
        messages: [{ role: "user", content: "News?" }],
        tools: [{ type: "web_search_20250305", name: "web_search" }],
      },
    },
    sent: {
      "openai.chat": { web_search_options: {} },
      "anthropic.messages": { tools: [{ type: "web_search_20250305", name: "web_search" }] },
    },
    answer: {
      said: [{ text: "It rained.", citation: { url: "https://news.example/1", title: "News" } }],
      ends: "stop",
      tokens: TOKENS,
    },
    gets: {
      "openai.chat": chatSays({ content: "It rained.", annotations: [{ type: "url_citation" }] }),
      "anthropic.messages": messageSays([{ type: "text", citations: [{ url: "https://news.example/1" }] }]),
    },
  },
  {
    name: "a refusal",
    asks: {
      "openai.chat": { ...CAP, messages: [{ role: "user", content: "Bad" }] },
      "anthropic.messages": { ...CAP, messages: [{ role: "user", content: "Bad" }] },
    },
    sent: { "openai.chat": {}, "anthropic.messages": {} },
    answer: { said: [{ refusal: "I can't." }], ends: "filter", tokens: TOKENS },
    gets: {
      "openai.chat": chatSays({}, "content_filter"),
      "anthropic.messages": messageSays([{ type: "text", text: "I can't." }], "refusal"),
    },
  },
];

const OTHERS = { "gemini.generate": GEMINI_CASES, "openai.responses": RESPONSES_CASES } as const;

/** The cases with what other files say of them. */
export const CASES: readonly Case[] = OWN.map((one) => {
  const joined = (member: "asks" | "sent" | "gets") => ({
    ...one[member],
    ...Object.fromEntries(Object.entries(OTHERS).map(([wire, cases]) => [wire, cases[one.name]?.[member] ?? {}])),
  });
  return { ...one, asks: joined("asks"), sent: joined("sent"), gets: joined("gets") };
});
