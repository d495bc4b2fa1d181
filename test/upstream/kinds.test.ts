/** How each kind of upstream is addressed. */
import { expect, it } from "vitest";
import { jsonPayload } from "../../src/core/payload.ts";
import { KINDS, type KindName } from "../../src/upstream/index.ts";

interface Case {
  readonly kind: KindName;
  readonly baseUrl: string;
  readonly path: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

const CASES: readonly Case[] = [
  {
    kind: "bearer",
    baseUrl: "https://a.example/v1",
    path: "/chat/completions",
    url: "https://a.example/v1/chat/completions",
    headers: { authorization: "Bearer secret" },
  },
  {
    kind: "anthropic",
    baseUrl: "https://a.example/v1",
    path: "/messages",
    url: "https://a.example/v1/messages",
    headers: { "x-api-key": "secret" },
  },
  {
    kind: "gemini",
    baseUrl: "https://a.example/v1beta",
    path: "/models/m:streamGenerateContent?alt=sse",
    url: "https://a.example/v1beta/models/m:streamGenerateContent?alt=sse",
    headers: { "x-goog-api-key": "secret" },
  },
  ...["https://a.example", "https://a.example/mj"].map((baseUrl): Case => ({
    kind: "midjourney",
    baseUrl,
    path: "/mj/submit/imagine",
    url: "https://a.example/mj/submit/imagine",
    headers: { "mj-api-secret": "secret" },
  })),
  {
    kind: "midjourney",
    baseUrl: "https://a.example/mj-turbo",
    path: "/mj/submit/imagine",
    url: "https://a.example/mj-turbo/mj/submit/imagine",
    headers: { "mj-api-secret": "secret" },
  },
  {
    kind: "midjourney",
    baseUrl: "https://a.example/mj",
    path: "/image/1.png",
    url: "https://a.example/mj/image/1.png",
    headers: { "mj-api-secret": "secret" },
  },
  {
    kind: "azure",
    baseUrl: "https://a.example/openai/v1",
    path: "/responses",
    url: "https://a.example/openai/v1/responses",
    headers: { "api-key": "secret" },
  },
  ...["https://a.example", "https://a.example/openai", "https://a.example/openai/v1"].map((baseUrl): Case => ({
    kind: "azure",
    baseUrl,
    path: "/realtime?model=m",
    url: "https://a.example/openai/v1/realtime?model=m",
    headers: { "api-key": "secret" },
  })),
  ...["https://a.example", "https://a.example/openai"].map((baseUrl): Case => ({
    kind: "azure",
    baseUrl,
    path: "/chat/completions",
    url: "https://a.example/openai/deployments/my%2Fmodel/chat/completions?api-version=2024-10-21",
    headers: { "api-key": "secret" },
  })),
];

it.each(CASES)("$kind at $baseUrl is asked for $path at $url", async ({ kind, baseUrl, path, url, headers }) => {
  const call = { baseUrl, path, method: "POST", payload: jsonPayload({ model: "my/model" }) } as const;
  expect(await KINDS[kind].prepare(call, "secret")).toEqual({ url, headers });
});
