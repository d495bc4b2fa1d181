/** Turns a fault into an answer in the dialect of its path. */
import type { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { languageOf } from "../core/language.ts";
import type { Services } from "../services.ts";
import type { GatewayContext } from "./types.ts";
import { commonHeaders } from "./answer-headers.ts";

export function faultResponse(context: GatewayContext, services: Services | undefined, fault: Fault): Response {
  return Response.json(faultBody(context, services, fault), {
    status: context.var.dialect.status(fault),
    headers: { ...commonHeaders(context, services), ...fault.headers() },
  });
}

/**
 * The body in the client's language. The key's `error_dialect` decides about legacy codes; without it, the site's
 * setting.
 */
export function faultBody(context: GatewayContext, services: Services | undefined, fault: Fault): JsonObject {
  const { dialect, identity, log } = context.var;
  const language = languageOf(context.req.header("accept-language") ?? null, dialect.language);
  const codes = identity?.errorDialect ?? services?.settings.XLEI_ERROR_DIALECT;
  return dialect.body(fault, language, { legacyCodes: codes === "legacy", requestId: log.requestId });
}
