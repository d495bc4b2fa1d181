import { LEAST_OUTPUT } from "../../../billing/estimate.ts";
import { DRAIN_MS } from "../../../relay/first-answer.ts";
import { timeOf } from "../amounts.ts";
import { h2, list, p, table, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Block, DocPage } from "../types.ts";

export const BILLING_GUIDE: DocPage = {
  path: "/docs/billing",
  title: text("Billing", "计费"),
  summary: text(
    "What is charged and what never, receipts, plans, top-up.",
    "哪些收费、哪些不收费，账单明细，套餐与充值。",
  ),
  group: "start",
  changed: "2026-11-27",
  blocks: billing,
};

function billing({ settings, takesPayments }: Facts): readonly Block[] {
  const drain = timeOf(DRAIN_MS);
  return [
    h2("charged", "What is charged", "哪些收费"),
    table(
      text("What is charged", "哪些收费"),
      [text("The request", "请求"), text("You pay", "费用")],
      [
        [text("completes", "正常完成"), text("the usage that the model reports", "按模型返回的用量")],
        [text("fails before any output", "在产生输出前失败"), text("nothing", "不收费")],
        [text("is answered with nothing", "返回空内容"), text("nothing", "不收费")],
        [text("is refused: 400, 401, 402, 403, 429", "被拒绝：400、401、402、403、429"), text("nothing", "不收费")],
        [
          text("breaks off, or your client leaves", "中途断开，或客户端离开"),
          text(
            `what the model reports within ${drain.en}, at least what was delivered`,
            `按模型在 ${drain.zh}内返回的用量，至少为已发送的部分`,
          ),
        ],
        [
          text("is answered from an earlier one (`Idempotency-Key`)", "由先前的响应应答（`Idempotency-Key`）"),
          text("nothing more", "不再收费"),
        ],
        [
          text("counts tokens, lists models, reads the account", "统计 token、查询模型或账户"),
          text("nothing", "不收费"),
        ],
      ],
    ),
    p(
      "Tokens are charged by kind: input, cached input, writing to a cache, output, thoughts, and others, at the [prices](/pricing) of the model and the ratio of the key's group. A kind without a price of its own costs what plain input or output costs. Searches and tools that the upstream runs are charged by number.",
      "token 按类别计费：输入、缓存命中、缓存写入、输出、思考等，单价见[价格](/pricing)，并乘以密钥分组的倍率。没有单独定价的类别按普通输入或输出计费。由上游执行的搜索与工具按次计费。",
    ),
    p(
      "Where a report is missing or cannot be true, the gateway's own count is charged, and the receipt says so.",
      "模型未返回用量或用量明显有误时，按网关自己的统计计费，明细中会注明。",
    ),
    h2("holds", "Money is held first", "先冻结，后结算"),
    list(
      text(
        "Before an answer leaves, the most that it can cost is held. It is charged once, and never more than was held.",
        "响应发出前会冻结最大可能费用，只结算一次，且不会超过冻结金额。",
      ),
      text(
        "A stream holds for half a minute ahead. When nothing is left, it ends with `length`.",
        "流式请求按之后半分钟的用量冻结；余额用尽时以 `length` 结束。",
      ),
      text(
        `Where little is left, the output gets a cap, at least ${LEAST_OUTPUT} tokens; for less, or if your own cap costs more, the answer is 402.`,
        `余额较少时会限制输出长度，至少 ${LEAST_OUTPUT} 个 token；不足此数，或您设定的上限超出余额，则返回 402。`,
      ),
      text(
        "So a smaller `max_tokens` lets you ask with less money.",
        "因此调小 `max_tokens` 可以用更少的余额发起请求。",
      ),
    ),
    h2("receipts", "Receipts", "账单明细"),
    p(
      "Every request has a receipt that adds up line by line: in [requests](/app/requests), or by `GET /api/charges/{id}`, where the id may be the `x-request-id`. See [the account API](/docs/api/account).",
      "每个请求都有逐行可核对的明细：见[请求记录](/app/requests)，或调用 `GET /api/charges/{id}`（id 可用 `x-request-id`），见[账户接口](/docs/api/account)。",
    ),
    h2("plans", "Plans and allowances", "套餐与每日额度"),
    p(
      `A plan runs for some days and may have a daily allowance, which is used before the balance. Days begin at midnight in \`${settings.BILLING_TIMEZONE}\`. What is left of a day does not carry over.`,
      `套餐有固定天数，可含每日额度，优先于余额使用。每天以时区 \`${settings.BILLING_TIMEZONE}\` 的零点为界，当日剩余不结转。`,
    ),
    h2("top-up", "Topping up", "充值"),
    takesPayments
      ? p(
          "Under [Billing](/app/billing) you pay online, redeem codes and buy plans.",
          "在[余额与充值](/app/billing)中可在线充值、使用兑换码、购买套餐。",
        )
      : p(
          "Under [Billing](/app/billing) you redeem codes and buy plans. This site takes no payments online: ask the operator for a code.",
          "在[余额与充值](/app/billing)中可使用兑换码、购买套餐。本站未开通在线支付，请向站点运营者获取兑换码。",
        ),
    p(
      "A key that manages its account redeems codes by `POST /api/redeem`.",
      "可管理账户的密钥也能通过 `POST /api/redeem` 使用兑换码。",
    ),
    ...(settings.CURRENCY === undefined
      ? []
      : [p(`Amounts are in ${settings.CURRENCY}.`, `金额单位为 ${settings.CURRENCY}。`)]),
  ];
}
