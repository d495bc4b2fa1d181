/**
 * Google's errors.
 * @see https://ai.google.dev/gemini-api/docs/troubleshooting
 */
import type { Dialect } from "../types.ts";

const STATUSES: Readonly<Record<number, string>> = {
  401: "UNAUTHENTICATED",
  402: "RESOURCE_EXHAUSTED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  408: "DEADLINE_EXCEEDED",
  409: "ABORTED",
  429: "RESOURCE_EXHAUSTED",
  499: "CANCELLED",
  500: "INTERNAL",
  501: "UNIMPLEMENTED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

export const geminiDialect: Dialect = {
  language: "en",
  status: (fault) => fault.row.status,
  body(fault, language) {
    const { status } = fault.row;
    const { retryAfterMs } = fault.options;
    const details = [
      ...(status === 401
        ? [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID", domain: "googleapis.com" }]
        : []),
      ...(retryAfterMs === undefined
        ? []
        : [{ "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: `${Math.ceil(retryAfterMs / 1000)}s` }]),
    ];
    const error = { code: status, message: fault.text(language), status: STATUSES[status] ?? "INVALID_ARGUMENT" };
    return { error: details.length === 0 ? error : { ...error, details } };
  },
};
