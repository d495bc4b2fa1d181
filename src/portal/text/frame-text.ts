import type { Text } from "../../core/language.ts";

/** What stands around every page. */
export const FRAME = {
  skip: { en: "Skip to content", zh: "跳到正文" },
  mainNavigation: { en: "Site", zh: "网站导航" },
  sideNavigation: { en: "Pages", zh: "页面导航" },
  breadcrumb: { en: "Breadcrumb", zh: "当前位置" },
  menu: { en: "Menu", zh: "菜单" },
  pricing: { en: "Pricing", zh: "价格" },
  status: { en: "Status", zh: "状态" },
  signIn: { en: "Sign in", zh: "登录" },
  signOut: { en: "Sign out", zh: "退出登录" },
  otherLanguage: { en: "中文", zh: "English" },
  otherLanguageLabel: { en: "中文: read this page in Chinese", zh: "English：切换为英文" },
  overview: { en: "Overview", zh: "概览" },
  keys: { en: "API keys", zh: "API 密钥" },
  usage: { en: "Usage", zh: "用量" },
  requests: { en: "Requests", zh: "请求记录" },
  tasks: { en: "Tasks", zh: "任务" },
  billing: { en: "Billing", zh: "余额与充值" },
  playground: { en: "Playground", zh: "在线体验" },
  account: { en: "Account", zh: "账户设置" },
  operator: { en: "Operator", zh: "运营后台" },
  dashboard: { en: "Dashboard", zh: "总览" },
  contact: { en: "Contact: {contact}", zh: "联系方式：{contact}" },
} satisfies Record<string, Text>;
