/** Reads an upstream's refusal. The table is `contracts/errors.md`, "Upstream error → internal name". */
import { isObject, objectsOf, parseForeign, type JsonObject } from "../core/json.ts";
import { Fault, FAULTS, type FaultName } from "../core/fault.ts";
import { AttemptFailure } from "./failure.ts";
import type { Failure } from "../core/outcome.ts";
import type { Secret, Verdict } from "./types.ts";

const OUT_OF_FUNDS =
  /insufficient_quota|insufficient_balance|credit_balance|balance is too low|billing_error|spend_limit|usage_limit_exceeded|enforced_spend_limit/i;
const BAD_CREDENTIAL = /API_KEY_INVALID|invalid_api_key|incorrect api key/i;
const TOO_LONG =
  /context_length_exceeded|maximum context length|prompt is too long|input token count exceeds|context window/i;
const POLICY = /content_policy|content_filter|moderation_blocked|safety_violation|data_inspection_failed/i;
const NO_SUCH_MODEL = /model_not_found|model.{0,40}(does not exist|not found|not exist)/i;
const OVERLOADED = /overloaded/i;

/** The refusals whose message is about the caller's own request, and so is passed on. */
const ABOUT_THE_REQUEST: ReadonlySet<FaultName> = new Set([
  "invalid_parameter",
  "unprocessable",
  "context_length_exceeded",
  "content_policy",
  "body_too_large",
]);

/** The upstream's words are a value, not a text of ours: braces in them mean nothing. */
const VERBATIM = { en: "{message}", zh: "{message}" };

/** For a refusal that names no field. */
const REFUSED = FAULTS.unprocessable.text;

/** A non-2xx answer as a failure. `text` is its body, cut to a sane length. */
export function triage(status: number, headers: Headers, text: string, secrets: readonly Secret[]): AttemptFailure {
  const error = errorOf(text);
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
  const { fault, outcome } = judge(status, words);
  const reason = `upstream status ${status}, code ${label(error["code"])}, type ${label(error["type"])}`;
  const message = typeof error["message"] === "string" ? sanitise(error["message"], secrets) : undefined;
  const passesOn = ABOUT_THE_REQUEST.has(fault) && message !== undefined && message !== "";
  const param = typeof error["param"] === "string" ? sanitise(error["param"], secrets) : undefined;
  const retryAfterMs = readRetryAfter(headers, Date.now());
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

function judge(status: number, words: string): Verdict {
  if (status === 402 || ([400, 403, 429].includes(status) && OUT_OF_FUNDS.test(words)))
    return verdict("upstream_error", "out_of_funds");
  if (status === 401 || (status === 400 && BAD_CREDENTIAL.test(words)))
    return verdict("upstream_error", "credential_refused");
  if (status === 403)
    return POLICY.test(words) ? verdict("content_policy", "refused_request") : verdict("upstream_error", "forbidden");
  if (status === 429) return verdict("upstream_rate_limited", "rate_limited");
  if (status === 408 || status === 504) return verdict("upstream_timeout", "timeout");
  if ([400, 413, 422].includes(status)) {
    if (TOO_LONG.test(words)) return verdict("context_length_exceeded", "refused_request");
    if (POLICY.test(words)) return verdict("content_policy", "refused_request");
    if (NO_SUCH_MODEL.test(words)) return verdict("no_route", "model_missing");
    return verdict(
      status === 413 ? "body_too_large" : status === 422 ? "unprocessable" : "invalid_parameter",
      "refused_request",
    );
  }
  if (status === 404) return verdict("no_route", "model_missing");
  if (status === 503 || status === 529 || OVERLOADED.test(words)) return verdict("overloaded", "error");
  return verdict("upstream_error", "error");
}

function verdict(fault: FaultName, outcome: Failure): Verdict {
  return { fault, outcome };
}

/** The error object of the usual envelopes, or an empty one. */
function errorOf(text: string): JsonObject {
  const parsed = parseForeign(text);
  // Some wrap the object in a list of one.
  const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(body)) return {};
  const { error } = body;
  if (typeof error === "string") return { message: error };
  return isObject(error) ? error : body;
}

/** What Google and others keep in `details`. */
function reasonsOf(error: JsonObject): unknown[] {
  const { details } = error;
  return (isObject(details) ? [details] : objectsOf(details)).flatMap((detail) => [
    detail["reason"],
    detail["error_code"],
  ]);
}

/** A code or type that is safe to log: one word. */
function label(value: unknown): string {
  return typeof value === "string" || typeof value === "number"
    ? String(value)
        .replaceAll(/[^\w.-]/g, "")
        .slice(0, 60)
    : "none";
}

/** Addresses, keys and account names, in whatever message they stand. */
const GIVEAWAYS: readonly [RegExp, string][] = [
  [/\bhttps?:\/\/[^\s"'<>)]+/gi, "[url]"],
  [/\b(sk|pk|key|org|proj|acct|ak|AIza|user|req)[-_][\w*.…-]{4,}/gi, "[id]"],
  [/\bAIza[\w-]{20,}/g, "[id]"],
  [/[\w.+-]+@[\w-]+\.[\w.]+/g, "[email]"],
  [/\b(?:[a-z0-9-]+\.)+(?:com|net|org|ai|io|cn|dev|cloud|app|co|xyz)\b/gi, "[host]"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "[host]"],
  [/\b[\w-]{32,}\b/g, "[id]"],
];

/** An upstream's message, fit to be shown. */
export function sanitise(message: string, secrets: readonly Secret[]): string {
  let text = message.slice(0, 2000);
  for (const { word, replacement } of secrets) if (word.length > 1) text = replaceWord(text, word, replacement);
  for (const [pattern, replacement] of GIVEAWAYS) text = text.replaceAll(pattern, replacement);
  return text.slice(0, 1000);
}

const SHORT = 4;

function replaceWord(text: string, word: string, replacement: string): string {
  const escaped = word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  // A short word, such as a model named `o1`, may stand in others; a long one is hidden wherever it stands.
  const pattern = word.length < SHORT ? `(?<![A-Za-z0-9])${escaped}(?![A-Za-z0-9])` : escaped;
  return text.replaceAll(new RegExp(pattern, "gi"), () => replacement);
}

/** No answer tells a client to wait longer. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** `retry-after-ms`, or `Retry-After` in seconds or as a date, at most an hour; undefined when neither makes sense. */
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
