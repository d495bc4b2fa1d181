import type { Text } from "../../core/language.ts";
import type { Unit } from "../../core/units.ts";

/** What is counted, as receipts and price lists name it. */
export const UNIT_TEXTS = {
  input: { en: "input tokens", zh: "输入 tokens" },
  cachedRead: { en: "cached input tokens", zh: "缓存读取 tokens" },
  cacheWrite: { en: "tokens written to a cache", zh: "缓存写入 tokens" },
  cacheWrite1h: { en: "tokens written to a cache for an hour", zh: "缓存写入（1 小时）tokens" },
  inputAudio: { en: "audio input tokens", zh: "音频输入 tokens" },
  inputImage: { en: "picture input tokens", zh: "图片输入 tokens" },
  output: { en: "output tokens", zh: "输出 tokens" },
  reasoning: { en: "reasoning tokens", zh: "推理 tokens" },
  outputAudio: { en: "audio output tokens", zh: "音频输出 tokens" },
  outputImage: { en: "picture output tokens", zh: "图片输出 tokens" },
  characters: { en: "characters", zh: "字符" },
  durationMs: { en: "seconds", zh: "秒" },
  images: { en: "pictures", zh: "图片" },
  searches: { en: "searches", zh: "搜索" },
  calls: { en: "tool calls", zh: "工具调用" },
  actions: { en: "steps", zh: "操作" },
  request: { en: "requests", zh: "请求" },
} satisfies Record<Unit, Text>;

/** What a price is quoted for. */
export const PER = {
  million: { en: "1M {unit}", zh: "每 100 万{unit}" },
  one: { en: "{unit}, each", zh: "每{unit}" },
  second: { en: "a second", zh: "每秒" },
} satisfies Record<string, Text>;
