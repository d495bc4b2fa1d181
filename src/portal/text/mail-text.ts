import type { Text } from "../../core/language.ts";

/** Mails. A mail has both languages, because nobody knows which one its reader has. */
export const MAILS = {
  resetSubject: { en: "reset your password", zh: "重置密码" },
  reset: {
    en: "Open this link within an hour to set a new password:\n{link}",
    zh: "请在一小时内打开此链接设置新密码：\n{link}",
  },
  proofSubject: { en: "confirm your address", zh: "验证邮箱" },
  proof: {
    en: "Somebody gave this address for an account at {origin}. If it was you, open this link within a day:\n{link}\nIf it was not you, do nothing.",
    zh: "有人在 {origin} 使用此邮箱注册账户。如果是您本人，请在一天内打开此链接完成验证：\n{link}\n如非本人操作，请忽略此邮件。",
  },
  takenSubject: { en: "you have an account already", zh: "您已有账户" },
  taken: {
    en: "Somebody tried to create an account at {origin} with this address. There is one already. If you have forgotten its password, open:\n{link}\nIf it was not you, do nothing.",
    zh: "有人在 {origin} 使用此邮箱注册，但该邮箱已有账户。如忘记密码，请打开：\n{link}\n如非本人操作，请忽略此邮件。",
  },
} satisfies Record<string, Text>;
