import type { Visit } from "../access/gate.ts";
import { checkAddress } from "../access/scope.ts";
import type { Identity } from "../access/identify.ts";
import type { Services } from "../services.ts";
import type { DialectOptions } from "../wire/types.ts";
import type { GatewayContext } from "./types.ts";

/**
 * The caller, noted in the request's record, once the request has passed both rate limits.
 * @throws Fault `missing_key`, `invalid_key`, `account_disabled`, `rate_limited_ip`, `rate_limited_key`, `key_scope_denied`
 */
export async function identify(context: GatewayContext, services: Services): Promise<Identity> {
  const { record } = context.var;
  const { identity, keyVerdict, refusal } = await services.gate.admit(visit(context));
  if (keyVerdict !== undefined) context.set("keyVerdict", keyVerdict);
  if (identity !== undefined) {
    context.set("identity", identity);
    record.fields.account = identity.accountId;
    record.fields.key = identity.keyId;
  }
  if (refusal !== undefined) throw refusal;
  checkAddress(identity, context.req.header("cf-connecting-ip") ?? null);
  return identity;
}

/** For requests that need no key. @throws Fault `rate_limited_ip` */
export async function admitAnyone(context: GatewayContext, services: Services): Promise<void> {
  await services.gate.admitAnyone(visit(context));
}

function visit(context: GatewayContext): Visit {
  return {
    headers: context.req.raw.headers,
    defer: (work) => context.executionCtx.waitUntil(work),
    time: async (name, step) => context.var.record.time(name, step),
  };
}

/** The key's own setting, else the site's. */
export function dialectOptions(context: GatewayContext, services: Services): DialectOptions {
  const dialect = context.var.identity?.errorDialect ?? services.settings.XLEI_ERROR_DIALECT;
  return { legacyCodes: dialect === "legacy" };
}
