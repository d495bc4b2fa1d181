import type { Text } from "../../core/language.ts";

/** Signing up and in, codes, and new passwords. */
export const SIGN_IN = {
  signIn: { en: "Sign in", zh: "登录" },
  signUp: { en: "Create an account", zh: "注册账户" },
  email: { en: "E-mail", zh: "邮箱" },
  password: { en: "Password", zh: "密码" },
  name: { en: "Name", zh: "名称" },
  nameHint: { en: "How the site should call you.", zh: "用于在页面中显示。" },
  nameProblem: { en: "Enter a name of at most 60 characters.", zh: "请输入名称，最多 60 个字符。" },
  passwordHint: {
    en: "At least 10 characters. A sentence is easy to remember.",
    zh: "至少 10 个字符，建议使用一句话。",
  },
  invitation: { en: "Invitation", zh: "邀请码" },
  invitationProblem: { en: "This invitation is not valid any more.", zh: "邀请码无效或已使用。" },
  wrong: { en: "E-mail or password is wrong.", zh: "邮箱或密码不正确。" },
  cannotBeUsed: { en: "This e-mail cannot be used.", zh: "该邮箱无法使用。" },
  with: { en: "Sign in with {provider}", zh: "使用 {provider} 登录" },
  elsewhereClosed: {
    en: "This site takes no new accounts that way. Ask the operator for one.",
    zh: "本站不允许以此方式注册新账户，请联系运营者。",
  },
  elsewhereUnlinked: {
    en: "There is an account with this e-mail already. Sign in with its password, and connect the other account under “Account”.",
    zh: "该邮箱已有账户。请先用密码登录，再在“账户设置”中关联。",
  },
  elsewhereFailed: { en: "Signing in there did not work. Try again.", zh: "第三方登录失败，请重试。" },
  forgotten: { en: "Forgot your password?", zh: "忘记密码？" },
  noAccount: { en: "No account yet? Create one.", zh: "还没有账户？立即注册" },
  hasAccount: { en: "You have an account? Sign in.", zh: "已有账户？直接登录" },
  closed: {
    en: "This site takes no new accounts by itself. Ask the operator for one.",
    zh: "本站未开放自助注册，请联系运营者开通账户。",
  },
  code: { en: "Code", zh: "验证码" },
  codeTitle: { en: "Enter the code of your app", zh: "输入动态验证码" },
  codeHint: {
    en: "Six digits from your authenticator app, or one of your recovery codes.",
    zh: "身份验证器中的 6 位数字，或一个恢复码。",
  },
  codeWrong: { en: "This code is wrong or too old.", zh: "验证码错误或已过期。" },
  continue: { en: "Continue", zh: "继续" },
  againTitle: { en: "Confirm that it is you", zh: "请确认您的身份" },
  again: {
    en: "For this step, sign in once more. It is {minutes} minutes or longer since you did.",
    zh: "距上次登录已超过 {minutes} 分钟，继续此操作前请重新输入密码。",
  },
  resetTitle: { en: "Get a new password", zh: "找回密码" },
  resetIntro: {
    en: "We send a link to your address. It works for an hour.",
    zh: "我们会向您的邮箱发送链接，一小时内有效。",
  },
  resetAsk: {
    en: "This site sends no mail. Ask the operator for a link to a new password.",
    zh: "本站未配置邮件服务，请联系运营者获取重置密码链接。",
  },
  resetSent: {
    en: "If there is an account for this address, a link is on its way. Check your inbox.",
    zh: "如果该邮箱已注册，重置链接已发送，请查收邮件。",
  },
  sendLink: { en: "Send the link", zh: "发送链接" },
  newPassword: { en: "New password", zh: "新密码" },
  linkOver: { en: "This link is used or too old. Ask for a new one.", zh: "链接已使用或已过期，请重新获取。" },
  setPassword: { en: "Set the password", zh: "设置密码" },
} satisfies Record<string, Text>;
