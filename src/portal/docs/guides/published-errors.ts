/** The error tables that earlier descriptions of these products have published, each row with what answers it here. */
import { FAULTS, type FaultName } from "../../../core/fault.ts";
import { h2, p, table, text } from "../blocks.ts";
import type { Block } from "../types.ts";
import type { Text } from "../../../core/language.ts";

interface Published {
  readonly id: string;
  readonly product: string;
  readonly note?: Text;
  /** The code as published, what it means there, and the faults that stand for it. */
  readonly rows: readonly (readonly [code: string, meaning: Text, faults: readonly FaultName[]])[];
}

const PUBLISHED: readonly Published[] = [
  {
    id: "xlei",
    product: "Xlei",
    rows: [
      ["400 · 1001", text("neither messages nor prompt", "没有 messages 和 prompt"), ["missing_input"]],
      ["400 · 1002", text("unknown model", "未知模型"), ["model_not_found"]],
      ["400 · 1003", text("the model does not fit the endpoint", "模型类型与接口不匹配"), ["model_endpoint_mismatch"]],
      [
        "401 · 2001",
        text("key missing or wrong, or account disabled", "密钥缺失、无效或账户被禁用"),
        ["missing_key", "invalid_key", "account_disabled"],
      ],
      ["402 · 2002", text("balance too low", "余额不足"), ["insufficient_balance", "key_quota_exhausted"]],
      ["402 · 2003", text("daily limit reached", "达到每日限额"), ["daily_limit_reached"]],
      ["403 · 2003", text("the plan does not include the model", "套餐不包含该模型"), ["tier_not_allowed"]],
      ["429 · 429", text("too many requests", "请求过于频繁"), ["rate_limited_key", "rate_limited_ip"]],
      ["503 · 4001", text("no upstream available", "没有可用的上游"), ["no_route"]],
      ["500 · 5000", text("internal error", "内部错误"), ["internal_error"]],
    ],
  },
  {
    id: "tokengateway",
    product: "TokenGateway",
    rows: [
      ["400 · 1001", text("neither messages nor prompt", "没有 messages 和 prompt"), ["missing_input"]],
      ["400 · 1002", text("malformed request", "请求格式错误"), ["bad_json", "invalid_parameter"]],
      ["400 · 1003", text("model type mismatch", "模型类型不匹配"), ["model_endpoint_mismatch"]],
      ["401 · 2001", text("key wrong or disabled", "密钥无效或已禁用"), ["invalid_key"]],
      ["402 · 2002", text("balance too low", "余额不足"), ["insufficient_balance"]],
      ["402 · 2003", text("daily limit reached", "达到每日限额"), ["daily_limit_reached"]],
      ["429 · 2004", text("too many requests", "请求过于频繁"), ["rate_limited_key", "rate_limited_ip"]],
      ["503 · 4001", text("no upstream available", "没有可用的上游"), ["no_route"]],
      ["500 · 5000", text("internal error", "内部错误"), ["internal_error"]],
    ],
  },
  {
    id: "xidao",
    product: "xidao",
    rows: [
      ["400 invalid_request_error", text("wrong parameter", "参数错误"), ["invalid_parameter"]],
      ["401 authentication_error", text("wrong key", "密钥无效"), ["invalid_key"]],
      ["402 insufficient_quota", text("balance too low", "余额不足"), ["insufficient_balance"]],
      ["404 not_found", text("unknown model", "模型不存在"), ["model_not_found"]],
      ["429 rate_limit_exceeded", text("too many requests", "请求过于频繁"), ["rate_limited_key", "rate_limited_ip"]],
      ["500 server_error", text("internal error", "内部错误"), ["internal_error"]],
    ],
  },
  {
    id: "relay",
    product: "relay",
    note: text(
      "The body published there has `error.message` and `error.type` alone; here it has more fields.",
      "该文档的错误体只有 `error.message` 与 `error.type`，本网关返回更多字段。",
    ),
    rows: [
      ["400", text("wrong request", "请求错误"), ["invalid_parameter"]],
      ["401 authentication_error", text("wrong key", "密钥无效"), ["invalid_key"]],
      ["402", text("balance too low", "余额不足"), ["insufficient_balance"]],
      ["429", text("too many requests", "请求过于频繁"), ["rate_limited_key", "rate_limited_ip"]],
      ["502", text("error of the upstream", "上游错误"), ["upstream_error"]],
      ["503", text("no upstream available", "没有可用的上游"), ["no_route"]],
    ],
  },
  {
    id: "xaix",
    product: "xaix",
    rows: [
      [
        "403, 503",
        text("a key of another group than the model's", "密钥分组与模型不符"),
        ["key_scope_denied", "no_route"],
      ],
    ],
  },
];

export function publishedTables(): readonly Block[] {
  return [
    h2("published", "Other descriptions of these errors", "与各产品文档的对照"),
    p(
      "Clients written for these products meet the same statuses and codes here.",
      "为以下产品编写的客户端，在本网关会遇到相同的状态码与错误码。",
    ),
    ...PUBLISHED.flatMap(({ id, product, note, rows }): Block[] => [
      { kind: "heading", level: 3, id: `published-${id}`, text: product },
      ...(note === undefined ? [] : [{ kind: "text", text: note } as const]),
      table(
        text(`Errors of ${product}`, `${product} 的错误`),
        [text("Published", "文档所列"), text("Meaning", "含义"), text("Here", "本网关")],
        rows.map(([published, meaning, faults]) => [published, meaning, faults.map(linkTo).join(", ")]),
      ),
    ]),
  ];
}

function linkTo(name: FaultName): string {
  return `[${FAULTS[name].code ?? name}](#${name})`;
}
