import type { Text } from "../../core/language.ts";

/** The check that a person signs up. */
export const SIGN_UP = {
  needsScript: {
    en: "Signing up needs JavaScript here: it checks that you are no program. Turn JavaScript on, or ask the operator for an account.",
    zh: "本站注册需要启用 JavaScript，用于确认您不是自动程序。请启用 JavaScript，或联系运营者开通账户。",
  },
  notChecked: {
    en: "The check that you are no program did not pass. Wait until it is done, then try again.",
    zh: "人机验证未通过，请等待验证完成后重试。",
  },
} satisfies Record<string, Text>;
