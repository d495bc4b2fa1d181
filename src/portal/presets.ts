/**
 * Vendors that operators can choose from: how to reach them, and some of their models with list prices. Vendors change their
 * prices: these are proposals in US dollars, and operators check them against the vendor's own page.
 */
import type { KindName } from "../upstream/index.ts";

interface PresetModel {
  readonly id: string;
  readonly contextLength: number;
  readonly maxOutput: number;
  readonly capabilities: readonly string[];
  /** US dollars for a million tokens. */
  readonly input: string;
  readonly cachedRead?: string;
  readonly output: string;
}

export interface Preset {
  readonly name: string;
  readonly kind: KindName;
  readonly baseUrl: string;
  /** Where the vendor publishes its prices. */
  readonly prices: string;
  readonly models: readonly PresetModel[];
}

const bearer = (name: string, baseUrl: string, prices: string, models: readonly PresetModel[] = []): Preset => ({
  name,
  kind: "bearer",
  baseUrl,
  prices,
  models,
});

export const PRESETS = {
  openai: bearer("OpenAI", "https://api.openai.com/v1", "https://openai.com/api/pricing/", [
    {
      id: "gpt-4o",
      contextLength: 128_000,
      maxOutput: 16_384,
      capabilities: ["tools", "image"],
      input: "2.50",
      cachedRead: "1.25",
      output: "10.00",
    },
    {
      id: "gpt-4o-mini",
      contextLength: 128_000,
      maxOutput: 16_384,
      capabilities: ["tools", "image"],
      input: "0.15",
      cachedRead: "0.075",
      output: "0.60",
    },
  ]),
  anthropic: {
    name: "Anthropic",
    kind: "anthropic",
    baseUrl: "https://api.anthropic.com/v1",
    prices: "https://platform.claude.com/docs/en/about-claude/pricing",
    models: [
      {
        id: "claude-sonnet-4-5",
        contextLength: 200_000,
        maxOutput: 64_000,
        capabilities: ["tools", "image", "file"],
        input: "3.00",
        cachedRead: "0.30",
        output: "15.00",
      },
      {
        id: "claude-haiku-4-5",
        contextLength: 200_000,
        maxOutput: 64_000,
        capabilities: ["tools", "image", "file"],
        input: "1.00",
        cachedRead: "0.10",
        output: "5.00",
      },
    ],
  },
  gemini: {
    name: "Google Gemini",
    kind: "gemini",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta",
    prices: "https://ai.google.dev/gemini-api/docs/pricing",
    models: [
      {
        id: "gemini-2.5-flash",
        contextLength: 1_048_576,
        maxOutput: 65_536,
        capabilities: ["tools", "image", "audio", "file"],
        input: "0.30",
        output: "2.50",
      },
    ],
  },
  deepseek: bearer("DeepSeek", "https://api.deepseek.com/v1", "https://api-docs.deepseek.com/quick_start/pricing", [
    {
      id: "deepseek-chat",
      contextLength: 128_000,
      maxOutput: 8_192,
      capabilities: ["tools"],
      input: "0.28",
      cachedRead: "0.028",
      output: "0.42",
    },
    {
      id: "deepseek-reasoner",
      contextLength: 128_000,
      maxOutput: 65_536,
      capabilities: ["tools"],
      input: "0.28",
      cachedRead: "0.028",
      output: "0.42",
    },
  ]),
  qwen: bearer(
    "Alibaba Qwen",
    "https://dashscope.aliyuncs.com/compatible-mode/v1",
    "https://help.aliyun.com/zh/model-studio/models",
  ),
  moonshot: bearer("Moonshot Kimi", "https://api.moonshot.cn/v1", "https://platform.moonshot.cn/docs/pricing/chat"),
  zhipu: bearer("Zhipu GLM", "https://open.bigmodel.cn/api/paas/v4", "https://open.bigmodel.cn/pricing"),
  siliconflow: bearer("SiliconFlow", "https://api.siliconflow.cn/v1", "https://siliconflow.cn/pricing"),
  openrouter: bearer("OpenRouter", "https://openrouter.ai/api/v1", "https://openrouter.ai/models"),
  mistral: bearer("Mistral", "https://api.mistral.ai/v1", "https://mistral.ai/pricing"),
  groq: bearer("Groq", "https://api.groq.com/openai/v1", "https://groq.com/pricing"),
  xai: bearer("xAI", "https://api.x.ai/v1", "https://docs.x.ai/docs/models"),
} as const satisfies Record<string, Preset>;

/** The vendor whose address an upstream has; undefined = none that is known here. */
export function presetOf(baseUrl: string): Preset | undefined {
  return Object.values(PRESETS).find((preset) => baseUrl.startsWith(preset.baseUrl));
}
