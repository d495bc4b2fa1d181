/**
 * Whatever the published documents of the products promise, a reader finds here, in both languages. Each row names a demand of those
 * documents, the page, and what must stand there.
 */
import { describe, expect, it } from "vitest";
import { FAULTS, type FaultName } from "../../src/core/fault.ts";
import { contentOf } from "../../src/portal/docs/doc-content.ts";
import { docPageAt } from "../../src/portal/docs/index.ts";
import { markdownOf } from "../../src/portal/docs/markdown.ts";
import { LEGACY_RATE_LIMIT } from "../../src/wire/openai/dialect.ts";
import { factsWith } from "./doc-facts.ts";

const FACTS = factsWith();
const CHAT = "/docs/api/chat-completions";

type Demand = readonly [demand: string, page: string, ...shown: readonly string[]];

const DIALECT: readonly Demand[] = [
  ["both paths of the two products", CHAT, "/xlei/v1/chat/completions", "/v1/chat/completions"],
  ["completion mode", "/docs/api/completions", "/xlei/v1/completions", "`prompt`"],
  [
    "the two places of a key, in order",
    "/docs/authentication",
    "1. `X-API-Key: sk-…`\n2. `Authorization: Bearer sk-…`",
  ],
  ["missing and forbidden keys", "/docs/authentication", "| 401 | 2001 |", "| 403 | 2005 |"],
  ["the mode follows the body", "/docs/surfaces", "`messages`", "`prompt`", "1001"],
  ["mirrored fields", "/docs/surfaces", "`text`", "`message`", "`delta`"],
  ["stream by default", "/docs/surfaces", "`text/event-stream`", "`application/json`", "AI SDK", "`null`"],
  ["unknown models", "/docs/surfaces", "| 404 | 400 |"],
  ["both names of reasoning", "/docs/streaming", "`delta.reasoning_content`", "`delta.reasoning`"],
  [
    "parameters of a chat",
    CHAT,
    "`messages`",
    "`max_tokens`",
    "`temperature`",
    "`stream`",
    "`tools`",
    "`response_format`",
  ],
  ["auto", "/docs/auto", "`auto`", "`auto:fast`", "`auto:cheap`", "`models`"],
  [
    "a chunk, with its index",
    "/docs/streaming",
    '"choices":[{"index":0,"delta":{"role":"assistant","content":""}',
    "data: [DONE]",
  ],
  ["comments between events", "/docs/streaming", "`: keep-alive`"],
  ["the usage chunk", "/docs/streaming", "`stream_options.include_usage`"],
  ["errors in a stream", "/docs/streaming", '"code":4002'],
  ["limits with their headers", "/docs/limits", "| 100 |", "| 500 |", "`x-ratelimit-limit-requests`", "`Retry-After`"],
  [
    "third-party tools of the first product",
    "/docs/clients",
    "Chatbox",
    "LobeChat",
    "Cursor",
    "LangChain",
    "CodeLlama",
    "LlamaIndex",
  ],
];

const SAMPLES: readonly Demand[] = [
  ["curl with X-API-Key", CHAT, "--header 'X-API-Key: sk-your-api-key'", "--no-buffer"],
  ["curl with a bearer", CHAT, "--header 'Authorization: Bearer sk-your-api-key'"],
  ["Python reads a stream", "/docs/streaming", "response.iter_lines()"],
  ["JavaScript reads a stream, and not [DONE]", "/docs/streaming", 'line === "data: [DONE]"'],
  ["a completion", "/docs/api/completions", "The quick brown fox", "Once upon a time in a faraway land,"],
  ["several turns with all roles", CHAT, '"role": "system"', '"role": "user"', '"role": "assistant"', '"role": "tool"'],
  [
    "LangChain",
    "/docs/sdks",
    "from langchain_openai import ChatOpenAI",
    ".invoke(",
    ".stream(",
    "`langchain.chat_models`",
    "`.predict`",
  ],
  ["OpenAI Python", "/docs/sdks", "openai.OpenAI(base_url="],
  ["OpenAI Node", "/docs/sdks", "new OpenAI({ baseURL:"],
  ["a whole request of the relay", CHAT, '"temperature": 0.7', '"max_tokens": 1024', '"stream": false'],
  [
    "models with and without a key",
    "/docs/api/models",
    "curl https://llm.example.com/v1/models\n",
    "Authorization: Bearer",
  ],
  ["a tool", CHAT, '"name": "get_current_weather"', '"content": null', '"tool_calls"'],
  [
    "messages of Anthropic",
    "/docs/api/anthropic",
    "X-API-Key: sk-your-api-key",
    "anthropic-version: 2023-06-01",
    '"max_tokens"',
  ],
];

/** The numbers of each product's table: `status · code`. */
const TABLES: readonly Demand[] = [
  [
    "Xlei",
    "/docs/errors",
    "400 · 1001",
    "400 · 1002",
    "400 · 1003",
    "401 · 2001",
    "402 · 2002",
    "402 · 2003",
    "403 · 2003",
    "429 · 429",
    "503 · 4001",
    "500 · 5000",
  ],
  ["TokenGateway", "/docs/errors", `429 · ${LEGACY_RATE_LIMIT}`],
  [
    "xidao",
    "/docs/errors",
    "400 invalid_request_error",
    "401 authentication_error",
    "402 insufficient_quota",
    "404 not_found",
    "429 rate_limit_exceeded",
    "500 server_error",
  ],
  ["relay", "/docs/errors", "| 502 |", "| 503 |"],
  [
    "bodies of each format",
    "/docs/errors",
    '"type": "billing_error"',
    '"status": "RESOURCE_EXHAUSTED"',
    '"data": null',
  ],
  [
    "headers with errors",
    "/docs/errors",
    "`x-should-retry: false`",
    "`Retry-After`",
    "`retry-after-ms`",
    "`x-request-id`",
    "`request-id`",
  ],
];

function written(path: string, language: "en" | "zh"): string {
  const page = docPageAt(path, FACTS.settings);
  if (page === undefined) throw new Error(`there is no page ${path}`);
  return markdownOf(contentOf(page, FACTS, "shell"), { origin: FACTS.origin, language });
}

describe.each(["en", "zh"] as const)("a reader finds (%s)", (language) => {
  it.each([...DIALECT, ...SAMPLES, ...TABLES])("%s on %s", (_demand, path, ...shown) => {
    const text = written(path, language);
    expect(shown.filter((words) => !text.includes(words))).toEqual([]);
  });

  it("every fault with its numbers", () => {
    const lines = written("/docs/errors", language).split("\n");
    const missing = (Object.keys(FAULTS) as FaultName[]).filter((name) => {
      const { status, number, type, code } = FAULTS[name];
      return !lines.some(
        (line) =>
          line.startsWith(`| ${status} | ${number}`) && line.includes(`| \`${type}\` | \`${code ?? "null"}\` |`),
      );
    });
    expect(missing).toEqual([]);
  });
});
