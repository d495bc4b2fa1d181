import type { Visit } from "../access/admission.ts";
import { presentedKey } from "../access/key-places.ts";
import { checkAddress } from "../access/scope.ts";
import type { Identity, PresentedKey } from "../access/key-store.ts";
import type { Operator } from "../access/operator-store.ts";
import { dayOf } from "../billing/calendar.ts";
import { Fault } from "../core/fault.ts";
import type { Services } from "../services.ts";
import type { GatewayContext } from "./types.ts";

/**
 * @param key where it does not stand in the places of the surface
 * @returns the caller when the request has passed both rate limits. The account and the key are noted in the log line
 * @throws Fault `missing_key`, `invalid_key`, `account_disabled`, `rate_limited_ip`, `rate_limited_key`,
 * `rate_limited_account`, `key_scope_denied`
 */
export async function identify(
  context: GatewayContext,
  services: Services,
  key: PresentedKey = keyOf(context),
): Promise<Identity> {
  const { identity, keyVerdict, refusal } = await services.admissions.admit({ ...visit(context), key });
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

/**
 * The operator whose token the request carries. Notes the name in the log line.
 * @throws Fault `missing_key`, `invalid_key`
 */
export async function identifyOperator(context: GatewayContext, services: Services): Promise<Operator> {
  const vouched = services.operators.vouchedFor(context.req.raw);
  if (vouched !== undefined) return noteOperator(context, vouched);
  const [, token = ""] = /^bearer\s+(.+)$/i.exec(context.req.header("authorization") ?? "") ?? [];
  if (token === "") throw new Fault("missing_key", { detail: MISSING_TOKEN });
  const operator = await services.operators.identify({
    token,
    nowMs: services.now(),
    today: dayOf(services.now(), services.timeZone),
    defer: (work) => context.executionCtx.waitUntil(work),
  });
  return noteOperator(context, operator);
}

function noteOperator(context: GatewayContext, operator: Operator): Operator {
  context.set("operator", operator);
  context.var.log.note({ operator: operator.name });
  return operator;
}

const MISSING_TOKEN = {
  en: "No operator token given. Send it as 'Authorization: Bearer …'.",
  zh: "缺少管理令牌,请通过 'Authorization: Bearer …' 提供。",
};

function visit(context: GatewayContext): Omit<Visit, "key"> {
  return {
    headers: context.req.raw.headers,
    defer: (work) => context.executionCtx.waitUntil(work),
    time: async (name, step) => context.var.log.time(name, step),
  };
}

/** The client's key, from the places where the surface looks for keys. */
export function keyOf(context: GatewayContext): string | undefined {
  return presentedKey(context.req.raw, context.var.surface.keyPlaces);
}
