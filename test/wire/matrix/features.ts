/**
 * What a request may ask for, in the words of each client's wire that has words for it. A test asks for each of it over each
 * other wire, and writes `src/wire/LOSSES.md` from what becomes of it.
 */
import type { JsonObject } from "../../../src/core/json.ts";
import type { WIRES } from "../../../src/wire/index.ts";
import { PIXEL, SCHEMA } from "./case.ts";

/** Members of a request, by the client's wire. */
type PerClient = Readonly<Partial<Record<WireName, JsonObject>>>;
export type WireName = keyof typeof WIRES;

export interface Feature {
  readonly name: string;
  readonly asks: PerClient;
  /** What the gateway does itself, so that the upstream need not be asked. */
  readonly byGateway?: string;
  /** The upstreams that do it unasked. */
  readonly always?: readonly WireName[];
  /** The same request without the feature; absent = the plain one. */
  readonly without?: PerClient;
}

export interface FeatureGroup {
  readonly title: string;
  readonly features: readonly Feature[];
}

/** Requests of one operation. */
export interface Subject {
  /** By the client's wire. */
  readonly plain: PerClient;
  readonly upstreams: readonly WireName[];
  readonly groups: readonly FeatureGroup[];
}

export const PLAIN = {
  "openai.chat": { model: "m", max_tokens: 9000, messages: [{ role: "user", content: "Hello" }] },
  "openai.responses": {
    model: "m",
    max_output_tokens: 9000,
    store: false,
    input: [{ role: "user", content: "Hello" }],
  },
  "anthropic.messages": { model: "m", max_tokens: 9000, messages: [{ role: "user", content: "Hello" }] },
  "gemini.generate": {
    generationConfig: { maxOutputTokens: 9000 },
    contents: [{ role: "user", parts: [{ text: "Hello" }] }],
  },
} satisfies PerClient;

const config = (members: JsonObject) => ({ generationConfig: { maxOutputTokens: 9000, ...members } });

/** One message with parts of the user. */
const TEXT = { type: "text", text: "Hello" };
const EARLIER = [
  { role: "user", content: "Good morning" },
  { role: "assistant", content: "Hi" },
];
const chatParts = (...content: JsonObject[]) => ({ messages: [{ role: "user", content: [...content, TEXT] }] });
const responseParts = (...content: JsonObject[]) => ({
  input: [{ role: "user", content: [...content, { ...TEXT, type: "input_text" }] }],
});
const messageParts = (...content: JsonObject[]) => ({ messages: [{ role: "user", content: [...content, TEXT] }] });
const googleParts = (...parts: JsonObject[]) => ({
  contents: [{ role: "user", parts: [...parts, { text: "Hello" }] }],
});

const URL = "https://example.com/a";
const DATA = `data:image/png;base64,${PIXEL}`;
const PDF = `data:application/pdf;base64,${PIXEL}`;

const CHAT_TOOLS = { tools: [{ type: "function", function: { name: "f", parameters: SCHEMA } }] };
const RESPONSE_TOOLS = { tools: [{ type: "function", name: "f", parameters: SCHEMA }] };
const MESSAGE_TOOLS = { tools: [{ name: "f", input_schema: SCHEMA }] };
const GOOGLE_TOOLS = { tools: [{ functionDeclarations: [{ name: "f", parametersJsonSchema: SCHEMA }] }] };
const TOOLS: PerClient = {
  "openai.chat": CHAT_TOOLS,
  "openai.responses": RESPONSE_TOOLS,
  "anthropic.messages": MESSAGE_TOOLS,
  "gemini.generate": GOOGLE_TOOLS,
};
const TWO_TOOLS: PerClient = {
  "openai.chat": { tools: [...CHAT_TOOLS.tools, { type: "function", function: { name: "g", parameters: SCHEMA } }] },
  "openai.responses": { tools: [...RESPONSE_TOOLS.tools, { type: "function", name: "g", parameters: SCHEMA }] },
  "gemini.generate": {
    tools: [{ functionDeclarations: ["f", "g"].map((name) => ({ name, parametersJsonSchema: SCHEMA })) }],
  },
};
const allOf = (more: PerClient, base: PerClient = TOOLS): PerClient =>
  Object.fromEntries(Object.entries(more).map(([wire, members]) => [wire, { ...base[wire as WireName], ...members }]));

