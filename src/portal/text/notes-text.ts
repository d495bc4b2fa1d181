import type { Text } from "../../core/language.ts";

/** What one page hands to the next one; see `notes.ts`. */
export const NOTES = {
  saved: { en: "Saved.", zh: "已保存。" },
  signedOut: { en: "You are signed out.", zh: "您已退出登录。" },
  signedOutOthers: { en: "All other browsers are signed out.", zh: "其他设备均已退出登录。" },
  passwordChanged: {
    en: "The password is changed. All other browsers are signed out.",
    zh: "密码已修改，其他设备均已退出登录。",
  },
  passwordReset: { en: "The password is changed. Sign in with it.", zh: "密码已重置，请使用新密码登录。" },
  keyChanged: { en: "The key is saved. The change takes effect within a minute.", zh: "密钥已保存，一分钟内生效。" },
  keyDeleted: {
    en: "The key “{name}” is deleted. It stops working within a minute.",
    zh: "密钥“{name}”已删除，一分钟内失效。",
  },
  keyGone: {
    en: "A key is shown once only, when it is made. If you did not save it, delete it and make another one.",
    zh: "密钥仅在创建时显示一次。如未保存，请删除后重新创建。",
  },
  redeemed: { en: "{amount} was added to your balance.", zh: "已充入 {amount}。" },
  planBought: { en: "You have the plan “{plan}” now.", zh: "已开通套餐“{plan}”。" },
  paymentCanceled: { en: "The payment is cancelled.", zh: "支付已取消。" },
  emailChanged: { en: "The e-mail address is changed.", zh: "邮箱已修改。" },
  factorOn: { en: "From now on, signing in needs a code from your app.", zh: "两步验证已开启，登录时需要输入验证码。" },
  factorOff: { en: "Signing in no longer needs a code.", zh: "两步验证已关闭。" },
  lastWayIn: {
    en: "This is the only way in which you can sign in. Set a password first.",
    zh: "这是您唯一的登录方式，请先设置密码。",
  },
  accountDeleted: { en: "Your account is deleted.", zh: "账户已注销。" },
  addressProven: { en: "Your address is confirmed.", zh: "邮箱已验证。" },
  welcome: { en: "Your account is ready.", zh: "账户已创建。" },
} satisfies Record<string, Text>;
