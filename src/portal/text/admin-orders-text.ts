import type { Text } from "../../core/language.ts";
import type { RefundState } from "../../payments/payment-provider.ts";

/** Payments, as operators see them. */
export const ADMIN_ORDERS = {
  needsALook: { en: "needs a look", zh: "需要处理" },
  disputed: { en: "disputed", zh: "有争议" },
  disputedHow: {
    en: "The payer’s bank has taken this payment back. The account was charged and is disabled.",
    zh: "付款人银行已收回该笔付款，账户已扣款并停用。",
  },
  shortfall: {
    en: "{amount} of what was given back is missing in the account, because it was spent. The account is disabled.",
    zh: "退款中有 {amount} 已被用掉无法扣回，账户已停用。",
  },
  live: { en: "Money", zh: "资金类型" },
  realMoney: { en: "real", zh: "真实" },
  testMoney: { en: "of a test", zh: "测试" },
  paymentId: { en: "Id of the payment", zh: "支付单号" },
  nextLook: { en: "Asked again", zh: "下次查询" },
  note: { en: "Note", zh: "备注" },
  ask: { en: "Ask the payment service", zh: "向支付服务查询" },
  says: { en: "The payment service says: {words}.", zh: "支付服务返回：{words}。" },
  justAsked: { en: "it was asked a moment ago", zh: "刚刚查询过" },
  credit: { en: "Credit it as ordered", zh: "按订单入账" },
  reviewHow: {
    en: "Money came, and not as it was ordered: nothing was credited. Credit it as ordered, or give it back at the payment service and then say that it was dealt with.",
    zh: "收到的付款与订单不符，尚未入账。可按订单入账，或在支付服务后台退款后标记为已处理。",
  },
  paidOut: { en: "It was paid out", zh: "已退出" },
  notPaidOut: { en: "It was not", zh: "未退出" },
  testMode: {
    en: "Stripe has keys of a test: only operators can pay with it.",
    zh: "Stripe 使用测试密钥，只有运营者可以用它付款。",
  },
  close: { en: "It was dealt with", zh: "标记为已处理" },
  refund: { en: "Give back", zh: "退款" },
  refundHow: {
    en: "The account gives back its part first, then the payment service is asked to pay it out.",
    zh: "先从账户余额扣回，再由支付服务原路退款。",
  },
  refundAmount: { en: "Amount, as it was paid", zh: "退款金额（支付币种）" },
  force: { en: "Also what is spent already", zh: "余额不足时仍然退款" },
  forceHint: {
    en: "What the account lacks is your loss until it pays, and the account is disabled.",
    zh: "不足部分由您承担，账户将被停用。",
  },
  refunds: { en: "What was given back", zh: "退款记录" },
  debit: { en: "From the account", zh: "账户扣回" },
  by: { en: "By", zh: "操作人" },
  elsewhere: { en: "at the payment service", zh: "支付服务后台" },
  look: { en: "{n} payments need a look.", zh: "{n} 笔支付需要处理。" },
  settings: {
    en: "Payments are switched off: {names} missing or wrong.",
    zh: "支付功能未启用：{names} 缺失或有误。",
  },
} satisfies Record<string, Text>;

export const REFUND_STATES_TEXT = {
  asked: { en: "asked for", zh: "处理中" },
  done: { en: "done", zh: "成功" },
  failed: { en: "refused; the account got it back", zh: "失败，已退回余额" },
} satisfies Record<RefundState, Text>;
