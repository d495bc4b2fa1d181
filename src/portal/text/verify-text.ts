import type { Text } from "../../core/language.ts";

/** Proving an e-mail address with the link in a mail. */
export const VERIFY = {
  title: { en: "Confirm your address", zh: "验证邮箱" },
  inbox: { en: "Check your inbox", zh: "请查收邮件" },
  sent: {
    en: "A mail is on its way. Open the link in it within a day, then sign in. If nothing comes, look among the spam.",
    zh: "邮件已发送。请在一天内打开邮件中的链接，然后登录。如未收到，请检查垃圾邮件。",
  },
  changes: {
    en: "If {email} can be used, a mail is on its way there. Open the link in it within a day. Until then your address stays as it is.",
    zh: "如果 {email} 可用，我们会向该邮箱发送邮件。请在一天内打开邮件中的链接，在此之前您的邮箱保持不变。",
  },
  notYet: {
    en: "Your address is not confirmed yet. Until then you cannot make keys or use the playground.",
    zh: "您的邮箱尚未验证，验证后才能创建密钥和使用对话测试。",
  },
  how: {
    en: "We send a link to {email}. Open it within a day.",
    zh: "我们会向 {email} 发送链接，请在一天内打开。",
  },
  nothing: { en: "There is nothing to confirm.", zh: "无需验证。" },
  send: { en: "Send the link again", zh: "重新发送链接" },
  open: { en: "Confirm with one click that the address is yours.", zh: "请点击下方按钮，确认这是您的邮箱。" },
  confirm: { en: "This address is mine", zh: "确认是我的邮箱" },
  linkOver: {
    en: "This link is too old, or not whole. Sign in to get a new one.",
    zh: "链接已过期或不完整，请登录后重新获取。",
  },
} satisfies Record<string, Text>;
