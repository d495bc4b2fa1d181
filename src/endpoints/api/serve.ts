/** Serves the operations of our own API: who calls, what they sent, what they get. */
import { Fault } from "../../core/fault.ts";
import type { Services } from "../../services.ts";
import { readJson } from "../body.ts";
import { identify } from "../identity.ts";
import type { GatewayContext, Handler } from "../types.ts";
import type { ApiOperation } from "./operation.ts";
import { parseWith } from "./validate.ts";

export function serve(operation: ApiOperation): Handler {
  return async function apiHandler(context: GatewayContext, services: Services): Promise<Response> {
    await authorise(operation, context, services);
    const { params, query, body } = operation;
    const result = await operation.handle({
      params: params === undefined ? undefined : parseWith(params, context.req.param()),
      query: query === undefined ? undefined : parseWith(query, context.req.query()),
      body:
        body === undefined
          ? undefined
          : parseWith(body, await readJson(context.req.raw, services.settings.MAX_BODY_BYTES)),
      context,
      services,
    });
    return Response.json(result, { status: operation.status ?? 200, headers: { "cache-control": "no-store" } });
  };
}

/** @throws Fault those of `identify`; `route_not_found` while the site has no operator, `invalid_key` for a wrong token */
async function authorise({ access }: ApiOperation, context: GatewayContext, services: Services): Promise<void> {
  if (access === "key") {
    await identify(context, services);
    return;
  }
  const { ADMIN_TOKEN: expected } = services.settings;
  if (expected === undefined)
    throw new Fault("route_not_found", { values: { method: context.req.method, path: context.req.path } });
  const [, given = ""] = /^bearer\s+(.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
  if (given === "") throw new Fault("missing_key");
  if (!(await isEqual(given, expected))) throw new Fault("invalid_key", { reason: "wrong operator token" });
  context.var.record.fields.key = "operator";
}

/** Compares digests, so that time tells nothing about the token. */
async function isEqual(a: string, b: string): Promise<boolean> {
  const digest = async (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return crypto.subtle.timingSafeEqual(left, right);
}
