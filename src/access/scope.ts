/** What a key may do: from which addresses, with which models, over which upstreams. Pure. */
import { Fault } from "../core/fault.ts";
import { contains, parseNetwork } from "../core/network.ts";

export interface Scope {
  readonly groupId: string | null;
  /** Public model names; null = all. */
  readonly allowedModels: ReadonlySet<string> | null;
  /** Addresses and CIDR blocks; null = all. */
  readonly allowedIps: readonly string[] | null;
  /** The tier of the account's plan; null = no plan, and every model is allowed. */
  readonly planTier: number | null;
}

/** The properties of a model that a scope checks. */
export interface ScopedModel {
  readonly id: string;
  readonly tier: number;
}

/**
 * @param address `CF-Connecting-IP`; null is refused for a key that is bound to addresses.
 * @throws Fault `key_scope_denied`
 */
export function checkAddress({ allowedIps }: Scope, address: string | null): void {
  if (allowedIps === null) return;
  const allowed = allowedIps.flatMap((block) => parseNetwork(block) ?? []);
  if (address !== null && allowed.some((network) => contains(network, address))) return;
  throw new Fault("key_scope_denied", {
    detail: { en: "This API key may not be used from this address.", zh: "该 API Key 不允许从此 IP 地址使用。" },
  });
}

/** @throws Fault `key_scope_denied`, `tier_not_allowed` */
export function checkModel(scope: Scope, model: ScopedModel): void {
  const values = { model: model.id };
  if (scope.allowedModels !== null && !scope.allowedModels.has(model.id)) {
    const detail = { en: "This API key may not use the model '{model}'.", zh: "该 API Key 不允许使用模型 '{model}'。" };
    throw new Fault("key_scope_denied", { param: "model", values, detail });
  }
  if (scope.planTier !== null && model.tier > scope.planTier)
    throw new Fault("tier_not_allowed", { param: "model", values });
}

export function mayUseModel(scope: Scope, model: ScopedModel): boolean {
  return (scope.allowedModels?.has(model.id) ?? true) && (scope.planTier === null || model.tier <= scope.planTier);
}

/** @param groups the groups that an upstream is reserved for; null = it is open to every key */
export function mayUseUpstream({ groupId }: Scope, groups: ReadonlySet<string> | null): boolean {
  return groups === null || (groupId !== null && groups.has(groupId));
}
