/**
 * Lists of models: without a key the public models, with a key those that it may use. Clients also test keys by them.
 */
import { mayUseModel, mayUseUpstream, type Scope } from "../access/scope.ts";
import { Fault } from "../core/fault.ts";
import { AUTO } from "../routing/plan.ts";
import type { Route } from "../routing/route.ts";
import type { Services } from "../services.ts";
import { admitAnyone, identify, keyOf } from "./caller.ts";
import { listFor, type ListedModel, type ModelList } from "./model-lists.ts";
import type { GatewayContext } from "./types.ts";

export async function listModels(context: GatewayContext, services: Services): Promise<Response> {
  const models = await visibleModels(context, services);
  return Response.json(formOf(context).all(models, (name) => context.req.query(name)));
}

/** The id is the rest of the path. It may contain `/`, plain or as `%2F`. */
export async function retrieveModel(context: GatewayContext, services: Services): Promise<Response> {
  const id = context.req.param("id") ?? "";
  const model = (await visibleModels(context, services)).find((candidate) => candidate.id === id);
  if (model === undefined) throw new Fault("model_not_found", { param: "model", values: { model: id } });
  return Response.json(formOf(context).one(model));
}

function formOf({ req }: GatewayContext): ModelList {
  return listFor(req.path, req.raw.headers, (name) => req.query(name));
}

async function visibleModels(context: GatewayContext, services: Services): Promise<ListedModel[]> {
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
  const createdAtMs = Math.min(...auto.map((model) => model.createdAtMs));
  return [
    ...(auto.length > 0 ? [{ id: AUTO, createdAtMs, ownedBy: "gateway" }] : []),
    ...served.map((model) => ({ id: model.id, createdAtMs: model.createdAtMs, ownedBy: model.ownedBy, model })),
  ];
}

/** The scope of the caller's key; undefined = no key. */
async function callerOf(context: GatewayContext, services: Services): Promise<Scope | undefined> {
  if (keyOf(context) !== undefined) return identify(context, services);
  await admitAnyone(context, services);
  return undefined;
}
