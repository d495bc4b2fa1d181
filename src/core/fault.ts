import type { Language, Text } from "./language.ts";
import type { Usage } from "./units.ts";

/** OpenAI's `error.type` for each HTTP status. */
const TYPES = {
  400: "invalid_request_error",
  401: "authentication_error",
  402: "insufficient_quota",
  403: "permission_error",
  404: "not_found",
  405: "invalid_request_error",
  408: "invalid_request_error",
  409: "conflict_error",
  413: "invalid_request_error",
  415: "invalid_request_error",
  429: "rate_limit_exceeded",
  499: "client_closed",
  500: "server_error",
  501: "invalid_request_error",
  502: "upstream_error",
  503: "service_unavailable",
  504: "upstream_error",
} as const;

/**
 * Every way a request can fail, declared once: HTTP status, code of the Xlei surface, OpenAI's code, text. `{name}` in a
 * text is replaced by the fault's value of that name. Clients see the text, so it names no upstream, key or host; what
 * only the operator may know goes into `reason`.
 */
export const FAULTS = {
  bad_json: fault(400, 1002, "invalid_json", {
    en: "The request body is not valid JSON.",
    zh: "请求体不是有效的 JSON。",
  }),
  invalid_parameter: fault(400, 1002, "invalid_value", {
    en: "Invalid value for '{param}'.",
    zh: "参数 '{param}' 的值无效。",
  }),
  missing_input: fault(400, 1001, "missing_required_parameter", {
    en: "The request has neither 'messages' nor 'prompt'. Send 'messages' (chat) or 'prompt' (completion).",
    zh: "请求中既没有 'messages' 也没有 'prompt',请提供其中之一。",
  }),
  model_not_found: fault(404, 1002, "model_not_found", {
    en: "The model '{model}' does not exist. GET /v1/models lists the models you may use.",
    zh: "模型 '{model}' 不存在,可通过 GET /v1/models 查看可用模型。",
  }),
  model_endpoint_mismatch: fault(400, 1003, "model_not_supported", {
    en: "The model '{model}' cannot be used here: it does not serve this kind of request.",
    zh: "模型 '{model}' 的类型与该接口不匹配。",
  }),
  unsupported_feature: fault(400, 1002, "unsupported_parameter", {
    en: "'{param}' is not supported for this model.",
    zh: "该模型不支持参数 '{param}'。",
  }),
  context_length_exceeded: fault(400, 1007, "context_length_exceeded", {
    en: "The prompt is too long for the model's context window.",
    zh: "输入内容超出模型的上下文长度。",
  }),
  content_policy: fault(400, 1008, "content_policy_violation", {
    en: "The request was refused by a content policy.",
    zh: "请求因内容政策被拒绝。",
  }),
  missing_key: fault(401, 2001, "missing_api_key", {
    en: "No API key given. Send it as 'Authorization: Bearer sk-…' or 'X-API-Key: sk-…'.",
    zh: "缺少 API Key,请通过 'Authorization: Bearer sk-…' 或 'X-API-Key: sk-…' 提供。",
  }),
  invalid_key: fault(401, 2001, "invalid_api_key", {
    en: "The API key is not valid: it is mistyped, unknown, disabled or expired.",
    zh: "API Key 无效:输入有误、不存在、已禁用或已过期。",
  }),
  account_disabled: fault(401, 2001, "account_deactivated", {
    en: "The account of this API key is disabled.",
    zh: "该 API Key 所属账户已被禁用。",
  }),
  insufficient_balance: fault(402, 2002, "insufficient_quota", {
    en: "The balance is too low. Please top up and try again.",
    zh: "余额不足,请充值后重试",
  }),
  key_quota_exhausted: fault(402, 2002, "key_quota_exceeded", {
    en: "The quota of this API key is used up.",
    zh: "该 API Key 的额度已用完。",
  }),
  daily_limit_reached: fault(402, 2003, "daily_limit_exceeded", {
    en: "The daily allowance of your plan is used up.",
    zh: "套餐的每日额度已用完。",
  }),
  tier_not_allowed: fault(403, 2003, "model_access_denied", {
    en: "Your plan does not include the model '{model}'.",
    zh: "当前套餐不包含模型 '{model}'。",
  }),
  key_scope_denied: fault(403, 2005, "access_denied", {
    en: "This API key may not be used here.",
    zh: "该 API Key 不允许此操作。",
  }),
  route_not_found: fault(404, 1006, "unknown_url", {
    en: "There is nothing at {method} {path}.",
    zh: "路径不存在:{method} {path}。",
  }),
  resource_not_found: fault(404, 1009, "not_found", {
    en: "The requested resource does not exist.",
    zh: "请求的资源不存在。",
  }),
  method_not_allowed: fault(405, 1006, "method_not_allowed", {
    en: "{method} is not allowed on {path}; use {allow}.",
    zh: "{path} 不支持 {method} 方法,请使用 {allow}。",
  }),
  not_ready: fault(400, 1002, "video_not_ready", {
    en: "The task is not finished.",
    zh: "任务尚未完成。",
  }),
  previous_response_not_found: fault(400, 1009, "previous_response_not_found", {
    en: "There is no such response: it was not stored, is too old, or belongs to another account.",
    zh: "该响应不存在:未保存、已过期,或属于其他账户。",
  }),
  request_timeout: fault(408, 1002, "request_timeout", {
    en: "The request body arrived too slowly.",
    zh: "请求体上传超时。",
  }),
  conflict: fault(409, 1002, "conflict", {
    en: "The request conflicts with the current state of the resource.",
    zh: "请求与资源的当前状态冲突。",
  }),
  body_too_large: fault(413, 1004, "request_too_large", {
    en: "The request body is too large.",
    zh: "请求体过大。",
  }),
  unsupported_media_type: fault(415, 1005, "unsupported_content_type", {
    en: "Send the body as 'Content-Type: application/json', plain or with 'Content-Encoding: gzip' or 'deflate'.",
    zh: "请使用 'Content-Type: application/json',可选 'Content-Encoding: gzip' 或 'deflate'。",
  }),
  unprocessable: fault(400, 1002, null, {
    en: "The model refused the request as invalid.",
    zh: "模型认为该请求无效。",
  }),
  rate_limited_key: fault(429, 429, "rate_limit_exceeded", {
    en: "Too many requests with this API key. Please slow down.",
    zh: "该 API Key 的请求过于频繁,请稍后重试。",
  }),
  rate_limited_account: fault(429, 429, "rate_limit_exceeded", {
    en: "Too many requests with the keys of this account. Please slow down.",
    zh: "该账户的请求过于频繁,请稍后重试。",
  }),
  rate_limited_ip: fault(429, 429, "rate_limit_exceeded", {
    en: "Too many requests from this address. Please slow down.",
    zh: "该 IP 的请求过于频繁,请稍后重试。",
  }),
  concurrency_limited: fault(429, 429, "concurrency_limit_exceeded", {
    en: "Too many requests at the same time. Please wait for some to finish.",
    zh: "并发请求过多,请等待部分请求完成。",
  }),
  upstream_rate_limited: fault(429, 429, "upstream_rate_limited", {
    en: "The model is receiving too many requests right now. Please try again shortly.",
    zh: "该模型当前请求过多,请稍后重试。",
  }),
  client_closed: fault(499, 4990, "client_closed", {
    en: "The client closed the request.",
    zh: "客户端已关闭请求。",
  }),
  internal_error: fault(500, 5000, "internal_error", {
    en: "Something went wrong on our side.",
    zh: "服务器内部错误。",
  }),
  not_implemented: fault(501, 1006, "not_implemented", {
    en: "This is not offered here.",
    zh: "暂不支持该功能。",
  }),
  upstream_error: fault(502, 4002, "bad_gateway", {
    en: "The model's service answered with an error. Please try again.",
    zh: "模型服务返回错误,请重试。",
  }),
  no_route: fault(503, 4001, "no_available_route", {
    en: "The model is not available right now. Please try again shortly.",
    zh: "当前没有可用的模型服务,请稍后重试。",
  }),
  overloaded: fault(503, 4001, "server_is_overloaded", {
    en: "The model's service is overloaded. Please try again shortly.",
    zh: "模型服务过载,请稍后重试。",
  }),
  maintenance: fault(503, 4001, "maintenance", {
    en: "The gateway is not ready to serve: {problem}.",
    zh: "网关暂不可用:{problem}。",
  }),
  upstream_timeout: fault(504, 4003, "upstream_timeout", {
    en: "The model's service did not answer in time. Please try again.",
    zh: "模型服务响应超时,请重试。",
  }),
} satisfies Record<string, FaultRow>;

