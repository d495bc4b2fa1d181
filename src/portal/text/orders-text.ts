import type { Order } from "../../accounts/orders.ts";
import type { Text } from "../../core/language.ts";

/** Topping up, payments and receipts. */
export const ORDERS = {
  topUp: { en: "Add funds", zh: "充值" },
  buyPlan: { en: "Pay for the plan “{plan}”", zh: "支付套餐“{plan}”" },
  amount: { en: "Amount", zh: "金额" },
  between: { en: "Between {min} and {max}.", zh: "金额须在 {min} 与 {max} 之间。" },
  decimals: { en: "An amount with at most {n} decimals.", zh: "金额最多 {n} 位小数。" },
  presets: { en: "Often chosen:", zh: "常用金额：" },
  method: { en: "Pay with", zh: "支付方式" },
  formId: { en: "Form", zh: "表单" },
  plan: { en: "Plan", zh: "套餐" },
  goOn: { en: "Go on to the payment", zh: "前往支付" },
  tooMany: {
    en: "You have {n} payments that are not finished. Finish or cancel one of them first.",
    zh: "您有 {n} 笔未完成的支付，请先完成或取消其中一笔。",
  },
  formUsed: {
    en: "This form has begun another payment already. Check it and send it again.",
    zh: "此表单已发起过另一笔支付，请核对后重新提交。",
  },
  rate: { en: "{rate} {currency} for each unit of your balance", zh: "每单位余额 {rate} {currency}" },
  payments: { en: "Payments", zh: "支付记录" },
  none: { en: "No payments yet.", zh: "暂无支付记录。" },
  all: { en: "All payments", zh: "全部支付记录" },
  payment: { en: "Payment", zh: "支付" },
  id: { en: "Order", zh: "订单号" },
  time: { en: "Time", zh: "时间" },
  state: { en: "State", zh: "状态" },
  pays: { en: "To pay", zh: "应付金额" },
  credit: { en: "Credit", zh: "到账金额" },
  givenBack: { en: "Given back", zh: "已退款" },
  reference: { en: "Reference of the payment service", zh: "支付流水号" },
  paidAt: { en: "Paid", zh: "支付时间" },
  seller: { en: "Seller", zh: "商户" },
  pay: { en: "Pay now", zh: "立即支付" },
  payWith: { en: "Pay {amount} with {method}", zh: "使用{method}支付 {amount}" },
  leading: {
    en: "You are led to the payment service. If nothing happens, use the button.",
    zh: "正在跳转到支付页面，如未跳转请点击按钮。",
  },
  check: { en: "Check again", zh: "重新查询" },
  cancel: { en: "Cancel", zh: "取消支付" },
  again: { en: "Start a new payment", zh: "重新发起支付" },
  waiting: {
    en: "Waiting for the payment service. This page looks again by itself.",
    zh: "正在等待支付结果，页面会自动刷新。",
  },
  nothingLost: {
    en: "The payment service has not confirmed a payment yet. Nothing is lost: it is asked again and again for a week, and what you paid is added as soon as it says so. You may close this page.",
    zh: "支付服务尚未确认付款。请放心，系统会在一周内持续查询，一经确认立即到账，您可以关闭此页面。",
  },
  noAnswer: {
    en: "The payment service does not answer. Nothing was changed; try again in a minute.",
    zh: "支付服务暂无响应，未做任何更改，请稍后重试。",
  },
  planNotBought: {
    en: "The plan was not bought, because it is no longer sold at this price. The money is in your balance.",
    zh: "该套餐已下架或价格已变动，未开通；款项已存入余额。",
  },
  review: {
    en: "The payment came, but not as it was ordered. The operator looks at it.",
    zh: "收到的付款与订单不符，正在由运营方核实。",
  },
  print: {
    en: "This page can be printed as a receipt. It is not a tax invoice.",
    zh: "本页可打印作为收据，不作为发票。",
  },
  exchange: { en: "Rate", zh: "汇率" },
} satisfies Record<string, Text>;

export const ORDER_STATES_TEXT = {
  created: { en: "not paid yet", zh: "待支付" },
  paid: { en: "paid, being confirmed", zh: "已支付，确认中" },
  credited: { en: "paid and credited", zh: "已到账" },
  expired: { en: "not paid", zh: "未支付" },
  review: { en: "being looked at", zh: "核实中" },
  refunded: { en: "given back", zh: "已退款" },
} satisfies Record<Order["state"], Text>;

/** The words of payment services for ways to pay. Others are shown as they are. */
export const METHODS: Readonly<Record<string, Text>> = {
  card: { en: "card and more (Stripe)", zh: "银行卡等（Stripe）" },
  alipay: { en: "Alipay", zh: "支付宝" },
  wxpay: { en: "WeChat Pay", zh: "微信支付" },
  qqpay: { en: "QQ Wallet", zh: "QQ 钱包" },
  bank: { en: "UnionPay", zh: "云闪付" },
  jdpay: { en: "JD Pay", zh: "京东支付" },
  paypal: { en: "PayPal", zh: "PayPal" },
  usdt: { en: "USDT", zh: "USDT" },
};
