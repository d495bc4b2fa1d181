/**
 * What an upstream's refusal means, by its HTTP status and the exact codes of its error object. It never looks for words in
 * a message to decide what the gateway believes of an upstream: messages quote the client's request.
 * @see https://platform.openai.com/docs/guides/error-codes
 * @see https://docs.anthropic.com/en/api/errors
 * @see https://ai.google.dev/gemini-api/docs/troubleshooting
 * @see https://app.klingai.com/global/dev/document-api/apiReference/commonInfo
 */
import type { FaultName } from "../core/fault.ts";
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import type { Failure } from "../core/outcome.ts";

/** What the client is told, and what the refusal means for the route. */
export interface Judgement {
  readonly fault: FaultName;
  readonly outcome: Failure;
}

/** Stands for a code where an upstream says in another way that it flagged the prompt. */
const FLAGGED_INPUT = "flagged_input";

/** The first row that fits counts. */
const ROWS: readonly (Judgement & { readonly on?: readonly number[]; readonly codes?: ReadonlySet<string> })[] = [
  { on: [402], fault: "upstream_error", outcome: "out_of_funds" },
  {
    on: [400, 403, 429],
    codes: new Set([
      "insufficient_quota",
      "insufficient_balance",
      "credit_balance_exhausted",
      "billing_error",
      "billing_hard_limit_reached",
      "billing_not_active",
      "organization_spend_limit_exceeded",
      "project_spend_limit_exceeded",
      "organization_usage_limit_exceeded",
      "enforced_spend_limit_reached",
      "quota_not_enough",
    ]),
    fault: "upstream_error",
    outcome: "out_of_funds",
  },
  // Kling's numbers: the account is blocked or in arrears, the package is used up.
  { on: [429], codes: new Set(["1100", "1101", "1102"]), fault: "upstream_error", outcome: "out_of_funds" },
  { on: [401], fault: "upstream_error", outcome: "credential_refused" },
  {
    on: [400, 403],
    codes: new Set(["invalid_api_key", "API_KEY_INVALID", "authentication_error", "account_deactivated"]),
    fault: "upstream_error",
    outcome: "credential_refused",
  },
  {
    on: [400, 403, 413, 422],
    codes: new Set([
      "content_policy_violation",
      "content_filter",
      "moderation_blocked",
      "safety_violation",
      "data_inspection_failed",
      "DataInspectionFailed",
      // Kling's numbers.
      "1300",
      "1301",
      FLAGGED_INPUT,
    ]),
    fault: "content_policy",
    outcome: "refused_request",
  },
  { on: [403], fault: "upstream_error", outcome: "forbidden" },
  { on: [429], fault: "upstream_rate_limited", outcome: "rate_limited" },
  { on: [408, 504], fault: "upstream_timeout", outcome: "timeout" },
  {
    on: [400, 413, 422],
    codes: new Set(["context_length_exceeded"]),
    fault: "context_length_exceeded",
    outcome: "refused_request",
  },
  { on: [400, 422], codes: new Set(["model_not_found"]), fault: "no_route", outcome: "model_missing" },
  { on: [404], fault: "no_route", outcome: "model_missing" },
  { on: [400], fault: "invalid_parameter", outcome: "refused_request" },
  { on: [413], fault: "body_too_large", outcome: "refused_request" },
  { on: [422], fault: "unprocessable", outcome: "refused_request" },
  { on: [503, 529], fault: "overloaded", outcome: "error" },
  {
    codes: new Set(["overloaded_error", "server_is_overloaded", "engine_overloaded", "overloaded"]),
    fault: "overloaded",
    outcome: "error",
  },
];

/** Messages of a prompt that is too long, from upstreams without a code for it. Only the prompt's author is told. */
const TOO_LONG = /maximum context length|prompt is too long|input token count exceeds|context window/i;

/** @param status the HTTP status; undefined for an error in an answer of status 200 */
export function judge(status: number | undefined, error: JsonObject): Judgement {
  const codes = codesOf(error);
  const known = status ?? statusOf(error);
  const row = ROWS.find(
    ({ on, codes: exact }) =>
      (on === undefined || on.includes(known)) && (exact === undefined || codes.some((code) => exact.has(code))),
  );
  if (row === undefined) return { fault: "upstream_error", outcome: "error" };
  const isTooLong = row.outcome === "refused_request" && TOO_LONG.test(String(error["message"]));
  return isTooLong && row.fault !== "content_policy" ? { ...row, fault: "context_length_exceeded" } : row;
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

/** OpenRouter names no code for a flagged prompt, but says what was flagged. */
function isFlagged({ metadata }: JsonObject): boolean {
  return isObject(metadata) && metadata["flagged_input"] !== undefined;
}

/** The exact words by which an error names itself, in the members where vendors put them. */
function codesOf(error: JsonObject): string[] {
  const { code, type, status, error_code: errorCode, description, details } = error;
  // Google and others put more of them in `details`.
  const detailed = (isObject(details) ? [details] : objectsOf(details)).flatMap((detail) => [
    detail["reason"],
    detail["error_code"],
  ]);
  const numbered = typeof code === "number" ? String(code) : code;
  // Midjourney's relays have a number in `code`, and the word in `description`.
  const described = typeof code === "number" ? description : undefined;
  const words = [numbered, type, status, errorCode, described, ...detailed].filter((word) => typeof word === "string");
  return isFlagged(error) ? [...words, FLAGGED_INPUT] : words;
}
