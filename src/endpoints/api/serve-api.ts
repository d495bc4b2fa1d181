/** Serves the endpoints of our own API: checks the caller, parses the request, writes the answer. */
import { Fault } from "../../core/fault.ts";
import type { Services } from "../../services.ts";
import { readJson } from "../request-body.ts";
import { admitAnyone, identify } from "../caller.ts";
import type { GatewayContext, Handler } from "../types.ts";
import type { ApiEndpoint } from "./api-endpoint.ts";
import { parseWith } from "./validate.ts";
import { withFieldName } from "./views.ts";

export function serve(endpoint: ApiEndpoint): Handler {
  return async function apiHandler(context: GatewayContext, services: Services): Promise<Response> {
    await authorise(endpoint, context, services);
    const { params, query, body } = endpoint;
    const request = {
      params: params === undefined ? undefined : parseWith(params, context.req.param()),
      query: query === undefined ? undefined : parseWith(query, context.req.query()),
      body:
        body === undefined
          ? undefined
          : parseWith(body, (await readJson(context.req.raw, services.settings.MAX_BODY_BYTES)).value),
      context,
      services,
    };
    const result = await endpoint.handle(request).catch((error: unknown) => {
      throw error instanceof Fault ? withFieldName(error, endpoint.fieldNames) : error;
    });
    return Response.json(result, { status: endpoint.status ?? 200, headers: { "cache-control": "no-store" } });
  };
}

/** @throws what `identify` throws; Fault `missing_key`, `invalid_key` for the operator's token */
async function authorise({ access }: ApiEndpoint, context: GatewayContext, services: Services): Promise<void> {
  switch (access) {
    case "anyone":
      await admitAnyone(context, services);
      return;
    case "key":
      await identify(context, services);
      return;
    case "operator":
      // A guessed token counts against the caller's address.
      await admitAnyone(context, services);
      await authoriseOperator(context, services);
  }
}

async function authoriseOperator(context: GatewayContext, { settings }: Services): Promise<void> {
  const [, given = ""] = /^bearer\s+(.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
  if (given === "") throw new Fault("missing_key", { detail: MISSING_TOKEN });
  const expected = settings.ADMIN_TOKEN;
  if (expected === undefined || !(await isEqual(given, expected))) {
    throw new Fault("invalid_key", { detail: WRONG_TOKEN, reason: "wrong operator token" });
  }
  context.var.log.note({ key: "operator" });
}

const MISSING_TOKEN = {
  en: "No operator token given. Send it as 'Authorization: Bearer …'.",
  zh: "缺少管理令牌,请通过 'Authorization: Bearer …' 提供。",
};
const WRONG_TOKEN = { en: "The operator token is not valid.", zh: "管理令牌无效。" };

/** Compares digests, so that the time it takes says nothing about the token. */
async function isEqual(a: string, b: string): Promise<boolean> {
  const digest = async (text: string) => crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return crypto.subtle.timingSafeEqual(left, right);
}
