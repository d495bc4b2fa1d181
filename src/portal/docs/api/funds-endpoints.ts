/** Money that comes in, and what clients that show a balance already call. */
import { parameter, text } from "../blocks.ts";
import type { EndpointDoc, Mount } from "../types.ts";
import { PAGED, ROW_ID, told } from "./account-endpoint.ts";
import { ORDER } from "./account-samples.ts";
import { ORDER_ID, REDEEM_CODE } from "./sample-ids.ts";

export function fundsEndpoints(): readonly EndpointDoc[] {
  return [
    told({
      method: "POST",
      path: "/api/redeem",
      title: text("Redeem a code", "使用兑换码"),
      summary: text(
        "Adds the amount of a code to the balance, once.",
        "把兑换码的金额加到余额，每个兑换码只能使用一次。",
      ),
      when: text("Only with a key that manages its account.", "仅限可管理账户的密钥。"),
      parameters: [parameter("body", ["code", "string", "The code.", "兑换码。", { required: "yes" }])],
      request: { body: { code: REDEEM_CODE } },
      sample: {
        amount_nanos: 10_000_000_000,
        amount: "10",
        balance_nanos: 22_500_000_000,
        balance: "22.50",
        created_at: "2026-11-27T08:00:00.000Z",
      },
      errors: ["bad_json", "invalid_parameter", "resource_not_found", "conflict"],
    }),
    ...orders(),
    ...widgets(),
  ];
}

function orders(): readonly EndpointDoc[] {
  return [
    told({
      path: "/api/orders",
      title: text("Payments", "付款记录"),
      summary: text("Lists the payments of the account, the latest first.", "列出账户的付款记录，最新在前。"),
      when: text("Only with a key that manages its account.", "仅限可管理账户的密钥。"),
      parameters: PAGED,
      sample: { data: [ORDER], next_cursor: null },
    }),
    told({
      path: "/api/orders/{id}",
      title: text("A payment", "单笔付款"),
      summary: text("Returns one payment.", "返回单笔付款。"),
      when: text("Only with a key that manages its account.", "仅限可管理账户的密钥。"),
      parameters: [ROW_ID],
      request: { path: `/api/orders/${ORDER_ID}` },
      sample: ORDER,
      errors: ["resource_not_found"],
    }),
  ];
}

/** What clients that show a balance already call. */
function widgets(): readonly EndpointDoc[] {
  const bothMounts: readonly Mount[] = ["", "/v1"];
  return [
    told({
      path: "/api/usage/token",
      title: text("Balance of a key", "密钥余额"),
      summary: text(
        "What the key may spend and has spent, in units of which 500,000 are one of the currency.",
        "密钥的可用与已用额度，500,000 单位等于 1 个货币单位。",
      ),
      when: text("For widgets of CC Switch and others.", "供 CC Switch 等客户端显示余额。"),
      sample: {
        code: true,
        message: "ok",
        data: {
          name: "my program",
          total_granted: 6_250_000,
          total_used: 250_000,
          total_available: 6_000_000,
          unlimited_quota: false,
          expires_at: 0,
        },
      },
    }),
    told({
      path: "/dashboard/billing/subscription",
      surfaces: bothMounts,
      title: text("Limit", "额度上限"),
      summary: text("What may be spent in all, spent or not, in the currency.", "总额度（含已用），以货币单位表示。"),
      when: text("For clients that ask OpenAI's former paths.", "供使用 OpenAI 旧接口的客户端。"),
      sample: { object: "billing_subscription", hard_limit_usd: 12.5, soft_limit_usd: 12.5, access_until: 0 },
    }),
    told({
      path: "/dashboard/billing/usage",
      surfaces: bothMounts,
      title: text("Spent", "已用金额"),
      summary: text("What was spent, in hundredths of the currency.", "已用金额，以货币单位的百分之一表示。"),
      when: text("Between two days, or ever.", "可指定起止日期，默认为全部。"),
      parameters: [
        parameter("query", ["start_date", "date", "The first day.", "起始日期。"]),
        parameter("query", ["end_date", "date", "The last day.", "结束日期。"]),
      ],
      sample: { object: "list", total_usage: 50 },
    }),
  ];
}
