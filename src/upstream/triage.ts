/** Reads an upstream's refusal. The table is `contracts/errors.md`, "Upstream error → internal name". */
import { isObject, parseForeign, type JsonObject } from "../core/json.ts";
import { Fault, type FaultName } from "../core/fault.ts";
import { AttemptFailure } from "./failure.ts";
import type { Outcome, Secret, Verdict } from "./types.ts";

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

/** A non-2xx answer as a failure. `text` is its body, cut to a sane length. */
export function triage(status: number, headers: Headers, text: string, secrets: readonly Secret[]): AttemptFailure {
  const error = errorOf(text);
  const words = [error["code"], error["type"], error["status"], error["message"]]
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
      ...(passesOn ? { detail: VERBATIM, values: { message } } : {}),
      ...(passesOn && param !== undefined ? { param } : {}),
      ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
    }),
    outcome,
    status,
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
  if (status === 408 || status === 504 || status === 524) return verdict("upstream_timeout", "timeout");
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

function verdict(fault: FaultName, outcome: Outcome): Verdict {
  return { fault, outcome };
}

/** The error object of the usual envelopes, or an empty one. */
function errorOf(text: string): JsonObject {
  const body = parseForeign(text);
  if (!isObject(body)) return {};
  const { error } = body;
  if (typeof error === "string") return { message: error };
  return isObject(error) ? error : body;
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
  for (const { word, replacement } of secrets) if (word.length > 2) text = replaceWord(text, word, replacement);
  for (const [pattern, replacement] of GIVEAWAYS) text = text.replaceAll(pattern, replacement);
  return text.slice(0, 1000);
}

function replaceWord(text: string, word: string, replacement: string): string {
  return text.replaceAll(new RegExp(word.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`), "gi"), () => replacement);
}

/** `retry-after-ms`, or `Retry-After` in seconds or as a date; undefined when neither is there or makes sense. */
export function readRetryAfter(headers: Headers, nowMs: number): number | undefined {
  const milliseconds = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (milliseconds > 0) return milliseconds;
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const seconds = Number(value);
  const waitMs = Number.isNaN(seconds) ? Date.parse(value) - nowMs : seconds * 1000;
  return waitMs > 0 ? waitMs : undefined;
}
