/** Fields and failures that all endpoints have in common that ask a model. */
import type { FaultName } from "../../../core/fault.ts";
import { AUTO } from "../../../routing/plan.ts";
import { MAX_FALLBACKS } from "../../../wire/request-members.ts";
import { bodyFields, parameter, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Mount, Parameter } from "../types.ts";

/** Where the body says whether it is a chat or a completion. */
export const XLEI: Mount = "/xlei/v1";

export const KEY: Parameter = parameter("header", [
  "X-API-Key",
  "string",
  "Your key. `Authorization: Bearer` takes it, too; see [authentication](/docs/authentication).",
  "您的密钥。也可使用 `Authorization: Bearer`，见[鉴权](/docs/authentication)。",
  { required: "yes" },
]);

export const IDEMPOTENCY: Parameter = parameter("header", [
  "Idempotency-Key",
  "string",
  "Names this request, so that a retry is answered and charged once; see [retries](/docs/errors#retries).",
  "为请求命名，重试时只应答并计费一次，见[重试](/docs/errors#retries)。",
  { range: "1–255" },
]);

const SESSION: Parameter = parameter("header", [
  "x-session-id",
  "string",
  "Requests of one session go to the same upstream while it works well.",
  "同一会话的请求会尽量发往同一上游。",
]);

export const MODEL_HEADERS: readonly Parameter[] = [KEY, IDEMPOTENCY, SESSION];

/** The choice of models, on every wire. @param free the mount that takes a request without a model on every site */
export function choiceFields({ settings }: Facts, free?: Mount): readonly Parameter[] {
  return bodyFields(
    [
      "model",
      "string",
      "A name of `GET /v1/models`, or `auto`, `auto:fast`, `auto:cheap`; see [choosing a model](/docs/auto).",
      "`GET /v1/models` 列出的名称，或 `auto`、`auto:fast`、`auto:cheap`，见[模型选择](/docs/auto)。",
      settings.REQUIRE_MODEL ? demanded(free) : { default: AUTO },
    ],
    [
      "models",
      "string[]",
      "Other models, for when the first cannot serve.",
      "备选模型，前一个无法服务时依次使用。",
      { range: `≤ ${MAX_FALLBACKS}` },
    ],
    [
      "provider",
      "object",
      "Which upstreams may serve; see [choosing upstreams](/docs/auto#provider).",
      "指定可用的上游，见[选择上游](/docs/auto#provider)。",
    ],
  );
}

function demanded(free: Mount | undefined): Partial<Parameter> {
  return {
    required: "yes",
    ...(free === undefined
      ? {}
      : { optionalAt: free, default: text(`${AUTO}, on ${free} only`, `${AUTO}，仅限 ${free}`) }),
  };
}

/** What may happen to every request with a key. */
export const KEY_ERRORS: readonly FaultName[] = [
  "missing_key",
  "invalid_key",
  "account_disabled",
  "key_scope_denied",
  "rate_limited_key",
];

/** What may happen to every request to a model. */
export const MODEL_ERRORS: readonly FaultName[] = [
  "bad_json",
  "invalid_parameter",
  "model_not_found",
  "model_endpoint_mismatch",
  "unsupported_feature",
  "context_length_exceeded",
  "content_policy",
  ...KEY_ERRORS,
  "insufficient_balance",
  "key_quota_exhausted",
  "daily_limit_reached",
  "tier_not_allowed",
  "body_too_large",
  "upstream_rate_limited",
  "upstream_error",
  "no_route",
  "upstream_timeout",
];

export const CHARGED = text(
  "The tokens that the model reports, at its [price](/pricing). A request that fails before any output costs nothing; see [billing](/docs/billing).",
  "按模型返回的 token 用量和[价格](/pricing)计费；没有产生任何输出的失败请求不收费，见[计费](/docs/billing)。",
);

export const FREE = text("Nothing.", "不收费。");
