/** Model lists: public without a key, what the key may use with one, and a way to test a key. */
import { presentedKey } from "../access/identify.ts";
import { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { AUTO } from "../routing/plan.ts";
import type { Model } from "../routing/types.ts";
import type { Services } from "../services.ts";
import { admitAnyone, identify } from "./identity.ts";
import type { GatewayContext } from "./types.ts";

export async function listModels(context: GatewayContext, services: Services): Promise<Response> {
  return Response.json({ object: "list", data: await visibleModels(context, services) });
}

/** The id is the rest of the path: it may hold `/`, plain or as `%2F`. */
export async function retrieveModel(context: GatewayContext, services: Services): Promise<Response> {
  const id = context.req.param("id") ?? "";
  const model = (await visibleModels(context, services)).find((candidate) => candidate["id"] === id);
  if (model === undefined) throw new Fault("model_not_found", { param: "model", values: { model: id } });
  return Response.json(model);
}

async function visibleModels(context: GatewayContext, services: Services): Promise<JsonObject[]> {
  const admitted = presentedKey(context.req.raw.headers) === undefined ? admitAnyone : identify;
  await admitted(context, services);
  const { models, routes } = await services.relay.catalogue.current((work) => context.executionCtx.waitUntil(work));
  const served = [...models.values()].filter((model) => (routes.get(model.id) ?? []).length > 0);
  const auto = served.filter((model) => model.autoWeight > 0);
  const created = Math.min(...auto.map((model) => model.createdAtMs));
  return [...(auto.length > 0 ? [card(AUTO, created, "gateway")] : []), ...served.map(modelCard)];
}

function modelCard(model: Model): JsonObject {
  return card(model.id, model.createdAtMs, model.ownedBy);
}

/** @see https://platform.openai.com/docs/api-reference/models/object */
function card(id: string, createdAtMs: number, ownedBy: string): JsonObject {
  return { id, object: "model", created: Math.floor(createdAtMs / 1000), owned_by: ownedBy };
}
