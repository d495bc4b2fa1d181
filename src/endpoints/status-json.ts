/** `/status.json`: the health of each public model. Open to everyone. */
import { type StatusDocument, unknownStatus } from "../health/status-document.ts";
import { publicRoutes } from "../routing/catalogue.ts";
import type { Services } from "../services.ts";
import { admitAnyone } from "./caller.ts";
import type { Endpoint, GatewayContext } from "./types.ts";

export const STATUS: Endpoint = { method: "GET", path: "/status.json", handle: showStatus };

async function showStatus(context: GatewayContext, services: Services): Promise<Response> {
  await admitAnyone(context, services);
  const defer = (work: Promise<unknown>) => context.executionCtx.waitUntil(work);
  const document = (await services.status.current(defer)) ?? (await nothingKnown(services, defer));
  return Response.json(document, { headers: { "cache-control": "public, max-age=30" } });
}

async function nothingKnown({ relay }: Services, defer: (work: Promise<unknown>) => void): Promise<StatusDocument> {
  const [catalogue, priceOf] = await Promise.all([relay.catalogue.current(defer), relay.prices.current(defer)]);
  return unknownStatus(publicRoutes(catalogue, (model) => priceOf(model) !== undefined).keys());
}
