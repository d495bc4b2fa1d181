import type { Text } from "../../core/language.ts";

export const COPY = {
  copy: { en: "Copy", zh: "复制" },
  copyWhat: { en: "Copy: {what}", zh: "复制{what}" },
  done: { en: "Copied", zh: "已复制" },
} satisfies Record<string, Text>;
