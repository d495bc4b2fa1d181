import { answerFields, h2, list, parameter, text } from "../blocks.ts";
import { namedModel, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc } from "../types.ts";
import { PAGED, ROW_ID, told } from "./account-endpoint.ts";
import { ACCOUNT, CHARGE, priceOf, receiptOf, taskOf, usageOf } from "./account-samples.ts";
import { fundsEndpoints } from "./funds-endpoints.ts";
import { filmModel } from "./film-fields.ts";
import { CHARGE_ID, VIDEO_ID } from "./sample-ids.ts";

export const ACCOUNT_DOCS: DocPage = {
  path: "/docs/api/account",
  title: text("Account", "账户 Account"),
  summary: text(
    "Balance, usage, charges and their receipts, prices, redeem codes, balance widgets.",
    "余额、用量、扣费与明细、价格、兑换码、余额小组件。",
  ),
  group: "endpoints",
  changed: "2026-11-27",
  blocks: conventions,
  endpoints,
};

function conventions({ settings }: Facts): readonly Block[] {
  return [
    h2("conventions", "Conventions", "约定"),
    list(
      text(
        `Amounts are whole numbers of nanos (1e-9${settings.CURRENCY === undefined ? "" : ` ${settings.CURRENCY}`}) and, beside them, the same as a decimal text.`,
        `金额以 nano（1e-9${settings.CURRENCY === undefined ? "" : ` ${settings.CURRENCY}`}）为单位的整数表示，并附带十进制文本。`,
      ),
      text(
        `Times are ISO 8601 in UTC. Days are those of \`${settings.BILLING_TIMEZONE}\`.`,
        `时间为 UTC 的 ISO 8601 格式；日期按时区 \`${settings.BILLING_TIMEZONE}\` 计算。`,
      ),
      text(
        "Lists are paged by `limit` and `cursor`: the next page begins at `next_cursor`.",
        "列表以 `limit` 与 `cursor` 分页，下一页从 `next_cursor` 开始。",
      ),
      text(
        "A key that manages its account sees all of it; any other key sees what it did itself.",
        "可管理账户的密钥能查看整个账户，其他密钥只能查看自己的记录。",
      ),
    ),
  ];
}

