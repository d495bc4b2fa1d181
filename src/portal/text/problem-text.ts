import type { Text } from "../../core/language.ts";

export const PROBLEM = {
  failed: { en: "That did not work", zh: "操作未成功" },
  forbidden: { en: "Not allowed", zh: "无权访问" },
  notFound: { en: "There is no such page", zh: "页面不存在" },
  tooMany: { en: "Too many tries", zh: "尝试次数过多" },
  away: { en: "Not available right now", zh: "暂时无法使用" },
  stale: { en: "This form is no longer valid. Nothing was changed.", zh: "表单已失效，未做任何更改。" },
  wait: { en: "Too many tries. Try again in {n} seconds.", zh: "尝试次数过多，请 {n} 秒后再试。" },
  requestId: { en: "If you ask for help, name this request:", zh: "如需帮助，请提供请求编号：" },
  home: { en: "To the start page", zh: "返回首页" },
  docs: { en: "To the documentation", zh: "查看文档" },
  forAgents: { en: "The documentation for agents", zh: "供智能体阅读的文档" },
} satisfies Record<string, Text>;
