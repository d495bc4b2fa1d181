/** Coding programs: the files that they read. `test/clis/` runs those that npm installs with exactly these texts. */
import type { Client, Values } from "./types.ts";

const json = (value: object) => `${JSON.stringify(value, undefined, 2)}\n`;
const CONTEXT = 128_000;

export const CODING_CLIENTS: readonly Client[] = [
  {
    id: "claude-code",
    name: "Claude Code",
    wire: "anthropic.messages",
    texts: [
      {
        place: "~/.claude/settings.json",
        form: "json",
        text: ({ origin, key }) =>
          json({
            env: {
              ANTHROPIC_BASE_URL: origin,
              ANTHROPIC_AUTH_TOKEN: key,
              ANTHROPIC_MODEL: "auto",
              ANTHROPIC_DEFAULT_OPUS_MODEL: "auto",
              ANTHROPIC_DEFAULT_SONNET_MODEL: "auto",
              ANTHROPIC_DEFAULT_HAIKU_MODEL: "auto",
            },
          }),
      },
    ],
    note: {
      en: "This is your own file, never a project's. Unset ANTHROPIC_API_KEY: with both set, both keys are sent.",
      zh: "请写入用户目录下的文件，不要写入项目。请取消 ANTHROPIC_API_KEY，否则两个密钥会同时发送。",
    },
  },
  {
    id: "codex",
    name: "Codex CLI",
    wire: "openai.responses",
    texts: [
      {
        place: "~/.codex/config.toml",
        form: "toml",
        text: ({ origin, name, slug }) => `model = "auto"
model_provider = "${slug}"

[model_providers.${slug}]
name = "${name}"
base_url = "${origin}/v1"
env_key = "GATEWAY_API_KEY"
wire_api = "responses"
`,
      },
      { place: "~/.profile", form: "shell", text: ({ key }) => `export GATEWAY_API_KEY="${key}"\n` },
    ],
    note: {
      en: "A project's own config.toml cannot choose the provider.",
      zh: "项目目录中的 config.toml 不能指定提供方。",
    },
  },
  {
    id: "gemini-cli",
    name: "Gemini CLI",
    wire: "gemini.generate",
    texts: [
      {
        place: "~/.gemini/.env",
        form: "env",
        text: ({ origin, key }) => `GOOGLE_GEMINI_BASE_URL=${origin}\nGEMINI_API_KEY=${key}\nGEMINI_MODEL=auto\n`,
      },
      {
        place: "~/.gemini/settings.json",
        form: "json",
        text: () => json({ security: { auth: { selectedType: "gemini-api-key" } } }),
      },
    ],
  },
  {
    id: "opencode",
    name: "opencode",
    wire: "openai.chat",
    texts: [
      {
        place: "~/.config/opencode/opencode.json",
        form: "json",
        text: ({ origin, key, name, slug }) =>
          json({
            $schema: "https://opencode.ai/config.json",
            provider: {
              [slug]: {
                npm: "@ai-sdk/openai-compatible",
                name,
                options: { baseURL: `${origin}/v1`, apiKey: key },
                models: { auto: { name: "Auto" } },
              },
            },
            model: `${slug}/auto`,
          }),
      },
    ],
  },
  {
    id: "continue",
    name: "Continue",
    wire: "openai.chat",
    texts: [
      {
        place: "~/.continue/config.yaml",
        form: "yaml",
        text: ({ origin, key, name }) => `name: ${JSON.stringify(name)}
version: 1.0.0
schema: v1
models:
  - name: Auto
    provider: openai
    model: auto
    apiBase: ${origin}/v1
    apiKey: ${key}
    roles: [chat, edit, apply]
`,
      },
    ],
    note: { en: "Without apiBase the key would go to OpenAI.", zh: "缺少 apiBase 时密钥会发往 OpenAI。" },
  },
  {
    id: "zed",
    name: "Zed",
    wire: "openai.chat",
    texts: [
      {
        place: "settings.json",
        form: "json",
        text: ({ origin, name }) =>
          json({
            language_models: {
              openai_compatible: {
                [name]: {
                  api_url: `${origin}/v1`,
                  available_models: [
                    {
                      name: "auto",
                      display_name: "Auto",
                      max_tokens: CONTEXT,
                      capabilities: {
                        tools: true,
                        images: true,
                        parallel_tool_calls: true,
                        prompt_cache_key: true,
                        chat_completions: true,
                      },
                    },
                  ],
                },
              },
            },
          }),
      },
    ],
    note: {
      en: "The key does not stand in this file: enter it in the agent's settings, under LLM Providers.",
      zh: "密钥不写入该文件，请在 Agent 设置的 LLM Providers 中填写。",
    },
  },
  {
    id: "aider",
    name: "aider",
    wire: "openai.chat",
    texts: [
      {
        place: "~/.aider.conf.yml",
        form: "yaml",
        text: ({ origin, key }) => `openai-api-base: ${origin}/v1
openai-api-key: ${key}
model: openai/auto
`,
      },
    ],
  },
  {
    id: "cline",
    name: "Cline",
    wire: "openai.chat",
    fields: panel,
    texts: [
      {
        place: "CLI",
        form: "shell",
        text: ({ origin, key }) => `cline auth -p openai-compatible -k ${key} -m auto -b ${origin}/v1\n`,
      },
    ],
  },
  { id: "roo-code", name: "Roo Code", wire: "openai.chat", fields: panel },
  {
    id: "cursor",
    name: "Cursor",
    wire: "openai.chat",
    fields: ({ origin, key }) => [
      [{ en: "OpenAI API key", zh: "OpenAI API Key" }, key],
      [{ en: "Override OpenAI Base URL", zh: "Override OpenAI Base URL" }, `${origin}/v1`],
      [{ en: "Model", zh: "模型" }, "auto"],
    ],
    note: {
      en: "Cursor's own servers call the gateway: a local address does not work, and a list of addresses on the key shuts it out.",
      zh: "请求由 Cursor 的服务器发出：不能使用本地地址，也不要给该密钥设置 IP 白名单。",
    },
  },
];

/** The form that many extensions have. */
function panel({ origin, key }: Values) {
  return [
    [{ en: "Provider", zh: "提供方" }, "OpenAI Compatible"],
    [{ en: "Base URL", zh: "接口地址" }, `${origin}/v1`],
    [{ en: "API key", zh: "API 密钥" }, key],
    [{ en: "Model", zh: "模型" }, "auto"],
  ] as const;
}