function endpoints(facts: Facts): readonly EndpointDoc[] {
  const model = namedModel(facts);
  return [
    told({
      path: "/api/account",
      title: text("Account", "账户"),
      summary: text(
        "Balance, plan, what is left of today's allowance, and the limits of the key.",
        "余额、套餐、当日剩余额度与密钥的限制。",
      ),
      when: text("To show what may still be spent.", "用于显示剩余额度。"),
      answer: answerFields(
        ["available", "string", "What may still be spent.", "可用金额。"],
        ["balance", "string | null", "Null for a key that does not manage the account.", "密钥不能管理账户时为 null。"],
        ["plan", "object | null", "`name`, `expires_at`, `allowance`.", "`name`、`expires_at`、`allowance`。"],
        ["key", "object", "Its name, limits and quotas.", "密钥的名称、限制与额度。"],
      ),
      sample: ACCOUNT,
    }),
    told({
      path: "/api/usage",
      title: text("Usage", "用量"),
      summary: text("Requests, tokens and amounts by day, model or key.", "按日、模型或密钥汇总请求数、token 与金额。"),
      when: text("For reports of your own.", "用于自己的报表。"),
      parameters: [
        parameter("query", [
          "from",
          "date",
          "The first day.",
          "起始日期。",
          { default: text("30 days ago", "30 天前") },
        ]),
        parameter("query", ["to", "date", "The last day.", "结束日期。", { default: text("today", "今天") }]),
        parameter("query", [
          "group",
          "string",
          "`day`, `model` or `key`.",
          "`day`、`model` 或 `key`。",
          { default: "day" },
        ]),
        ...PAGED,
      ],
      request: { path: "/api/usage?group=model" },
      sample: {
        from: "2026-10-29",
        to: "2026-11-27",
        data: [usageOf(model)],
        next_cursor: null,
      },
    }),
    told({
      path: "/api/charges",
      title: text("Charges", "扣费记录"),
      summary: text("Lists what was charged, the latest first.", "列出扣费记录，最新在前。"),
      when: text("To see single requests.", "用于查看单个请求。"),
      parameters: [
        parameter("query", ["model", "string", "Those of one model.", "按模型筛选。"]),
        parameter("query", ["state", "string", "`held`, `settled` or `void`.", "`held`、`settled` 或 `void`。"]),
        ...PAGED,
      ],
      request: { path: "/api/charges?limit=1" },
      sample: { data: [{ ...CHARGE, model }], next_cursor: null },
    }),
    told({
      path: "/api/charges/{id}",
      title: text("Receipt", "账单明细"),
      summary: text("The receipt of one charge, line by line.", "返回单笔扣费的逐行明细。"),
      when: text(
        "To recompute what a request cost. The id may be the `x-request-id` of the request.",
        "用于核对请求费用，id 可用请求的 `x-request-id`。",
      ),
      parameters: [ROW_ID],
      request: { path: `/api/charges/${CHARGE_ID}` },
      answer: answerFields(
        [
          "lines[]",
          "object",
          "`class`, `count`, the price `unit` for `per` of them, and their product in nanos.",
          "`class`、`count`、每 `per` 个的单价 `unit`，以及以 nano 计的乘积。",
        ],
        ["ratio_ppm", "integer", "The ratio of the key's group in millionths.", "密钥分组的倍率（百万分之一）。"],
        [
          "sum",
          "string",
          "The lines' sum times the ratio; `amount` is `sum` less `written_off`.",
          "各行之和乘以倍率；`amount` 为 `sum` 减去 `written_off`。",
        ],
      ),
      sample: receiptOf(model),
      errors: ["resource_not_found"],
    }),
    ...tasks(facts),
    told({
      path: "/api/prices",
      title: text("Prices", "价格"),
      summary: text("The prices of now, and the ratio of the key's group.", "当前价格与密钥分组的倍率。"),
      when: text(
        "To estimate a cost. [Prices](/pricing) shows them to people.",
        "用于估算费用，[价格](/pricing)页供浏览。",
      ),
      parameters: PAGED,
      sample: { data: [priceOf(model)], next_cursor: null },
    }),
    ...fundsEndpoints(),
    told({
      path: "/api/openapi.json",
      title: text("Description of this API", "接口描述"),
      summary: text("This API as an OpenAPI document.", "以 OpenAPI 文档描述本接口。"),
      when: text("To make a client. It needs no key.", "用于生成客户端，无需密钥。"),
      request: { key: "none" },
      sample: { openapi: "3.1.0", paths: {} },
    }),
  ];
}

function tasks(facts: Facts): readonly EndpointDoc[] {
  const task = taskOf(filmModel(facts).served, facts.origin);
  return [
    told({
      path: "/api/tasks",
      title: text("Tasks", "任务"),
      summary: text("Lists videos that were asked for, the latest first.", "列出提交的视频任务，最新在前。"),
      when: text(
        "To see how all of them are doing, and what they cost. [Videos](/docs/api/videos) makes them.",
        "用于查看全部任务的进度与费用，提交见[视频](/docs/api/videos)。",
      ),
      parameters: [
        parameter("query", ["operation", "string", "Of one kind: `video`.", "按类型筛选：`video`。"]),
        parameter("query", [
          "state",
          "string",
          "`queued`, `running`, `succeeded` or `failed`.",
          "`queued`、`running`、`succeeded` 或 `failed`。",
        ]),
        ...PAGED,
      ],
      request: { path: "/api/tasks?limit=1" },
      sample: { data: [task], next_cursor: null },
      errors: ["invalid_parameter"],
    }),
    told({
      path: "/api/tasks/{id}",
      title: text("A task", "单个任务"),
      summary: text("How one task is doing, what came of it, and its charge.", "返回单个任务的进度、结果与扣费。"),
      when: text(
        "`charge_id` leads to the receipt; `urls` open without a key.",
        "`charge_id` 对应账单明细，`urls` 无需密钥即可打开。",
      ),
      parameters: [ROW_ID],
      request: { path: `/api/tasks/${VIDEO_ID}` },
      answer: answerFields(
        ["state", "string", "As in the list.", "与列表相同。"],
        ["progress", "integer", "Of 100.", "进度，最大 100。"],
        ["seconds", "number | null", "The length of the film.", "视频秒数。"],
        ["amount", "string", "0 until the charge is settled.", "结算前为 0。"],
        [
          "results_expire_at",
          "string | null",
          "Until when what was made can be had; null = it is not known.",
          "结果可获取的截止时间，未知时为 null。",
        ],
        ["expires_at", "string", "When the task is forgotten.", "任务记录的清除时间。"],
      ),
      sample: task,
      errors: ["resource_not_found"],
    }),
  ];
}
