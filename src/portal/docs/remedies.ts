/** What to do about each fault, and whether to ask again. A fault without a row is a type error. */
import { FAULTS, type FaultName } from "../../core/fault.ts";
import type { Text } from "../../core/language.ts";

interface Remedy {
  /** `wait` = after `Retry-After`; `again` = at once, at most twice; `no` = the same request fails again. */
  readonly retry: "no" | "again" | "wait";
  readonly text: Text;
}

const say = (retry: Remedy["retry"], en: string, zh: string): Remedy => ({ retry, text: { en, zh } });

export const REMEDIES = {
  bad_json: say(
    "no",
    "Send one valid JSON object; name no member twice.",
    "请发送一个有效的 JSON 对象，成员名不要重复。",
  ),
  invalid_parameter: say(
    "no",
    "`param` names the field; correct its value.",
    "`param` 指出了出错的字段，请修正它的值。",
  ),
  missing_input: say("no", "Send `messages`, or `prompt`.", "请提供 `messages` 或 `prompt`。"),
  model_not_found: say(
    "no",
    "Use a name of `GET /v1/models`, or `auto`.",
    "请使用 `GET /v1/models` 列出的名称，或填 `auto`。",
  ),
  model_endpoint_mismatch: say(
    "no",
    "Choose a model that serves this endpoint, or the endpoint that fits the model.",
    "请换用支持该接口的模型，或换用该模型对应的接口。",
  ),
  unsupported_feature: say(
    "no",
    "Leave out the field that `param` names, or choose another model.",
    "请去掉 `param` 指出的字段，或换用其他模型。",
  ),
  context_length_exceeded: say(
    "no",
    "Shorten the prompt, or choose a model with a longer context.",
    "请缩短输入，或换用上下文更长的模型。",
  ),
  content_policy: say("no", "Change the content.", "请修改内容。"),
  missing_key: say(
    "no",
    "Send the key; see [authentication](/docs/authentication).",
    "请带上密钥，见[鉴权](/docs/authentication)。",
  ),
  invalid_key: say("no", "Check the key, or make a new one.", "请检查密钥，或新建一个。"),
  account_disabled: say("no", "Ask the operator.", "请联系站点运营者。"),
  insufficient_balance: say("no", "Top up, or send a smaller `max_tokens`.", "请充值，或调小 `max_tokens`。"),
  key_quota_exhausted: say(
    "no",
    "Raise the quota of the key, or use another key.",
    "请提高该密钥的额度，或换用其他密钥。",
  ),
  daily_limit_reached: say(
    "no",
    "Wait for the next day, or let the plan go on from the balance.",
    "请等到次日，或允许套餐用完后从余额扣费。",
  ),
  tier_not_allowed: say(
    "no",
    "Choose another model, or a plan that includes it.",
    "请换用其他模型，或购买包含它的套餐。",
  ),
  key_scope_denied: say(
    "no",
    "Use a key that may do this; see [key scopes](/docs/authentication#scopes).",
    "请使用有此权限的密钥，见[密钥权限](/docs/authentication#scopes)。",
  ),
  route_not_found: say(
    "no",
    "Correct the path; see the [endpoints](/docs#map-endpoints). The message may name the likely one.",
    "请修正路径，见[接口列表](/docs#map-endpoints)；错误信息可能会给出最接近的路径。",
  ),
  resource_not_found: say(
    "no",
    "Check the id; only the account that made it can see it.",
    "请检查 id，仅创建它的账户可见。",
  ),
  not_ready: say(
    "no",
    "Ask for the task until its status is `completed`; then its result is there.",
    "请查询任务直至状态为 `completed`，然后再获取结果。",
  ),
  method_not_allowed: say("no", "Use a method of the header `Allow`.", "请使用响应头 `Allow` 列出的方法。"),
  previous_response_not_found: say(
    "no",
    "Send the conversation again in `input`.",
    "请在 `input` 中重新发送完整对话。",
  ),
  request_timeout: say("again", "Send the body faster.", "请加快上传请求体。"),
  conflict: say("wait", "Wait for the first request, or choose another name.", "请等待前一个请求完成，或换一个名称。"),
  body_too_large: say(
    "no",
    "Send less; see [limits](/docs/limits#sizes).",
    "请减小请求体，见[限制](/docs/limits#sizes)。",
  ),
  unsupported_media_type: say(
    "no",
    "Send `Content-Type: application/json`.",
    "请使用 `Content-Type: application/json`。",
  ),
  unprocessable: say("no", "The message says what the model refused.", "错误信息说明了模型拒绝的原因。"),
  rate_limited_key: say("wait", "Wait for `Retry-After` seconds.", "请等待 `Retry-After` 秒后重试。"),
  rate_limited_account: say("wait", "Wait for `Retry-After` seconds.", "请等待 `Retry-After` 秒后重试。"),
  rate_limited_ip: say("wait", "Wait for `Retry-After` seconds.", "请等待 `Retry-After` 秒后重试。"),
  concurrency_limited: say("wait", "Keep fewer requests open at once.", "请减少同时进行的请求。"),
  upstream_rate_limited: say(
    "wait",
    "Wait for `Retry-After` seconds, or name other models in `models`.",
    "请等待 `Retry-After` 秒后重试，或在 `models` 中填写备选模型。",
  ),
  client_closed: say(
    "no",
    "Nobody sees this answer; it stands in the log alone.",
    "客户端不会收到该响应，仅出现在日志中。",
  ),
  internal_error: say(
    "again",
    "Try again; then tell the operator the `x-request-id`.",
    "请重试；仍失败时请把 `x-request-id` 告知站点运营者。",
  ),
  not_implemented: say("no", "Leave this out.", "请不要使用该功能。"),
  upstream_error: say(
    "again",
    "Try again, or name other models in `models`.",
    "请重试，或在 `models` 中填写备选模型。",
  ),
  no_route: say(
    "wait",
    "Wait for `Retry-After` seconds, or use `auto`.",
    "请等待 `Retry-After` 秒后重试，或使用 `auto`。",
  ),
  overloaded: say(
    "wait",
    "Wait for `Retry-After` seconds, or use `auto`.",
    "请等待 `Retry-After` 秒后重试，或使用 `auto`。",
  ),
  maintenance: say("wait", "Wait; tell the operator.", "请稍候，并告知站点运营者。"),
  upstream_timeout: say("again", "Try again with `stream`, or ask for less.", "请加上 `stream` 重试，或减小输出长度。"),
} as const satisfies Record<FaultName, Remedy>;

export const RETRY_WORDS = {
  no: { en: "no", zh: "否" },
  again: { en: "yes", zh: "可以" },
  wait: { en: "after `Retry-After`", zh: "等待 `Retry-After` 后" },
} as const satisfies Record<Remedy["retry"], Text>;

/** What a fault's text says where nothing is known of the request: values are shown as `…`. */
export function causeOf(name: FaultName): Text {
  const { en, zh } = FAULTS[name].text;
  const open = (words: string) => words.replaceAll(/\{\w+\}/g, "…");
  return { en: open(en), zh: open(zh) };
}
