import { FAULTS, Fault, type FaultName } from "../../../core/fault.ts";
import { KEPT_MS } from "../../../access/retries/kept-answers-port.ts";
import { MAX_KEPT_LENGTH } from "../../../access/retries/answer-recorder.ts";
import { WAIT_MS } from "../../../relay/relay-once.ts";
import { anthropicDialect } from "../../../wire/anthropic/dialect.ts";
import { geminiDialect } from "../../../wire/gemini/dialect.ts";
import { midjourneyDialect } from "../../../wire/midjourney/dialect.ts";
import { klingDialect } from "../../../wire/kling/dialect.ts";
import { LEGACY_RATE_LIMIT, openaiDialect } from "../../../wire/openai/dialect.ts";
import type { Dialect } from "../../../wire/types.ts";
import { xleiDialect } from "../../../wire/xlei/dialect.ts";
import { sizeOf, timeOf } from "../amounts.ts";
import { code, h2, list, p, table, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import { faultTable } from "../fault-table.ts";
import type { Block, DocPage } from "../types.ts";
import { publishedTables } from "./published-errors.ts";

export const ERRORS_GUIDE: DocPage = {
  path: "/docs/errors",
  title: text("Errors", "错误"),
  summary: text(
    "Every error with its cause and what to do; the body in each format; retries.",
    "全部错误的原因与处理办法、各格式的错误体、重试。",
  ),
  group: "errors",
  changed: "2026-11-27",
  blocks: errors,
};

const NAMES = Object.keys(FAULTS) as FaultName[];

function errors({ settings }: Facts): readonly Block[] {
  const [kept, wait] = [timeOf(KEPT_MS), timeOf(WAIT_MS)];
  return [
    h2("table", "All errors", "错误一览"),
    faultTable(text("All errors", "错误一览"), NAMES, true),
    p(
      `The column “Code” is \`code\` of the body on \`/v1\` and \`/xlei/v1\`. An error 429 also has \`error.legacy_code\` ${LEGACY_RATE_LIMIT}; for a key or a site that asks for it, \`code\` is ${LEGACY_RATE_LIMIT}, too. On \`/xlei/v1\` an unknown model is 400.`,
      `“错误码”一列是 \`/v1\` 与 \`/xlei/v1\` 错误体中的 \`code\`。429 错误另有 \`error.legacy_code\` ${LEGACY_RATE_LIMIT}；若密钥或站点设为旧版，\`code\` 也为 ${LEGACY_RATE_LIMIT}。\`/xlei/v1\` 上未知模型返回 400。`,
    ),
    ...(settings.XLEI_ERROR_DIALECT === "legacy"
      ? [p(`This site uses ${LEGACY_RATE_LIMIT}.`, `本站使用 ${LEGACY_RATE_LIMIT}。`)]
      : []),
    h2("bodies", "The body in each format", "各格式的错误体"),
    p(
      "A client gets errors in the format of its surface. `x-request-id` is on every answer, on `/v1/messages` also as `request-id`: tell it to the operator.",
      "错误体的格式由请求路径决定。每个响应都有 `x-request-id`，`/v1/messages` 另有 `request-id`，反馈问题时请提供。",
    ),
    body("/v1", openaiDialect, "en"),
    body("/xlei/v1", xleiDialect, "zh"),
    body("/v1/messages", anthropicDialect, "en"),
    body("/v1beta", geminiDialect, "en"),
    body("/kling/v1", klingDialect, "en"),
    body("/mj", midjourneyDialect, "en"),
    h2("retry", "What to retry", "哪些可以重试"),
    list(
      text(
        "429, 503, and 409 if it has `Retry-After`: after `Retry-After` seconds, or `retry-after-ms`.",
        "429、503，以及带有 `Retry-After` 的 409：等待 `Retry-After` 秒（或 `retry-after-ms` 毫秒）。",
      ),
      text("408, 500, 502 and 504: at once, at most twice.", "408、500、502、504：立即重试，最多两次。"),
      text(
        "402 and 403 are final; they carry `x-should-retry: false`, so that SDKs do not loop.",
        "402 与 403 不应重试，带有 `x-should-retry: false`，SDK 不会反复请求。",
      ),
      text("all others: correct the request first.", "其他错误：请先修正请求。"),
    ),
    p(
      "The gateway has already tried other upstreams where that could help. OpenAI's and Anthropic's SDKs retry twice by themselves.",
      "网关在可行时已尝试过其他上游。OpenAI 与 Anthropic 的 SDK 默认自动重试两次。",
    ),
    h2("retries", "Retries that are charged once", "重试只计费一次"),
    p(
      `Send the same \`Idempotency-Key\` with the request and with its retry. The model is asked once, you pay once, and every retry within ${kept.en} gets the same answer, also as a stream, with the headers \`idempotent-replayed: true\` and \`x-gateway-first-request\`. A request that failed is made anew.`,
      `原请求与重试使用相同的 \`Idempotency-Key\`：只请求模型一次、只收费一次，${kept.zh}内的重试得到相同的响应（流式也可以），并带有 \`idempotent-replayed: true\` 与 \`x-gateway-first-request\`。失败的请求会重新执行。`,
    ),
    table(
      text("Refused retries", "被拒绝的重试"),
      [text("HTTP", "HTTP"), text("Cause", "原因")],
      [
        ["409", text(`the first request still runs after ${wait.en}`, `${wait.zh}后首个请求仍在进行`)],
        [
          "409",
          text(
            `the answer was longer than ${sizeOf(MAX_KEPT_LENGTH)} and was not kept`,
            `响应超过 ${sizeOf(MAX_KEPT_LENGTH)}，未保存`,
          ),
        ],
        ["400", text("the name was used with another body or path", "该名称已用于其他请求体或路径")],
      ],
    ),
    ...publishedTables(),
  ];
}

/** The same failure, as each format tells it. */
function body(path: string, dialect: Dialect, language: "en" | "zh"): Block {
  const fault = new Fault("insufficient_balance");
  const shown = dialect.body(fault, language, { legacyCodes: false, requestId: "req_0199f2a1" });
  return code(`${dialect.status(fault)} ${path}`, "json", JSON.stringify(shown, undefined, 2));
}
