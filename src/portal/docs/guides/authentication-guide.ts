import { KEY_HEADERS } from "../../../access/key-places.ts";
import { FAULTS } from "../../../core/fault.ts";
import { causeOf, REMEDIES } from "../remedies.ts";
import { code, h2, list, note, p, steps, table, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import { snippetOf } from "../snippets/snippet.ts";
import type { Block, DocPage, KeyHeader, SampleRequest } from "../types.ts";

export const AUTHENTICATION: DocPage = {
  path: "/docs/authentication",
  title: text("Authentication", "鉴权"),
  summary: text(
    "Where the key goes, what it may do, and what a refusal means.",
    "密钥放在哪里、有哪些权限，以及被拒绝的含义。",
  ),
  group: "start",
  changed: "2026-11-28",
  blocks: authentication,
};

const REFUSALS = ["missing_key", "invalid_key", "account_disabled", "key_scope_denied"] as const;

/** As people write them. */
const SPELLINGS: Readonly<Record<string, string>> = {
  "x-api-key": "X-API-Key: sk-…",
  authorization: "Authorization: Bearer sk-…",
};

function authentication({ origin }: Facts): readonly Block[] {
  const headers = KEY_HEADERS.flatMap((place) => ("header" in place ? [place.header] : []));
  const request = (key: KeyHeader): SampleRequest => ({ method: "GET", path: "/v1/models", key });
  return [
    h2("headers", "Where the key goes", "密钥的位置"),
    p(
      "Send the key in one of these headers. If a request has several, the first in this order counts.",
      "把密钥放在以下任一请求头中；同时出现多个时，按此顺序取第一个。",
    ),
    steps(...headers.map((header) => `\`${SPELLINGS[header] ?? `${header}: sk-…`}\``)),
    p(
      "Any of them takes the key with or without `Bearer`. `/v1beta` also takes it in the address, as `?key=`; addresses end up in logs, so use a header where you can. `/mj` takes it in `mj-api-secret` first.",
      "以上请求头带不带 `Bearer` 均可。`/v1beta` 还支持 `?key=`；地址容易留在日志里，请优先使用请求头。`/mj` 优先读取 `mj-api-secret`。",
    ),
    code("X-API-Key", "sh", snippetOf("shell", request("x-api-key"), origin).text),
    code("Authorization", "sh", snippetOf("shell", request("authorization"), origin).text),
    h2("scopes", "What a key may do", "密钥权限"),
    p("Set these when you [make a key](/app/keys/new), or later:", "[创建密钥](/app/keys/new)时或之后可以设置："),
    list(
      text("models: the names that it may use", "模型：可以使用的模型名称"),
      text("addresses: where requests may come from", "IP 白名单：请求来源地址"),
      text("amounts: at most so much a day, a month, or ever", "额度：每日、每月或总计的上限"),
      text("requests a minute", "每分钟请求数"),
      text("a last day", "有效期"),
      text(
        "whether it may see the whole account; other keys see what they did themselves",
        "是否可查看整个账户；其他密钥只能查看自己的记录",
      ),
    ),
    p(
      "A key may also belong to a group. Some upstreams serve certain groups only.",
      "密钥还可以属于某个分组，部分上游只服务特定分组。",
    ),
    h2("refusals", "Refusals", "被拒绝时"),
    table(
      text("Refusals", "被拒绝时"),
      [text("HTTP", "HTTP"), text("Code", "错误码"), text("Cause", "原因"), text("What to do", "处理办法")],
      REFUSALS.map((name) => {
        const { status, number } = FAULTS[name];
        return [String(status), String(number), causeOf(name), REMEDIES[name].text];
      }),
    ),
    p(
      "2001 means that nobody knows who asks: the key is missing, wrong, disabled or past its last day, or the account is disabled. 2005 means that the key is good, but may not do this.",
      "2001 表示无法确认身份：密钥缺失、错误、已禁用或已过期，或账户被禁用。2005 表示密钥有效，但没有该权限。",
    ),
    h2("safety", "Keep the key to yourself", "保护密钥"),
    note(
      "Do not put a key into an app or a web page that others load: whoever has the key spends your balance. Call the gateway from your own server, or give each program a key with a small quota.",
      "不要把密钥放进他人可以下载的应用或网页：拿到密钥的人会消耗您的余额。请从自己的服务器调用，或为每个程序创建小额度的密钥。",
    ),
    p(
      "A key is shown once. If it is lost or known to others, delete it and make another. A disabled key is refused everywhere within a minute.",
      "密钥只显示一次。丢失或泄露时请删除并重建；禁用的密钥会在一分钟内全部失效。",
    ),
  ];
}
