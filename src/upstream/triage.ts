/**
 * Judges an upstream's refusals: what the client is told, and what they mean for the route. It goes by the HTTP status,
 * or by the error object in an answer of status 200.
 * @see https://platform.openai.com/docs/guides/error-codes
 * @see https://docs.anthropic.com/en/api/errors
 * @see https://ai.google.dev/gemini-api/docs/troubleshooting
 */
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import { asFault, Fault, FAULTS, type FaultName } from "../core/fault.ts";
import type { Failure } from "../core/outcome.ts";
import { UpstreamError } from "../core/upstream-error.ts";
import { AttemptFailure } from "./failure.ts";
import { sanitise } from "./sanitise.ts";
import type { Secret } from "./types.ts";

const OUT_OF_FUNDS =
  /insufficient_quota|insufficient_balance|credit_balance|balance is too low|billing_error|spend_limit|usage_limit_exceeded|enforced_spend_limit/i;
const BAD_CREDENTIAL = /API_KEY_INVALID|invalid_api_key|incorrect api key/i;
const TOO_LONG =
  /context_length_exceeded|maximum context length|prompt is too long|input token count exceeds|context window/i;
const POLICY = /content_policy|content_filter|moderation_blocked|safety_violation|data_inspection_failed/i;
const NO_SUCH_MODEL = /model_not_found|model.{0,40}(does not exist|not found|not exist)/i;
const OVERLOADED = /overloaded/i;

/** Faults about the client's own request. The upstream's message is passed on with them. */
const ABOUT_THE_REQUEST: ReadonlySet<FaultName> = new Set([
  "invalid_parameter",
  "unprocessable",
  "context_length_exceeded",
  "content_policy",
  "body_too_large",
]);

/** The upstream's message is a value in this text, so that braces in the message mean nothing. */
const VERBATIM = { en: "{message}", zh: "{message}" };

/** The text of an `invalid_parameter` whose message is not passed on: its usual text needs the name of a field. */
const REFUSED = FAULTS.unprocessable.text;

/** An upstream's refusal. */
export interface Refusal {
  /** The HTTP status; undefined for an error in an answer of status 200. */
  readonly status: number | undefined;
  /** The error object, without its envelope. */
  readonly error: JsonObject;
  readonly retryAfterMs?: number | undefined;
}

/** What the client is told, and what the refusal means for the route. */
interface Judgement {
  readonly fault: FaultName;
  readonly outcome: Failure;
}

/** Turns a refusal into the failure of its attempt. */
export function triage(refusal: Refusal, secrets: readonly Secret[]): AttemptFailure {
  const { status, error, retryAfterMs } = refusal;
  const words = [
    error["code"],
    error["type"],
    error["status"],
    error["error_code"],
    ...reasonsOf(error),
    error["message"],
  ]
    .filter((word) => typeof word === "string" || typeof word === "number")
    .join(" ");
  const { fault, outcome } = judge(status ?? statusOf(error), words);
  const told = status === undefined ? "in an answer" : `status ${status}`;
  const reason = `upstream ${told}, code ${label(error["code"])}, type ${label(error["type"])}`;
  const message = typeof error["message"] === "string" ? sanitise(error["message"], secrets) : undefined;
  const passesOn = ABOUT_THE_REQUEST.has(fault) && message !== undefined && message !== "";
  const param = typeof error["param"] === "string" ? sanitise(error["param"], secrets) : undefined;
  return new AttemptFailure(
    new Fault(fault, {
      reason,
      ...(passesOn
        ? { detail: VERBATIM, values: { message } }
        : fault === "invalid_parameter"
          ? { detail: REFUSED }
          : {}),
      ...(passesOn && param !== undefined ? { param } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }),
    outcome,
    status,
    message === "" ? undefined : message,
  );
}

const OUTCOMES_OF_FAULTS: Readonly<Partial<Record<Fault["kind"], Failure>>> = {
  upstream_error: "garbage",
  overloaded: "error",
  upstream_timeout: "timeout",
  client_closed: "abandoned",
  unsupported_feature: "refused_request",
};

/**
 * Turns anything thrown during an attempt into the attempt's failure. Faults that wires throw are about the upstream's
 * answer.
 */
export function asAttemptFailure(thrown: unknown, secrets: readonly Secret[] = []): AttemptFailure {
  if (thrown instanceof AttemptFailure) return thrown;
  if (thrown instanceof UpstreamError) return triage({ status: undefined, error: thrown.error }, secrets);
  if (thrown instanceof Fault) return new AttemptFailure(thrown, OUTCOMES_OF_FAULTS[thrown.kind] ?? "error");
  return new AttemptFailure(asFault(thrown), "error");
}

/** The HTTP status that an error in an answer of status 200 stands for, by its exact code or type. */
const STATUS_OF_WORD: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  context_length_exceeded: 400,
  content_policy_violation: 400,
  content_filter: 400,
  invalid_api_key: 401,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  moderation_blocked: 403,
  model_not_found: 404,
  not_found_error: 404,
  request_too_large: 413,
  insufficient_quota: 429,
  rate_limit_exceeded: 429,
  rate_limit_error: 429,
  slow_down: 429,
  RESOURCE_EXHAUSTED: 429,
  server_is_overloaded: 503,
  overloaded_error: 529,
  timeout_error: 504,
};

