import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";

/**
 * The error that a body of status 200 carries, or undefined. Upstreams put it at the top level, in a choice, or in an
 * event named `error`; some send only `code` and `message`, some only `finish_reason: "error"`.
 */
export function errorIn(body: JsonObject, event?: string): JsonObject | undefined {
  const { error, choices, code, message } = body;
  if (isTruthy(error)) return asError(error);
  if (event === "error") return body;
  const isBare = !Array.isArray(choices) && typeof message === "string" && isTruthy(code);
  if (isBare) return body;
  for (const choice of objectsOf(choices)) {
    if (isTruthy(choice["error"])) return asError(choice["error"]);
    if (choice["finish_reason"] === "error") return { code: "finish_reason_error" };
  }
  return undefined;
}

function isTruthy(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== "" && value !== 0;
}

function asError(error: unknown): JsonObject {
  if (isObject(error)) return error;
  return typeof error === "string" ? { message: error } : {};
}