export type FaultName = keyof typeof FAULTS;

export interface FaultRow {
  readonly status: number;
  readonly number: number;
  readonly type: string;
  readonly code: string | null;
  readonly text: Text;
}

export interface FaultOptions {
  /** Replaces the table's text. Clients see it: no secrets. */
  readonly detail?: Text;
  /** The request field at fault, as the client wrote it. */
  readonly param?: string;
  readonly values?: Readonly<Record<string, string | number>>;
  /** How long the client should wait before it tries again; sent as `Retry-After`. */
  readonly retryAfterMs?: number;
  /** Headers that belong to this failure, such as `Allow`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Why the request failed, for the log only. */
  readonly reason?: string;
  /** What the upstream reports to have used all the same: the operator pays for it. */
  readonly billed?: Usage | undefined;
  readonly cause?: unknown;
}

/** A failure with a row in {@link FAULTS}. The only error type whose text reaches a client. */
export class Fault extends Error {
  readonly kind: FaultName;
  readonly row: FaultRow;
  readonly options: FaultOptions;

  constructor(kind: FaultName, options: FaultOptions = {}) {
    super(kind, { cause: options.cause });
    this.kind = kind;
    this.row = FAULTS[kind];
    this.options = options;
  }

  /** The public message. */
  text(language: Language): string {
    const template = (this.options.detail ?? this.row.text)[language];
    const values = new Map<string, string | number>(
      Object.entries({ param: this.options.param ?? "", ...this.options.values }),
    );
    return template.replaceAll(/\{(\w+)\}/g, (whole, key: string) => String(values.get(key) ?? whole));
  }