/** The status that an error object names, or that its code or type stands for; 500 when neither is known. */
function statusOf({ code, type, status }: JsonObject): number {
  for (const word of [code, type, status]) {
    const number = Number(word);
    if (Number.isInteger(number) && number >= 400 && number < 600) return number;
    if (typeof word === "string" && Object.hasOwn(STATUS_OF_WORD, word)) return STATUS_OF_WORD[word] ?? 500;
  }
  return 500;
}

function judge(status: number, words: string): Judgement {
  if (status === 402 || ([400, 403, 429].includes(status) && OUT_OF_FUNDS.test(words)))
    return judgement("upstream_error", "out_of_funds");
  if (status === 401 || (status === 400 && BAD_CREDENTIAL.test(words)))
    return judgement("upstream_error", "credential_refused");
  if (status === 403)
    return POLICY.test(words)
      ? judgement("content_policy", "refused_request")
      : judgement("upstream_error", "forbidden");
  if (status === 429) return judgement("upstream_rate_limited", "rate_limited");
  if (status === 408 || status === 504) return judgement("upstream_timeout", "timeout");
  if ([400, 413, 422].includes(status)) {
    if (TOO_LONG.test(words)) return judgement("context_length_exceeded", "refused_request");
    if (POLICY.test(words)) return judgement("content_policy", "refused_request");
    if (NO_SUCH_MODEL.test(words)) return judgement("no_route", "model_missing");
    return judgement(
      status === 413 ? "body_too_large" : status === 422 ? "unprocessable" : "invalid_parameter",
      "refused_request",
    );
  }
  if (status === 404) return judgement("no_route", "model_missing");
  if (status === 503 || status === 529 || OVERLOADED.test(words)) return judgement("overloaded", "error");
  return judgement("upstream_error", "error");
}

function judgement(fault: FaultName, outcome: Failure): Judgement {
  return { fault, outcome };
}

/** The error object in one of the usual envelopes; empty when there is none. @param parsed the JSON of a refusal */
export function errorOf(parsed: unknown): JsonObject {
  // Some upstreams wrap the object in an array.
  const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(body)) return {};
  const { error } = body;
  if (typeof error === "string") return { message: error };
  return isObject(error) ? error : body;
}

/** The reasons that Google and others put in `details`. */
function reasonsOf(error: JsonObject): unknown[] {
  const { details } = error;
  return (isObject(details) ? [details] : objectsOf(details)).flatMap((detail) => [
    detail["reason"],
    detail["error_code"],
  ]);
}

/** A code or type as one word, safe to log. */
function label(value: unknown): string {
  return typeof value === "string" || typeof value === "number"
    ? String(value)
        .replaceAll(/[^\w.-]/g, "")
        .slice(0, 60)
    : "none";
}

/** No client is told to wait longer. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * `retry-after-ms`, or `Retry-After` in seconds or as a date, in milliseconds; at most an hour. Undefined when none is
 * valid.
 */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const value = headers.get("retry-after");
  const seconds = Number(value ?? Number.NaN);
  const waits = [
    Number(headers.get("retry-after-ms") ?? Number.NaN),
    seconds * 1000,
    value === null || !Number.isNaN(seconds) ? Number.NaN : Date.parse(value) - nowMs,
  ];
  const waitMs = waits.find((wait) => wait > 0 && Number.isFinite(wait));
  return waitMs === undefined ? undefined : Math.min(waitMs, MAX_RETRY_AFTER_MS);
}
