import { limitHeaders } from "../access/limits/headers.ts";
import type { Services } from "../services.ts";
import { CORS_HEADERS } from "./cors.ts";
import type { GatewayContext } from "./types.ts";

/** Below it is the operator API. No script of another site may call it. */
const OPERATOR_PATHS = "/admin";

/** Whether a path belongs to the operator API, or to nobody yet. */
export function isOperatorPath(path: string): boolean {
  return path === OPERATOR_PATHS || path.startsWith(`${OPERATOR_PATHS}/`);
}

/**
 * The headers of every answer: CORS outside the operator API, the request's id, the time that its steps took, its key's
 * limit, and that browsers must not guess types, nor use http for a host that they know by https.
 */
export function commonHeaders(context: GatewayContext, services: Services | undefined): Record<string, string> {
  const { log, keyVerdict, dialect } = context.var;
  return {
    ...(isOperatorPath(context.req.path) ? {} : CORS_HEADERS),
    "x-content-type-options": "nosniff",
    ...(context.req.url.startsWith("https:") ? { "strict-transport-security": "max-age=31536000" } : {}),
    "x-request-id": log.requestId,
    ...(dialect.requestIdHeader === undefined ? {} : { [dialect.requestIdHeader]: log.requestId }),
    "server-timing": log.serverTiming(),
    ...(keyVerdict === undefined || services === undefined ? {} : limitHeaders(keyVerdict, services.now())),
  };
}
