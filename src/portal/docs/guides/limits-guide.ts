import { NETWORK_MULTIPLE } from "../../../access/limits/address.ts";
import { LIMIT_HEADERS } from "../../../access/limits/headers.ts";
import { MAX_JSON_VALUES } from "../../../core/json-values.ts";
import { MAX_JSON_DEPTH } from "../../../core/json.ts";
import { MAX_CHOICES } from "../../../wire/request-members.ts";
import { sizeOf, timeOf } from "../amounts.ts";
import { h2, list, p, table, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Block, DocPage } from "../types.ts";

export const LIMITS_GUIDE: DocPage = {
  path: "/docs/limits",
  title: text("Limits", "限制"),
  summary: text("Rate limits, amounts a day, sizes and times.", "限流、每日额度、大小与时间限制。"),
  group: "start",
  changed: "2026-11-27",
  blocks: limits,
};

function limits({ settings }: Facts): readonly Block[] {
  const {
    KEY_REQUESTS_PER_MINUTE: key,
    IP_REQUESTS_PER_MINUTE: address,
    ACCOUNT_REQUESTS_PER_MINUTE: account,
  } = settings;
  const [limit, remaining, reset] = LIMIT_HEADERS;
  return [
    h2("requests", "Requests a minute", "每分钟请求数"),
    table(
      text("Requests a minute", "每分钟请求数"),
      [text("Of", "对象"), text("At most", "上限")],
      [
        [text("a key, unless it has a limit of its own", "每个密钥（密钥可单独设置）"), String(key)],
        [text("an address (IPv6: a /64 network)", "每个 IP（IPv6 按 /64 网段）"), String(address)],
        [text("an IPv6 /48 network", "IPv6 /48 网段"), String(address * NETWORK_MULTIPLE)],
        ...(account === undefined
          ? []
          : [[text("all keys of an account together", "账户的全部密钥合计"), String(account)] as const]),
        [
          text("requests of an account that are open at once", "账户同时进行的请求"),
          String(settings.MAX_OPEN_REQUESTS),
        ],
      ],
    ),
    p(
      "Limits are checked before the body is read. A request with a wrong key counts against its address.",
      "限制在读取请求体之前检查；密钥错误的请求计入其 IP。",
    ),
    p(
      "Over a limit the answer is 429 with `Retry-After` (1 to 60 seconds) and `retry-after-ms`. It costs nothing and reaches no model. OpenAI's and Anthropic's SDKs wait and try again by themselves.",
      "超出限制时返回 429，带有 `Retry-After`（1 至 60 秒）与 `retry-after-ms`，不收费，也不会到达模型。OpenAI 与 Anthropic 的 SDK 会自动等待并重试。",
    ),
    table(
      text("Headers", "响应头"),
      [text("Header", "响应头"), text("Example", "示例"), text("Meaning", "含义")],
      [
        [`\`${limit}\``, String(key), text("requests allowed a minute", "每分钟允许的请求数")],
        [`\`${remaining}\``, String(key - 1), text("requests that may still be made now", "当前剩余请求数")],
        [
          `\`${reset}\``,
          "12s",
          text(
            "when the window ends; on a refusal: when the next request may succeed",
            "窗口结束的时间；被拒绝时为可再次请求的时间",
          ),
        ],
      ],
    ),
    h2("amounts", "Amounts", "额度"),
    list(
      text(
        `A plan may have a daily allowance, of money or requests. Days begin in the time zone \`${settings.BILLING_TIMEZONE}\`. What is over goes to the balance if you allow that, else the answer is 402 with the code 2003.`,
        `套餐可设每日额度（金额或请求数），按时区 \`${settings.BILLING_TIMEZONE}\` 计算。超出部分可从余额扣费（需开启），否则返回 402，错误码 2003。`,
      ),
      text(
        "A key may have a quota a day, a month, or ever. When it is used up, the answer is 402 with the code 2002.",
        "密钥可设每日、每月或总额度，用完返回 402，错误码 2002。",
      ),
      text(
        "Where little is left, a request without a cap on its output gets one that the balance can pay; `x-gateway-warnings` names it.",
        "余额不足以支付最长输出时，未设上限的请求会自动加上可负担的上限，并在 `x-gateway-warnings` 中注明。",
      ),
    ),
    h2("sizes", "Sizes", "大小"),
    table(
      text("Sizes", "大小"),
      [text("What", "项目"), text("At most", "上限")],
      [
        [
          text("request body, after `gzip` or `deflate`", "请求体（`gzip`、`deflate` 解压后）"),
          sizeOf(settings.MAX_BODY_BYTES),
        ],
        [text("form with files", "含文件的表单"), sizeOf(settings.MAX_UPLOAD_BYTES)],
        [text("levels of nested JSON", "JSON 嵌套层数"), String(MAX_JSON_DEPTH)],
        [text("values in the JSON", "JSON 中的值"), String(MAX_JSON_VALUES)],
        [text("answers to one request (`n`)", "一次请求的答案数（`n`）"), String(MAX_CHOICES)],
        ...(settings.STATE_DAYS === 0
          ? []
          : [
              [
                text("kept responses and conversations of an account", "账户保存的响应与会话"),
                sizeOf(settings.STATE_BYTES_PER_ACCOUNT),
              ] as const,
            ]),
      ],
    ),
    h2("times", "Times", "时间"),
    table(
      text("Times", "时间"),
      [text("What", "项目"), text("At most", "上限")],
      [
        [text("until an upstream shows life (stream)", "上游开始响应（流式）"), timeOf(settings.FIRST_EVENT_MS)],
        [text("until the first output (stream)", "首个输出（流式）"), timeOf(settings.FIRST_OUTPUT_MS)],
        [text("between two events (stream)", "两个事件之间（流式）"), timeOf(settings.IDLE_MS)],
        [text("a whole answer", "非流式响应"), timeOf(settings.ANSWER_MS)],
        [text("one request in all", "整个请求"), timeOf(settings.TOTAL_MS)],
      ],
    ),
    p(
      "An upstream that is late is left for another; a model may have times of its own. Long answers arrive safely as a stream.",
      "上游超时会换用其他上游；部分模型有单独的时限。较长的回答建议使用流式。",
    ),
  ];
}
