import type { Text } from "../../core/language.ts";

export const DOC_SEARCH = {
  title: { en: "Search the documentation", zh: "搜索文档" },
  label: { en: "Search the documentation", zh: "搜索文档" },
  submit: { en: "Search", zh: "搜索" },
  hint: { en: "Words, error code, x-request-id", zh: "关键词、错误码或 x-request-id" },
  found: { en: "Results: {n}", zh: "找到 {n} 条结果" },
  nothing: {
    en: "Nothing was found. Try other words, or the list of all pages.",
    zh: "没有找到结果。请换个关键词，或查看全部页面。",
  },
  allPages: { en: "All pages", zh: "全部页面" },
  errors: { en: "Errors that are meant by {word}", zh: "{word} 对应的错误" },
  receipt: { en: "The receipt of this request", zh: "查看该请求的账单明细" },
} satisfies Record<string, Text>;