/** A call of the model and its result. */
function exchange(result: { chat?: JsonObject; responses?: JsonObject; messages?: JsonObject; google?: JsonObject }) {
  const call = { id: "a", name: "f", args: { city: "Boston" } };
  const asks: Partial<Record<WireName, JsonObject>> = {};
  if (result.chat !== undefined) {
    asks["openai.chat"] = {
      ...CHAT_TOOLS,
      messages: [
        { role: "user", content: "Hello" },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: '{"city":"Boston"}' } }],
        },
        { role: "tool", tool_call_id: "a", ...result.chat },
      ],
    };
  }
  if (result.responses !== undefined) {
    asks["openai.responses"] = {
      ...RESPONSE_TOOLS,
      input: [
        { role: "user", content: "Hello" },
        { type: "function_call", call_id: "a", name: "f", arguments: '{"city":"Boston"}' },
        { type: "function_call_output", call_id: "a", ...result.responses },
      ],
    };
  }
  if (result.messages !== undefined) {
    asks["anthropic.messages"] = {
      ...MESSAGE_TOOLS,
      messages: [
        { role: "user", content: "Hello" },
        { role: "assistant", content: [{ type: "tool_use", id: "a", name: "f", input: { city: "Boston" } }] },
        { role: "user", content: [{ type: "tool_result", tool_use_id: "a", ...result.messages }] },
      ],
    };
  }
  if (result.google !== undefined) {
    asks["gemini.generate"] = {
      ...GOOGLE_TOOLS,
      contents: [
        { role: "user", parts: [{ text: "Hello" }] },
        { role: "model", parts: [{ functionCall: call }] },
        { role: "user", parts: [{ functionResponse: { id: "a", name: "f", ...result.google } }] },
      ],
    };
  }
  return asks;
}

const SEARCH_CHAT = { web_search_options: {} };
const SEARCH_RESPONSES = { tools: [{ type: "web_search" }] };
const SEARCH_MESSAGES = { tools: [{ type: "web_search_20250305", name: "web_search" }] };
const PLACE = { type: "approximate", city: "Boston" };
const MCP_RESPONSES = { type: "mcp", server_label: "s", server_url: URL, require_approval: "never" };
const MCP_MESSAGES = { type: "url", name: "s", url: URL };

