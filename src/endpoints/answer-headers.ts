import { limitHeaders } from "../access/limits/headers.ts";
import type { Services } from "../services.ts";
import { CORS_HEADERS } from "./cors.ts";
import type { GatewayContext } from "./types.ts";

/** The headers of every answer: CORS, the request's id, the time that its steps took, and its key's limit. */
export function commonHeaders(context: GatewayContext, services: Services | undefined): Record<string, string> {
  const { log, keyVerdict } = context.var;
  return {
    ...CORS_HEADERS,
    "x-request-id": log.requestId,
    "server-timing": log.serverTiming(),
    ...(keyVerdict === undefined || services === undefined ? {} : limitHeaders(keyVerdict, services.now())),
  };
}
