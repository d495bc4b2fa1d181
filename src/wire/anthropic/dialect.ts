/**
 * Anthropic's errors.
 * @see https://platform.claude.com/docs/en/api/errors
 */
import type { Dialect } from "../types.ts";

const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  402: "billing_error",
  403: "permission_error",
  404: "not_found_error",
  409: "conflict_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  502: "api_error",
  503: "overloaded_error",
  504: "timeout_error",
};

/** Clients find out by these words that they should shorten their prompt. */
const TOO_LONG = "prompt is too long: ";

export const anthropicDialect: Dialect = {
  language: "en",
  requestIdHeader: "request-id",
  status: (fault) => fault.row.status,
  body(fault, language, { requestId }) {
    const text = fault.text(language);
    const isTooLong = fault.kind === "context_length_exceeded" && !text.startsWith(TOO_LONG.trim().slice(0, -1));
    return {
      type: "error",
      error: { type: TYPES[fault.row.status] ?? "invalid_request_error", message: isTooLong ? TOO_LONG + text : text },
      request_id: requestId,
    };
  },
};
