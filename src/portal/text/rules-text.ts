import type { Text } from "../../core/language.ts";

/** What is said of a wrong text in a form. */
export const RULES = {
  email: {
    en: "Enter an e-mail address like name@example.com.",
    zh: "请输入有效的邮箱地址，例如 name@example.com。",
  },
  password: { en: "Use at least 10 characters, and at most 128.", zh: "密码至少 10 个字符，最多 128 个字符。" },
  missing: { en: "Fill this in.", zh: "请填写此项。" },
  amount: {
    en: "Enter an amount such as 5 or 0.50: with a point, and without a comma.",
    zh: "请输入金额，例如 5 或 0.50：使用小数点，不要用逗号。",
  },
  choice: { en: "This choice does not exist. Choose again.", zh: "该选项不存在，请重新选择。" },
  whole: { en: "Enter a whole number from {least} to {most}.", zh: "请输入 {least} 到 {most} 之间的整数。" },
  future: { en: "Choose a day in the future.", zh: "请选择将来的日期。" },
  date: { en: "Enter a date such as 2027-01-31.", zh: "请输入日期，例如 2027-01-31。" },
} satisfies Record<string, Text>;
