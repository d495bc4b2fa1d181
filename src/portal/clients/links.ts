/**
 * Clients that a link sets up. Only schemes of the apps themselves: no link to another site carries a key.
 * @see Cherry Studio's `providersImport`, Chatbox's provider import, CC Switch's deep links
 */
import type { Client, Values } from "./types.ts";

const CONTEXT = 128_000;
const LONGEST_ANSWER = 8192;

/** JSON as UTF-8, in base64. */
function base64(value: object): string {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

/** The same, escaped for a query. */
function packed(value: object): string {
  return encodeURIComponent(base64(value));
}

/** What Chatbox imports, in base64. */
export function chatboxConfig({ origin, key, name, slug }: Values): string {
  return base64({
    id: slug,
    name,
    type: "openai",
    urls: { website: origin, getApiKey: `${origin}/app/keys`, docs: `${origin}/docs/clients/chatbox` },
    settings: {
      apiHost: `${origin}/v1`,
      apiPath: "/chat/completions",
      apiKey: key,
      models: [
        {
          modelId: "auto",
          nickname: "Auto",
          type: "chat",
          capabilities: ["vision", "reasoning", "tool_use"],
          contextWindow: CONTEXT,
          maxOutput: LONGEST_ANSWER,
        },
      ],
    },
  });
}

/** What Cherry Studio imports, in base64. */
export function cherryConfig({ origin, key, name, slug }: Values): string {
  return base64({ id: slug, name, type: "openai", baseUrl: `${origin}/v1`, apiKey: key });
}

function ccSwitch(app: string, endpoint: (values: Values) => string, models: Readonly<Record<string, string>>) {
  return (values: Values): string => {
    const query = new URLSearchParams({
      resource: "provider",
      app,
      name: values.name,
      homepage: values.origin,
      endpoint: endpoint(values),
      apiKey: values.key,
      ...models,
      enabled: "true",
      usageEnabled: "true",
      usageBaseUrl: values.origin,
      usageApiKey: values.key,
      usageAutoInterval: "30",
    });
    // The client decodes percents, and not every version takes `+` for a space.
    return `ccswitch://v1/import?${query.toString().replaceAll("+", "%20")}`;
  };
}

export const LINK_CLIENTS: readonly Client[] = [
  {
    id: "chatbox",
    name: "Chatbox",
    wire: "openai.chat",
    link: (values) => `chatbox://provider/import?config=${encodeURIComponent(chatboxConfig(values))}`,
    fields: ({ origin, key }) => [
      [{ en: "Provider", zh: "提供方" }, "OpenAI API compatible"],
      [{ en: "API host", zh: "API 主机" }, `${origin}/v1`],
      [{ en: "API key", zh: "API 密钥" }, key],
      [{ en: "Model", zh: "模型" }, "auto"],
    ],
    note: {
      en: "The link opens the app on computers and phones. An existing provider of this name is replaced after a question.",
      zh: "链接可在电脑和手机上打开应用；同名提供方会在确认后覆盖。",
    },
  },
  {
    id: "cherry-studio",
    name: "Cherry Studio",
    wire: "openai.chat",
    link: (values) => `cherrystudio://providers/api-keys?v=1&data=${encodeURIComponent(cherryConfig(values))}`,
  },
  {
    id: "cc-switch-claude",
    name: "CC Switch (Claude Code)",
    wire: "anthropic.messages",
    link: ccSwitch("claude", ({ origin }) => origin, {
      model: "auto",
      haikuModel: "auto",
      sonnetModel: "auto",
      opusModel: "auto",
    }),
  },
  {
    id: "cc-switch-codex",
    name: "CC Switch (Codex)",
    wire: "openai.responses",
    link: ccSwitch("codex", ({ origin }) => `${origin}/v1`, { model: "auto" }),
  },
  {
    id: "cc-switch-gemini",
    name: "CC Switch (Gemini CLI)",
    wire: "gemini.generate",
    link: ccSwitch("gemini", ({ origin }) => origin, { model: "auto" }),
  },
  {
    id: "opencat",
    name: "OpenCat",
    wire: "openai.chat",
    link: ({ origin, key }) =>
      `opencat://team/join?domain=${encodeURIComponent(origin)}&token=${encodeURIComponent(key)}`,
  },
  {
    id: "ama",
    name: "AMA 问天",
    wire: "openai.chat",
    link: ({ origin, key }) => `ama://set-api-key?server=${encodeURIComponent(origin)}&key=${encodeURIComponent(key)}`,
  },
  {
    id: "aionui",
    name: "AionUI",
    wire: "openai.chat",
    link: ({ origin, key }) =>
      `aionui://provider/add?v=1&data=${packed({ platform: "new-api", baseUrl: origin, apiKey: key })}`,
  },
  {
    id: "deepchat",
    name: "DeepChat",
    wire: "openai.chat",
    link: ({ origin, key }) =>
      `deepchat://provider/install?v=1&data=${packed({ id: "new-api", baseUrl: origin, apiKey: key })}`,
  },
];
