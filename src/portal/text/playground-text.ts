import type { Text } from "../../core/language.ts";

export const PLAYGROUND = {
  title: { en: "Playground", zh: "在线体验" },
  how: {
    en: "Requests from here are real: they are charged to your account and listed with its requests, under the key “Playground”.",
    zh: "此处的请求会真实计费，并以密钥“Playground”记录在请求列表中。",
  },
  model: { en: "Model", zh: "模型" },
  system: { en: "System message", zh: "系统提示词" },
  message: { en: "Message", zh: "消息" },
  messageProblem: { en: "Write a message.", zh: "请输入消息。" },
  stream: { en: "Show the answer while it is made", zh: "流式显示" },
  send: { en: "Send", zh: "发送" },
  stop: { en: "Stop", zh: "停止" },
  answer: { en: "Answer", zh: "回答" },
  reasoning: { en: "Reasoning", zh: "思考过程" },
  failed: { en: "The request failed", zh: "请求失败" },
  usage: { en: "Tokens", zh: "Tokens" },
  usageText: { en: "{input} in, {output} out", zh: "输入 {input}，输出 {output}" },
  cost: { en: "Cost", zh: "费用" },
  receipt: { en: "Receipt", zh: "账单明细" },
  served: { en: "Answered by", zh: "实际模型" },
  headers: { en: "Headers of the answer", zh: "响应头" },
  raw: { en: "The answer as it came", zh: "原始响应" },
  asCode: { en: "The same request as code", zh: "对应代码" },
  ownKey: { en: "In these, sk-your-api-key stands for one of your keys.", zh: "请将 sk-your-api-key 替换为您的密钥。" },
} satisfies Record<string, Text>;
