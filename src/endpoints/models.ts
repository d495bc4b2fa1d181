/**
 * Lists of models: without a key the public models, with a key those that it may use. Clients also test keys by them.
 */
import { mayUseModel, mayUseUpstream, type Scope } from "../access/scope.ts";
import { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { AUTO } from "../routing/plan.ts";
import type { Model, Route } from "../routing/route.ts";
import type { Services } from "../services.ts";
import { admitAnyone, identify, keyOf } from "./caller.ts";
import type { GatewayContext } from "./types.ts";

export async function listModels(context: GatewayContext, services: Services): Promise<Response> {
  return Response.json({ object: "list", data: await visibleModels(context, services) });
}

/** The id is the rest of the path. It may contain `/`, plain or as `%2F`. */
export async function retrieveModel(context: GatewayContext, services: Services): Promise<Response> {
  const id = context.req.param("id") ?? "";
  const model = (await visibleModels(context, services)).find((candidate) => candidate["id"] === id);
  if (model === undefined) throw new Fault("model_not_found", { param: "model", values: { model: id } });
  return Response.json(model);
}

async function visibleModels(context: GatewayContext, services: Services): Promise<JsonObject[]> {
  const scope = await callerOf(context, services);
  const defer = (work: Promise<unknown>) => context.executionCtx.waitUntil(work);
  const [{ models, routes }, priceOf] = await Promise.all([
    services.relay.catalogue.current(defer),
    services.relay.prices.current(defer),
  ]);
  const isReachable = ({ upstream }: Route) =>
    scope === undefined ? upstream.groups === null : mayUseUpstream(scope, upstream.groups);
  const served = [...models.values()].filter(
    (model) =>
      (scope === undefined || mayUseModel(scope, model)) &&
      (routes.get(model.id) ?? []).some(isReachable) &&
      priceOf(model.id) !== undefined,
  );
  const auto = served.filter((model) => model.autoWeight > 0);
  const created = Math.min(...auto.map((model) => model.createdAtMs));
  return [...(auto.length > 0 ? [card(AUTO, created, "gateway")] : []), ...served.map(modelCard)];
}

/** The scope of the caller's key; undefined = no key. */
async function callerOf(context: GatewayContext, services: Services): Promise<Scope | undefined> {
  if (keyOf(context) !== undefined) return identify(context, services);
  await admitAnyone(context, services);
  return undefined;
}

function modelCard(model: Model): JsonObject {
  return card(model.id, model.createdAtMs, model.ownedBy);
}

/** @see https://platform.openai.com/docs/api-reference/models/object */
function card(id: string, createdAtMs: number, ownedBy: string): JsonObject {
  return { id, object: "model", created: Math.floor(createdAtMs / 1000), owned_by: ownedBy };
}
