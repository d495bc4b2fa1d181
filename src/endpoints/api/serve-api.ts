/** Serves the endpoints of our own API: checks the caller, parses the request, writes the answer. */
import type { Identity } from "../../access/key-store.ts";
import { checkRights, hasAnyOf, isRole, type Operator, type Role } from "../../access/operator-store.ts";
import { addMissingRow } from "../../accounts/audit-log.ts";
import { AuditNote } from "../../accounts/audit-note.ts";
import { Fault } from "../../core/fault.ts";
import type { Services } from "../../services.ts";
import { readJson } from "../request-body.ts";
import { admitAnyone, identify, identifyOperator } from "../caller.ts";
import type { GatewayContext, Handler } from "../types.ts";
import type { ApiEndpoint, ApiRequest } from "./api-endpoint.ts";
import { parseWith } from "./validate.ts";
import { withFieldName } from "./views.ts";

export function serve(endpoint: ApiEndpoint): Handler {
  return async function apiHandler(context: GatewayContext, services: Services): Promise<Response> {
    const operator = await authorise(endpoint, context, services);
    const { params, query, body } = endpoint;
    const request = {
      params: params === undefined ? undefined : parseWith(params, context.req.param()),
      query: query === undefined ? undefined : parseWith(query, context.req.query()),
      body:
        body === undefined
          ? undefined
          : parseWith(body, (await readJson(context.req.raw, services.settings.MAX_BODY_BYTES)).value),
      context,
    };
    if (operator !== undefined) checkRights(operator, rightsFor(endpoint, request.body));
    if (services.operators.isOnlyChecked(context.req.raw)) {
      await endpoint.check?.({ ...request, services });
      return Response.json({});
    }
    const audited = withAudit(services, operator, request);
    const result = await endpoint.handle({ ...request, services: audited }).catch((error: unknown) => {
      throw error instanceof Fault ? withFieldName(error, endpoint.fieldNames) : error;
    });
    await addMissingRow(audited);
    if (audited.audit !== undefined) {
      services.relay.catalogue.forget();
      services.relay.prices.forget();
    }
    return Response.json(result, { status: endpoint.status ?? 200, headers: { "cache-control": "no-store" } });
  };
}

/**
 * @returns the operator, at an endpoint for operators
 * @throws what `identify` and `identifyOperator` throw; Fault `key_scope_denied` when no body could be within the rights
 */
async function authorise(
  { access, fieldRoles = {} }: ApiEndpoint,
  context: GatewayContext,
  services: Services,
): Promise<Operator | undefined> {
  if (access === "key" || access === "manager") checkManages(await identify(context, services), access);
  // A guessed token counts against the caller's address. The portal has counted the page that asks.
  else if (services.operators.vouchedFor(context.req.raw) === undefined) await admitAnyone(context, services);
  if (!isRole(access)) return undefined;
  const operator = await identifyOperator(context, services);
  if (!hasAnyOf(operator, Object.values(fieldRoles))) checkRights(operator, [access]);
  return operator;
}

/** Services whose writes leave a row in the audit log, for an operator's request that may write. */
function withAudit(
  services: Services,
  operator: Operator | undefined,
  { context, query, body }: Pick<ApiRequest, "context" | "query" | "body">,
): Services {
  const { req, var: known } = context;
  if (operator === undefined || req.method === "GET") return services;
  const audit = new AuditNote({
    operator: operator.name,
    // Without the patterns of parameters.
    action: known.endpoint.replaceAll(/\{[^}]*\}/g, ""),
    path: req.path.slice("/admin/api/".length),
    sent: { ...Object(query), ...Object(body) },
    requestId: known.log.requestId,
    address: req.header("cf-connecting-ip") ?? null,
    nowMs: services.now(),
  });
  return { ...services, audit };
}

/** @throws Fault `key_scope_denied` */
function checkManages({ managesAccount }: Identity, access: "key" | "manager"): void {
  if (access === "key" || managesAccount) return;
  throw new Fault("key_scope_denied", {
    detail: {
      en: "This API key may not manage its account. Use a key that may.",
      zh: "该 API Key 没有管理账户的权限,请使用有此权限的密钥。",
    },
  });
}

/** The rights that a body needs: those of its fields, where a field names none the endpoint's. */
function rightsFor({ access, fieldRoles = {} }: ApiEndpoint, body: unknown): Role[] {
  const fields = Object.keys(body ?? {});
  const rights = fields.length === 0 ? [access] : fields.map((field) => fieldRoles[field] ?? access);
  return rights.filter(isRole);
}