export const FEATURES: readonly FeatureGroup[] = [
  {
    title: "Text and turns",
    features: [
      {
        name: "Instructions",
        asks: {
          "openai.chat": {
            messages: [
              { role: "system", content: "S" },
              { role: "user", content: "Hello" },
            ],
          },
          "openai.responses": { instructions: "S" },
          "anthropic.messages": { system: "S" },
          "gemini.generate": { systemInstruction: { parts: [{ text: "S" }] } },
        },
      },
      {
        name: "Earlier turns",
        asks: {
          "openai.chat": { messages: [...EARLIER, { role: "user", content: "Hello" }] },
          "openai.responses": { input: [...EARLIER, { role: "user", content: "Hello" }] },
          "anthropic.messages": { messages: [...EARLIER, { role: "user", content: "Hello" }] },
          "gemini.generate": {
            contents: [
              { role: "user", parts: [{ text: "Good morning" }] },
              { role: "model", parts: [{ text: "Hi" }] },
              { role: "user", parts: [{ text: "Hello" }] },
            ],
          },
        },
      },
      {
        name: "Instructions in the middle",
        asks: {
          "openai.chat": {
            messages: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: "Hi" },
              { role: "developer", content: "S" },
              { role: "user", content: "Bye" },
            ],
          },
          "openai.responses": {
            input: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: "Hi" },
              { role: "developer", content: "S" },
              { role: "user", content: "Bye" },
            ],
          },
        },
        without: {
          "openai.chat": {
            messages: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: "Hi" },
              { role: "user", content: "Bye" },
            ],
          },
          "openai.responses": {
            input: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: "Hi" },
              { role: "user", content: "Bye" },
            ],
          },
        },
      },
      {
        name: "Name of a speaker",
        asks: { "openai.chat": { messages: [{ role: "user", name: "Ada", content: "Hello" }] } },
      },
      {
        name: "Earlier refusal",
        asks: {
          "openai.chat": {
            messages: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: null, refusal: "No" },
              { role: "user", content: "Hello" },
            ],
          },
          "openai.responses": {
            input: [
              { role: "user", content: "Hello" },
              { role: "assistant", content: [{ type: "refusal", refusal: "No" }] },
              { role: "user", content: "Hello" },
            ],
          },
        },
      },
      {
        name: "Mark of a prompt cache",
        asks: {
          "openai.chat": chatParts({ type: "text", text: "Hello", cache_control: { type: "ephemeral" } }),
          "anthropic.messages": messageParts({ type: "text", text: "Hello", cache_control: { type: "ephemeral" } }),
        },
        without: {
          "openai.chat": chatParts({ type: "text", text: "Hello" }),
          "anthropic.messages": messageParts({ type: "text", text: "Hello" }),
        },
      },
      {
        name: "Mark of a prompt cache for the whole",
        asks: { "anthropic.messages": { cache_control: { type: "ephemeral" } } },
      },
    ],
  },
  {
    title: "Media",
    features: [
      {
        name: "Picture in the body",
        asks: {
          "openai.chat": chatParts({ type: "image_url", image_url: { url: DATA } }),
          "openai.responses": responseParts({ type: "input_image", image_url: DATA }),
          "anthropic.messages": messageParts({
            type: "image",
            source: { type: "base64", media_type: "image/png", data: PIXEL },
          }),
          "gemini.generate": googleParts({ inlineData: { mimeType: "image/png", data: PIXEL } }),
        },
      },
      {
        name: "Picture by its address",
        asks: {
          "openai.chat": chatParts({ type: "image_url", image_url: { url: URL } }),
          "openai.responses": responseParts({ type: "input_image", image_url: URL }),
          "anthropic.messages": messageParts({ type: "image", source: { type: "url", url: URL } }),
          "gemini.generate": googleParts({ fileData: { mimeType: "image/png", fileUri: URL } }),
        },
      },
      {
        name: "Picture by the id of a file",
        asks: {
          "openai.responses": responseParts({ type: "input_image", file_id: "file-1" }),
          "anthropic.messages": messageParts({ type: "image", source: { type: "file", file_id: "file-1" } }),
        },
      },
      {
        name: "How closely a picture is looked at",
        asks: {
          "openai.chat": chatParts({ type: "image_url", image_url: { url: DATA, detail: "high" } }),
          "openai.responses": responseParts({ type: "input_image", image_url: DATA, detail: "high" }),
        },
        without: {
          "openai.chat": chatParts({ type: "image_url", image_url: { url: DATA } }),
          "openai.responses": responseParts({ type: "input_image", image_url: DATA }),
        },
      },
      {
        name: "Document in the body",
        asks: {
          "openai.chat": chatParts({ type: "file", file: { file_data: PDF } }),
          "openai.responses": responseParts({ type: "input_file", file_data: PDF }),
          "anthropic.messages": messageParts({
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: PIXEL },
          }),
          "gemini.generate": googleParts({ inlineData: { mimeType: "application/pdf", data: PIXEL } }),
        },
      },
      {
        name: "Document as text",
        asks: {
          "anthropic.messages": messageParts({
            type: "document",
            source: { type: "text", media_type: "text/plain", data: "T" },
          }),
        },
      },
      {
        name: "Document by its address",
        asks: {
          "openai.responses": responseParts({ type: "input_file", file_url: URL }),
          "anthropic.messages": messageParts({ type: "document", source: { type: "url", url: URL } }),
          "gemini.generate": googleParts({ fileData: { mimeType: "application/pdf", fileUri: URL } }),
        },
      },
      {
        name: "Document by the id of a file",
        asks: {
          "openai.chat": chatParts({ type: "file", file: { file_id: "file-1" } }),
          "openai.responses": responseParts({ type: "input_file", file_id: "file-1" }),
          "anthropic.messages": messageParts({ type: "document", source: { type: "file", file_id: "file-1" } }),
        },
      },
      {
        name: "Name of a document",
        asks: {
          "openai.chat": chatParts({ type: "file", file: { file_data: PDF, filename: "n.pdf" } }),
          "openai.responses": responseParts({ type: "input_file", file_data: PDF, filename: "n.pdf" }),
          "anthropic.messages": messageParts({
            type: "document",
            title: "n.pdf",
            source: { type: "base64", media_type: "application/pdf", data: PIXEL },
          }),
        },
        without: {
          "openai.chat": chatParts({ type: "file", file: { file_data: PDF } }),
          "openai.responses": responseParts({ type: "input_file", file_data: PDF }),
          "anthropic.messages": messageParts({
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: PIXEL },
          }),
        },
      },
      {
        name: "Citations of a document",
        asks: {
          "anthropic.messages": messageParts({
            type: "document",
            citations: { enabled: true },
            source: { type: "base64", media_type: "application/pdf", data: PIXEL },
          }),
        },
        without: {
          "anthropic.messages": messageParts({
            type: "document",
            source: { type: "base64", media_type: "application/pdf", data: PIXEL },
          }),
        },
      },
      {
        name: "Sound",
        asks: {
          "openai.chat": chatParts({ type: "input_audio", input_audio: { data: PIXEL, format: "wav" } }),
          "openai.responses": responseParts({ type: "input_audio", input_audio: { data: PIXEL, format: "wav" } }),
          "gemini.generate": googleParts({ inlineData: { mimeType: "audio/wav", data: PIXEL } }),
        },
      },
      {
        name: "Film",
        asks: {
          "openai.chat": chatParts({ type: "video_url", video_url: { url: URL } }),
          "gemini.generate": googleParts({ fileData: { mimeType: "video/mp4", fileUri: URL } }),
        },
      },
      {
        name: "Picture that the model made",
        asks: {
          "openai.chat": {
            messages: [
              { role: "user", content: "Draw" },
              { role: "assistant", content: "Here", images: [{ type: "image_url", image_url: { url: DATA } }] },
              { role: "user", content: "Bluer" },
            ],
          },
          "openai.responses": {
            input: [
              { role: "user", content: "Draw" },
              { role: "assistant", content: "Here" },
              { type: "image_generation_call", id: "ig_1", status: "completed", result: PIXEL },
              { role: "user", content: "Bluer" },
            ],
          },
          "gemini.generate": {
            contents: [
              { role: "user", parts: [{ text: "Draw" }] },
              { role: "model", parts: [{ text: "Here" }, { inlineData: { mimeType: "image/png", data: PIXEL } }] },
              { role: "user", parts: [{ text: "Bluer" }] },
            ],
          },
        },
        without: {
          "openai.chat": {
            messages: [
              { role: "user", content: "Draw" },
              { role: "assistant", content: "Here" },
              { role: "user", content: "Bluer" },
            ],
          },
          "openai.responses": {
            input: [
              { role: "user", content: "Draw" },
              { role: "assistant", content: "Here" },
              { role: "user", content: "Bluer" },
            ],
          },
          "gemini.generate": {
            contents: [
              { role: "user", parts: [{ text: "Draw" }] },
              { role: "model", parts: [{ text: "Here" }] },
              { role: "user", parts: [{ text: "Bluer" }] },
            ],
          },
        },
      },
      {
        name: "Answer with pictures",
        always: ["openai.images"],
        asks: {
          "openai.chat": { modalities: ["text", "image"] },
          "gemini.generate": config({ responseModalities: ["TEXT", "IMAGE"] }),
        },
      },
      {
        name: "Answer with a voice",
        asks: { "openai.chat": { modalities: ["text", "audio"], audio: { voice: "alloy", format: "wav" } } },
      },
    ],
  },
  {
    title: "Tools",
    features: [
      { name: "Functions", asks: TOOLS },
      {
        name: "Strict arguments",
        asks: {
          "openai.chat": { tools: [{ type: "function", function: { name: "f", parameters: SCHEMA, strict: true } }] },
          "openai.responses": { tools: [{ type: "function", name: "f", parameters: SCHEMA, strict: true }] },
          "anthropic.messages": { tools: [{ name: "f", input_schema: SCHEMA, strict: true }] },
        },
        without: TOOLS,
      },
      {
        name: "Tool that takes text",
        asks: {
          "openai.chat": { tools: [{ type: "custom", custom: { name: "f" } }] },
          "openai.responses": { tools: [{ type: "custom", name: "f" }] },
        },
      },
      {
        name: "Grammar of a tool that takes text",
        asks: {
          "openai.chat": {
            tools: [
              {
                type: "custom",
                custom: { name: "f", format: { type: "grammar", grammar: { syntax: "lark", definition: "x" } } },
              },
            ],
          },
          "openai.responses": {
            tools: [{ type: "custom", name: "f", format: { type: "grammar", syntax: "lark", definition: "x" } }],
          },
        },
        without: {
          "openai.chat": { tools: [{ type: "custom", custom: { name: "f" } }] },
          "openai.responses": { tools: [{ type: "custom", name: "f" }] },
        },
      },
      {
        name: "Some tool must be called",
        asks: allOf({
          "openai.chat": { tool_choice: "required" },
          "openai.responses": { tool_choice: "required" },
          "anthropic.messages": { tool_choice: { type: "any" } },
          "gemini.generate": { toolConfig: { functionCallingConfig: { mode: "ANY" } } },
        }),
        without: TOOLS,
      },
      {
        name: "One tool must be called",
        asks: allOf({
          "openai.chat": { tool_choice: { type: "function", function: { name: "f" } } },
          "openai.responses": { tool_choice: { type: "function", name: "f" } },
          "anthropic.messages": { tool_choice: { type: "tool", name: "f" } },
          "gemini.generate": { toolConfig: { functionCallingConfig: { mode: "ANY", allowedFunctionNames: ["f"] } } },
        }),
        without: TOOLS,
      },
      {
        name: "No tool may be called",
        asks: allOf({
          "openai.chat": { tool_choice: "none" },
          "openai.responses": { tool_choice: "none" },
          "anthropic.messages": { tool_choice: { type: "none" } },
          "gemini.generate": { toolConfig: { functionCallingConfig: { mode: "NONE" } } },
        }),
        without: TOOLS,
      },
      {
        name: "Some of the tools may be called",
        asks: allOf(
          {
            "openai.chat": {
              tool_choice: {
                type: "allowed_tools",
                allowed_tools: { mode: "auto", tools: [{ type: "function", function: { name: "f" } }] },
              },
            },
            "openai.responses": {
              tool_choice: { type: "allowed_tools", mode: "auto", tools: [{ type: "function", name: "f" }] },
            },
            "gemini.generate": {
              toolConfig: { functionCallingConfig: { mode: "VALIDATED", allowedFunctionNames: ["f"] } },
            },
          },
          TWO_TOOLS,
        ),
        without: allOf(
          {
            "openai.chat": { tool_choice: "auto" },
            "openai.responses": { tool_choice: "auto" },
            "gemini.generate": { toolConfig: { functionCallingConfig: { mode: "AUTO" } } },
          },
          TWO_TOOLS,
        ),
      },
      {
        name: "One call at a time",
        asks: allOf({
          "openai.chat": { parallel_tool_calls: false },
          "openai.responses": { parallel_tool_calls: false },
          "anthropic.messages": { tool_choice: { type: "auto", disable_parallel_tool_use: true } },
        }),
        without: allOf({
          "openai.chat": {},
          "openai.responses": {},
          "anthropic.messages": { tool_choice: { type: "auto" } },
        }),
      },
      {
        name: "Result of a tool",
        asks: exchange({
          chat: { content: "sunny" },
          responses: { output: "sunny" },
          messages: { content: "sunny" },
          google: { response: { output: "sunny" } },
        }),
      },
      {
        name: "Result that is an error",
        asks: exchange({ messages: { content: "sunny", is_error: true }, google: { response: { error: "sunny" } } }),
        without: exchange({ messages: { content: "sunny" }, google: { response: { output: "sunny" } } }),
      },
      {
        name: "Result with a picture",
        asks: exchange({
          chat: {
            content: [
              { type: "text", text: "sunny" },
              { type: "image_url", image_url: { url: DATA } },
            ],
          },
          responses: {
            output: [
              { type: "input_text", text: "sunny" },
              { type: "input_image", image_url: DATA },
            ],
          },
          messages: {
            content: [
              { type: "text", text: "sunny" },
              { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
            ],
          },
          google: { response: { output: "sunny" }, parts: [{ inlineData: { mimeType: "image/png", data: PIXEL } }] },
        }),
        without: exchange({
          chat: { content: "sunny" },
          responses: { output: "sunny" },
          messages: { content: "sunny" },
          google: { response: { output: "sunny" } },
        }),
      },
      {
        name: "Web search",
        asks: {
          "openai.chat": SEARCH_CHAT,
          "openai.responses": SEARCH_RESPONSES,
          "anthropic.messages": SEARCH_MESSAGES,
          "gemini.generate": { tools: [{ googleSearch: {} }] },
        },
      },
      {
        name: "Place of a web search",
        asks: {
          "openai.chat": {
            web_search_options: { user_location: { type: "approximate", approximate: { city: "Boston" } } },
          },
          "openai.responses": { tools: [{ type: "web_search", user_location: PLACE }] },
          "anthropic.messages": { tools: [{ type: "web_search_20250305", name: "web_search", user_location: PLACE }] },
        },
        without: {
          "openai.chat": SEARCH_CHAT,
          "openai.responses": SEARCH_RESPONSES,
          "anthropic.messages": SEARCH_MESSAGES,
        },
      },
      {
        name: "How much a web search brings",
        asks: {
          "openai.chat": { web_search_options: { search_context_size: "high" } },
          "openai.responses": { tools: [{ type: "web_search", search_context_size: "high" }] },
        },
        without: { "openai.chat": SEARCH_CHAT, "openai.responses": SEARCH_RESPONSES },
      },
      {
        name: "Only some sites of a web search",
        asks: {
          "openai.responses": { tools: [{ type: "web_search", filters: { allowed_domains: ["example.com"] } }] },
          "anthropic.messages": {
            tools: [{ type: "web_search_20250305", name: "web_search", allowed_domains: ["example.com"] }],
          },
        },
        without: { "openai.responses": SEARCH_RESPONSES, "anthropic.messages": SEARCH_MESSAGES },
      },
      {
        name: "Some sites not in a web search",
        asks: {
          "anthropic.messages": {
            tools: [{ type: "web_search_20250305", name: "web_search", blocked_domains: ["example.com"] }],
          },
        },
        without: { "anthropic.messages": SEARCH_MESSAGES },
      },
      {
        name: "Most web searches",
        asks: { "anthropic.messages": { tools: [{ type: "web_search_20250305", name: "web_search", max_uses: 2 }] } },
        without: { "anthropic.messages": SEARCH_MESSAGES },
      },
      {
        name: "MCP servers",
        asks: {
          "openai.responses": { tools: [MCP_RESPONSES] },
          "anthropic.messages": { mcp_servers: [MCP_MESSAGES] },
          "gemini.generate": { tools: [{ mcpServers: [{ name: "s", streamableHttpTransport: { url: URL } }] }] },
        },
      },
      {
        name: "Token for an MCP server",
        asks: {
          "openai.responses": { tools: [{ ...MCP_RESPONSES, authorization: "t" }] },
          "anthropic.messages": { mcp_servers: [{ ...MCP_MESSAGES, authorization_token: "t" }] },
          "gemini.generate": {
            tools: [
              {
                mcpServers: [
                  { name: "s", streamableHttpTransport: { url: URL, headers: { Authorization: "Bearer t" } } },
                ],
              },
            ],
          },
        },
        without: {
          "openai.responses": { tools: [MCP_RESPONSES] },
          "anthropic.messages": { mcp_servers: [MCP_MESSAGES] },
          "gemini.generate": { tools: [{ mcpServers: [{ name: "s", streamableHttpTransport: { url: URL } }] }] },
        },
      },
      {
        name: "Some tools of an MCP server",
        asks: {
          "openai.responses": { tools: [{ ...MCP_RESPONSES, allowed_tools: ["x"] }] },
          "anthropic.messages": {
            mcp_servers: [{ ...MCP_MESSAGES, tool_configuration: { enabled: true, allowed_tools: ["x"] } }],
          },
        },
        without: {
          "openai.responses": { tools: [MCP_RESPONSES] },
          "anthropic.messages": { mcp_servers: [MCP_MESSAGES] },
        },
      },
      {
        name: "MCP calls that the client approves",
        asks: { "openai.responses": { tools: [{ ...MCP_RESPONSES, require_approval: "always" }] } },
        without: { "openai.responses": { tools: [MCP_RESPONSES] } },
      },
      {
        name: "Headers for an MCP server",
        asks: { "openai.responses": { tools: [{ ...MCP_RESPONSES, headers: { "x-a": "b" } }] } },
        without: { "openai.responses": { tools: [MCP_RESPONSES] } },
      },
      {
        name: "Other tools of the upstream",
        asks: {
          "openai.responses": { tools: [{ type: "code_interpreter", container: { type: "auto" } }] },
          "anthropic.messages": { tools: [{ type: "code_execution_20250825", name: "code_execution" }] },
          "gemini.generate": { tools: [{ codeExecution: {} }] },
        },
      },
    ],
  },
  {
    title: "Sampling and form",
    features: [
      {
        name: "Temperature",
        asks: {
          "openai.chat": { temperature: 0.5 },
          "openai.responses": { temperature: 0.5 },
          "anthropic.messages": { temperature: 0.5 },
          "gemini.generate": config({ temperature: 0.5 }),
        },
      },
      {
        name: "Temperature above 1",
        asks: {
          "openai.chat": { temperature: 1.7 },
          "openai.responses": { temperature: 1.7 },
          "gemini.generate": config({ temperature: 1.7 }),
        },
        without: {
          "openai.chat": { temperature: 1 },
          "openai.responses": { temperature: 1 },
          "gemini.generate": config({ temperature: 1 }),
        },
      },
      {
        name: "`top_p`",
        asks: {
          "openai.chat": { top_p: 0.5 },
          "openai.responses": { top_p: 0.5 },
          "anthropic.messages": { top_p: 0.5 },
          "gemini.generate": config({ topP: 0.5 }),
        },
      },
      {
        name: "`top_p` beside a temperature",
        asks: {
          "openai.chat": { temperature: 0.5, top_p: 0.5 },
          "openai.responses": { temperature: 0.5, top_p: 0.5 },
          "gemini.generate": config({ temperature: 0.5, topP: 0.5 }),
        },
        without: {
          "openai.chat": { temperature: 0.5 },
          "openai.responses": { temperature: 0.5 },
          "gemini.generate": config({ temperature: 0.5 }),
        },
      },
      {
        name: "`top_k`",
        asks: { "anthropic.messages": { top_k: 5 }, "gemini.generate": config({ topK: 5 }) },
      },
      { name: "Seed", asks: { "openai.chat": { seed: 5 }, "gemini.generate": config({ seed: 5 }) } },
      {
        name: "Penalties",
        asks: {
          "openai.chat": { presence_penalty: 0.5, frequency_penalty: 0.5 },
          "gemini.generate": config({ presencePenalty: 0.5, frequencyPenalty: 0.5 }),
        },
      },
      { name: "Bias of tokens", asks: { "openai.chat": { logit_bias: { "5": 5 } } } },
      {
        name: "Words to stop at",
        asks: {
          "openai.chat": { stop: ["x"] },
          "anthropic.messages": { stop_sequences: ["x"] },
          "gemini.generate": config({ stopSequences: ["x"] }),
        },
      },
      {
        name: "Several answers",
        asks: { "openai.chat": { n: 2 }, "gemini.generate": config({ candidateCount: 2 }) },
      },
      {
        name: "Log probabilities",
        asks: {
          "openai.chat": { logprobs: true, top_logprobs: 2 },
          "openai.responses": { top_logprobs: 2, include: ["message.output_text.logprobs"] },
          "gemini.generate": config({ responseLogprobs: true, logprobs: 2 }),
        },
      },
      {
        name: "Any JSON object",
        asks: {
          "openai.chat": { response_format: { type: "json_object" } },
          "openai.responses": { text: { format: { type: "json_object" } } },
          "gemini.generate": config({ responseMimeType: "application/json" }),
        },
      },
      {
        name: "JSON by a schema",
        asks: {
          "openai.chat": { response_format: { type: "json_schema", json_schema: { name: "a", schema: SCHEMA } } },
          "openai.responses": { text: { format: { type: "json_schema", name: "a", schema: SCHEMA } } },
          "anthropic.messages": { output_config: { format: { type: "json_schema", schema: SCHEMA } } },
          "gemini.generate": config({ responseMimeType: "application/json", responseJsonSchema: SCHEMA }),
        },
      },
      {
        name: "Another form than JSON",
        asks: {
          "gemini.generate": config({
            responseMimeType: "text/x.enum",
            responseSchema: { type: "STRING", enum: ["a"] },
          }),
        },
      },
      {
        name: "Verbosity",
        asks: { "openai.chat": { verbosity: "low" }, "openai.responses": { text: { verbosity: "low" } } },
      },
      {
        name: "Expected output",
        asks: { "openai.chat": { prediction: { type: "content", content: "x" } } },
      },
    ],
  },
  {
    title: "Thoughts",
    features: [
      {
        name: "Effort",
        asks: {
          "openai.chat": { reasoning_effort: "high" },
          "openai.responses": { reasoning: { effort: "high" } },
          "anthropic.messages": { thinking: { type: "adaptive" }, output_config: { effort: "high" } },
          "gemini.generate": config({ thinkingConfig: { thinkingLevel: "HIGH" } }),
        },
      },
      {
        name: "Number of tokens for thoughts",
        asks: {
          "openai.chat": { reasoning: { max_tokens: 2000 } },
          "anthropic.messages": { thinking: { type: "enabled", budget_tokens: 2000 } },
          "gemini.generate": config({ thinkingConfig: { thinkingBudget: 2000 } }),
        },
      },
      {
        name: "No thoughts",
        asks: {
          "openai.chat": { reasoning_effort: "none" },
          "openai.responses": { reasoning: { effort: "none" } },
          "anthropic.messages": { thinking: { type: "disabled" } },
          "gemini.generate": config({ thinkingConfig: { thinkingBudget: 0 } }),
        },
      },
      {
        name: "Thoughts that the model decides on",
        asks: { "anthropic.messages": { thinking: { type: "adaptive" } } },
      },
      {
        name: "Thoughts that are not shown",
        byGateway: "left out of the answer",
        asks: {
          "openai.chat": { reasoning: { effort: "high", exclude: true } },
          "gemini.generate": config({ thinkingConfig: { thinkingBudget: 2000, includeThoughts: false } }),
        },
        without: {
          "openai.chat": { reasoning: { effort: "high" } },
          "gemini.generate": config({ thinkingConfig: { thinkingBudget: 2000, includeThoughts: true } }),
        },
      },
      {
        name: "How far thoughts are summed up",
        asks: { "openai.responses": { reasoning: { effort: "high", summary: "detailed" } } },
        without: { "openai.responses": { reasoning: { effort: "high", summary: "auto" } } },
      },
    ],
  },
  {
    title: "Everything else",
    features: [
      {
        name: "Service tier",
        asks: {
          "openai.chat": { service_tier: "priority" },
          "openai.responses": { service_tier: "priority" },
          "anthropic.messages": { speed: "fast" },
          "gemini.generate": { serviceTier: "priority" },
        },
      },
      {
        name: "Safety settings",
        asks: {
          "gemini.generate": { safetySettings: [{ category: "HARM_CATEGORY_HARASSMENT", threshold: "BLOCK_NONE" }] },
        },
      },
      { name: "Cached content", asks: { "gemini.generate": { cachedContent: "cachedContents/1" } } },
      { name: "Truncation of long prompts", asks: { "openai.responses": { truncation: "auto" } } },
      { name: "Most calls of the upstream's tools", asks: { "openai.responses": { max_tool_calls: 3 } } },
      {
        name: "Edits of the context",
        asks: { "anthropic.messages": { context_management: { edits: [{ type: "clear_tool_uses_20250919" }] } } },
      },
      { name: "Container", asks: { "anthropic.messages": { container: "c" } } },
    ],
  },
];

export const CHATS: Subject = {
  plain: PLAIN,
  upstreams: ["openai.chat", "openai.responses", "anthropic.messages", "gemini.generate", "openai.images"],
  groups: FEATURES,
};
