import type { Text } from "../../core/language.ts";

/** What is said to operators of what is wrong, and what to do. */
export const TROUBLES = {
  checkBaseUrl: {
    en: "Check the key and the base URL. Most base URLs end with a version such as /v1, and none with /chat/completions:",
    zh: "请检查密钥和 Base URL。大多数 Base URL 以版本号（如 /v1）结尾，不要带 /chat/completions：",
  },
  amountsUnreadable: {
    en: "Nothing was added. Enter both amounts or none, each like 5 or 0.50, with a point and without a comma: {models}",
    zh: "未添加任何模型。两个价格须同时填写或同时留空，格式如 5 或 0.50，使用小数点，不要用逗号：{models}",
  },
  otherCurrency: {
    en: "The vendor's prices are in US dollars and yours in {currency}, so none is filled in.",
    zh: "厂商价格以美元计，本站币种为 {currency}，因此未预填价格。",
  },
  refusedKeys: {
    en: "the upstream refuses {n} of its keys: enter new ones",
    zh: "上游拒绝了 {n} 个密钥，请更换密钥",
  },
  emptyKeys: {
    en: "{n} keys have no funds left: pay the vendor, then clear the cooling",
    zh: "{n} 个密钥余额不足，请先到厂商处充值，再清除冷却",
  },
  unasked: {
    en: "Only {n} upstreams were asked for their health. Look at the others here.",
    zh: "仅检查了 {n} 个上游的健康状态，其余请在此查看。",
  },
  unrouted: {
    en: "Models without a usable route (itself and its upstream enabled, with a key) are not served: {models}",
    zh: "以下模型没有可用的路由（路由、上游均启用且有密钥），不提供服务：{models}",
  },
  belowCost: { en: "Models that are sold for less than they cost you: {models}", zh: "以下模型售价低于成本：{models}" },
  onlyByRequest: {
    en: "A conversation over a socket costs one request, however long it is: {models}. Set prices for text and sound.",
    zh: "以下实时会话模型只按请求计价，无论会话多长都只计一次：{models}。请设置文本与音频价格。",
  },
  andMore: { en: "{models} and {n} more", zh: "{models} 等，另有 {n} 个" },
  mailHalf: {
    en: "No mail is sent: {names} is set, but neither MAIL_URL nor the binding EMAIL.",
    zh: "不会发送邮件：已设置 {names}，但缺少 MAIL_URL 或 EMAIL 绑定。",
  },
  forDevelopment: {
    en: "For development only, and dangerous here: {names}. Remove it from the variables.",
    zh: "仅限开发环境，线上有风险：{names}。请从变量中移除。",
  },
  changedMeanwhile: {
    en: "Somebody changed this after you had opened it. Nothing was saved. Save again to put your values in place of theirs, or look at theirs first:",
    zh: "您打开此页后，其他人已修改过该内容，本次未保存。可再次保存以覆盖，或先查看现有内容：",
  },
  importMissing: { en: "{row}: there is no {field} '{id}'.", zh: "{row}：{field}“{id}”不存在。" },
  importTwice: { en: "{row} stands there twice.", zh: "{row} 重复出现。" },
  importUnread: { en: "{row}: cannot be read.", zh: "{row}：无法识别。" },
  importUntouched: { en: "Nothing was changed.", zh: "未做任何改动。" },
  importStopped: {
    en: "What came before this row stays. Mend the row, and import the text again to go on.",
    zh: "该项之前的改动已保留。修正后再次导入即可继续。",
  },
  seeStored: { en: "as it is stored now", zh: "当前内容" },
} satisfies Record<string, Text>;
