import type { Text } from "../../core/language.ts";

export const HOME = {
  sentence: {
    en: "Every model behind one base URL and one key. Ask for “auto”, and a healthy service answers.",
    zh: "一个接口地址、一个密钥即可使用所有模型。模型填 auto 时，由健康的上游作答。",
  },
  getKey: { en: "Get a key", zh: "获取密钥" },
  toApp: { en: "To your account", zh: "进入控制台" },
  baseUrls: { en: "Base URLs", zh: "接口地址" },
  openai: { en: "For OpenAI clients", zh: "OpenAI 兼容客户端" },
  xlei: { en: "Streams by default", zh: "默认流式返回" },
  origin: { en: "For Anthropic and Google clients", zh: "Anthropic 与 Google 客户端" },
  firstCall: { en: "The first call", zh: "第一次调用" },
  serving: { en: "Serving", zh: "服务正常" },
  degraded: { en: "Some models have trouble", zh: "部分模型异常" },
  unknown: { en: "No data yet", zh: "暂无数据" },
  notServing: { en: "Not serving yet: no model is set up.", zh: "尚未开始服务：还没有配置模型。" },
} satisfies Record<string, Text>;
