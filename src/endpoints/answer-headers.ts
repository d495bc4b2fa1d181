import { limitHeaders } from "../access/limits/headers.ts";
import type { Services } from "../services.ts";
import { CORS_HEADERS } from "./cors.ts";
import { isClosedPath } from "./site-paths.ts";
import type { GatewayContext } from "./types.ts";

/**
 * The headers of every answer: CORS outside the portal and the operator API, the request's id, the time that its steps took, its key's
 * limit, and that browsers must not guess types, nor use http for a host that they know by https.
 */
export function commonHeaders(context: GatewayContext, services: Services | undefined): Record<string, string> {
  const { log, keyVerdict, dialect } = context.var;
  return {
    ...(isClosedPath(context.req.path) ? {} : CORS_HEADERS),
    "x-content-type-options": "nosniff",
    ...(context.req.url.startsWith("https:") ? { "strict-transport-security": "max-age=31536000" } : {}),
    "x-request-id": log.requestId,
    ...(dialect.requestIdHeader === undefined ? {} : { [dialect.requestIdHeader]: log.requestId }),
    "server-timing": log.serverTiming(),
    ...(keyVerdict === undefined || services === undefined ? {} : limitHeaders(keyVerdict, services.now())),
  };
}