  /** The headers of an answer that carries this fault: `Retry-After`, `WWW-Authenticate`, `Allow`, SDK retry hints. */
  headers(): Record<string, string> {
    const headers: Record<string, string> = { ...this.options.headers };
    const { status } = this.row;
    if (status === 401) headers["www-authenticate"] = "Bearer";
    if (status === 402 || status === 403) headers["x-should-retry"] = "false";
    if (status === 429 || status === 503) {
      const retryAfterMs = this.options.retryAfterMs ?? DEFAULT_RETRY_AFTER_MS;
      headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));
      headers["retry-after-ms"] = String(Math.max(1, Math.ceil(retryAfterMs)));
    }
    return headers;
  }
}

/**
 * Turns anything thrown into a fault. What is not a `Fault` becomes `internal_error`, and only the log gets its
 * message.
 */
export function asFault(thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  const reason =
    thrown instanceof Error ? `${thrown.name}: ${privateMessage(thrown)}` : "a value that is no error was thrown";
  return new Fault("internal_error", { reason, cause: thrown });
}

const DEFAULT_RETRY_AFTER_MS = 5000;

/**
 * The message for the log. drizzle's messages contain SQL and its parameters; the database's own message is in `cause`.
 */
function privateMessage(error: Error): string {
  if (!error.message.startsWith("Failed query")) return error.message.slice(0, 300);
  return error.cause instanceof Error ? error.cause.message.slice(0, 300) : "a database query failed";
}

function fault(status: keyof typeof TYPES, number: number, code: string | null, text: Text): FaultRow {
  return { status, number, type: TYPES[status], code, text };
}
