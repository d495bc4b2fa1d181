/** Turns an upstream's refusal, or anything thrown during an attempt, into the failure of the attempt. */
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import { asFault, Fault, FAULTS, type FaultName } from "../core/fault.ts";
import type { Failure } from "../core/outcome.ts";
import { UpstreamError } from "../core/upstream-error.ts";
import { AttemptFailure } from "./failure.ts";
import { judge } from "./judgement.ts";
import { sanitise } from "./sanitise.ts";
import type { Secret } from "./types.ts";

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

/** Turns a refusal into the failure of its attempt. */
export function triage(refusal: Refusal, secrets: readonly Secret[]): AttemptFailure {
  const { status, error, retryAfterMs } = refusal;
  const { fault, outcome } = judge(status, error);
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
  invalid_key: "abandoned",
  unsupported_feature: "refused_request",
  invalid_parameter: "refused_request",
  content_policy: "refused_request",
};

/**
 * Turns anything thrown during an attempt into the attempt's failure. Faults that wires throw are about the upstream's
 * answer.
 */
export function asAttemptFailure(thrown: unknown, secrets: readonly Secret[] = []): AttemptFailure {
  if (thrown instanceof AttemptFailure) return thrown;
  if (thrown instanceof UpstreamError) return triage({ status: undefined, error: thrown.error }, secrets);
  if (thrown instanceof Fault)
    return new AttemptFailure(withCleanValues(thrown, secrets), OUTCOMES_OF_FAULTS[thrown.kind] ?? "error");
  return new AttemptFailure(asFault(thrown), "error");
}

/** Values of a wire's fault may be the upstream's own words, such as the one that is not allowed in a prompt. */
function withCleanValues(fault: Fault, secrets: readonly Secret[]): Fault {
  const { values } = fault.options;
  if (values === undefined) return fault;
  const cleaned = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" ? sanitise(value, secrets) : value,
  ]);
  return new Fault(fault.kind, { ...fault.options, values: Object.fromEntries(cleaned), cause: fault.cause });
}

/** The error object in one of the usual envelopes; empty when there is none. @param parsed the JSON of a refusal */
export function errorOf(parsed: unknown): JsonObject {
  // Some upstreams wrap the object in an array.
  const body: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
  if (!isObject(body)) return {};
  const { error } = body;
  if (typeof error === "string") return { message: error };
  if (isObject(error)) return error;
  const detail = detailIn(body["detail"] ?? body["description"]);
  return body["message"] === undefined && detail !== undefined ? { ...body, message: detail } : body;
}

/**
 * Jina and many servers of open models tell what is wrong in `detail`: a text, or a list of problems.
 * @see https://fastapi.tiangolo.com/tutorial/handling-errors/
 */
function detailIn(detail: unknown): string | undefined {
  if (typeof detail === "string") return detail;
  const problems = objectsOf(detail).flatMap(({ loc: place, msg: problem }) => {
    if (typeof problem !== "string") return [];
    const names = Array.isArray(place)
      ? place.filter((name) => typeof name === "string" || Number.isInteger(name))
      : [];
    return names.length === 0 ? [problem] : [`${names.join(".")}: ${problem}`];
  });
  return problems.length === 0 ? undefined : problems.join("; ");
}

/** A code or type as one word, safe to log. */
function label(value: unknown): string {
  return typeof value === "string" || typeof value === "number"
    ? String(value)
        .replaceAll(/[^\w.-]/g, "")
        .slice(0, 60)
    : "none";
}

/** No client is told to wait longer. A rate limit cools a credential for as long at most (`health/tuning.ts`). */
const MAX_RETRY_AFTER_MS = 900_000;

/**
 * `retry-after-ms`, or `Retry-After` in seconds or as a date, in milliseconds, with an upper limit. Undefined when none
 * is valid.
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
