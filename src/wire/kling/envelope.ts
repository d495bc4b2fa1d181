/** Kling's envelope: a failure may come in an answer of status 200. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { broken } from "../reading.ts";

/** There is no such task, or no such model. */
const NO_RESOURCE = 1203;

/** What a number means, in the words by which errors in answers are known. */
const WORDS: Readonly<Record<number, string>> = {
  1000: "authentication_error",
  1001: "authentication_error",
  1002: "authentication_error",
  1003: "authentication_error",
  1004: "authentication_error",
  1100: "billing_error",
  1101: "billing_error",
  1102: "billing_error",
  1103: "permission_error",
  1200: "invalid_request_error",
  1201: "invalid_request_error",
  1202: "not_found_error",
  1203: "model_not_found",
  1300: "content_policy_violation",
  1301: "content_policy_violation",
  1302: "rate_limit_exceeded",
  1303: "rate_limit_exceeded",
  1304: "permission_error",
  5001: "server_is_overloaded",
  5002: "timeout_error",
};

/**
 * What the envelope holds; relays leave it out at times.
 * @throws UpstreamError for a failure; Fault `upstream_error` for what is neither
 */
export function dataOf(answer: Payload): JsonObject {
  const { value, code } = enveloped(answer);
  if (code !== 0) {
    const { message, error } = value;
    if (isObject(error)) throw new UpstreamError(error);
    const type = WORDS[code];
    throw new UpstreamError({ code: value["code"], ...(type === undefined ? {} : { type }), message });
  }
  const { data = value } = value;
  if (!isObject(data)) throw broken("an answer without data");
  return data;
}

/** Whether the upstream says that it does not know what it was asked about. @throws Fault `upstream_error` */
export function isUnknown(answer: Payload): boolean {
  return enveloped(answer).code === NO_RESOURCE;
}

/** A code that is no number, such as a relay's `success`, is judged by what comes with it. */
function enveloped(answer: Payload): { readonly value: JsonObject; readonly code: number } {
  if (answer.kind !== "json") throw broken("an answer that is no JSON object");
  const { value } = answer;
  const { code } = value;
  const isNumber = typeof code === "number" || (typeof code === "string" && /^\d+$/.test(code));
  if (isNumber) return { value, code: Number(code) };
  const isFailure = !isObject(value["data"]) && value["task_id"] === undefined;
  return { value, code: isFailure ? Number.NaN : 0 };
}
