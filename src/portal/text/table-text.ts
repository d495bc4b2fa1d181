import type { Text } from "../../core/language.ts";

export const TABLE = {
  pages: { en: "Pages of the list", zh: "翻页" },
  first: { en: "First page", zh: "第一页" },
  next: { en: "Next page", zh: "下一页" },
} satisfies Record<string, Text>;
