import type { Visit } from "../access/admission.ts";
import { presentedKey } from "../access/key-places.ts";
import { checkAddress } from "../access/scope.ts";
import type { Identity } from "../access/key-store.ts";
import type { Services } from "../services.ts";
import type { GatewayContext } from "./types.ts";

/**
 * Returns the caller when the request has passed both rate limits. Notes the account and the key in the log line.
 * @throws Fault `missing_key`, `invalid_key`, `account_disabled`, `rate_limited_ip`, `rate_limited_key`, `key_scope_denied`
 */
export async function identify(context: GatewayContext, services: Services): Promise<Identity> {
  const { identity, keyVerdict, refusal } = await services.admissions.admit(visit(context));
  if (keyVerdict !== undefined) context.set("keyVerdict", keyVerdict);
  if (identity !== undefined) {
    context.set("identity", identity);
    context.var.log.note({ account: identity.accountId, key: identity.keyId });
  }
  if (refusal !== undefined) throw refusal;
  checkAddress(identity, context.req.header("cf-connecting-ip") ?? null);
  return identity;
}

/** Admits a request that needs no key. @throws Fault `rate_limited_ip` */
export async function admitAnyone(context: GatewayContext, services: Services): Promise<void> {
  await services.admissions.admitAnyone(visit(context));
}

function visit(context: GatewayContext): Visit {
  return {
    headers: context.req.raw.headers,
    key: keyOf(context),
    defer: (work) => context.executionCtx.waitUntil(work),
    time: async (name, step) => context.var.log.time(name, step),
  };
}

/** The client's key, from the places where the surface looks for keys. */
export function keyOf(context: GatewayContext): string | undefined {
  return presentedKey(context.req.raw, context.var.surface.keyPlaces);
}
