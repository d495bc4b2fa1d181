import type { Text } from "../../core/language.ts";

export const FIELDS_TEXT = {
  problems: { en: "Something in this form is not right:", zh: "请检查以下内容：" },
  more: { en: "More settings", zh: "更多设置" },
  optional: { en: "(optional)", zh: "(选填)" },
} satisfies Record<string, Text>;
