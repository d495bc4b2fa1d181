/** The endpoints that tell how long a prompt is. The count is the gateway's own, and free. */
import { type JsonObject } from "../core/json.ts";
import type { JsonPayload } from "../core/payload.ts";
import { countPrompt } from "../relay/count-prompt.ts";
import type { Services } from "../services.ts";
import type { Wire } from "../wire/types.ts";
import { identify } from "./caller.ts";
import { matchOf } from "./match.ts";
import { readJson } from "./request-body.ts";
import type { Keeper } from "./responses/kept-items.ts";
import type { GatewayContext, Handler } from "./types.ts";

interface Counting {
  readonly wire: Wire;
  /** Makes a request of the wire from the body of the endpoint. */
  readonly complete: (payload: JsonPayload, keeper: Keeper) => JsonPayload | Promise<JsonPayload>;
  readonly answer: (tokens: number) => JsonObject;
}

export function counts({ wire, complete, answer }: Counting): Handler {
  return async function countHandler(context: GatewayContext, services: Services): Promise<Response> {
    const { accountId } = await identify(context, services);
    const defer = (work: Promise<unknown>) => context.executionCtx.waitUntil(work);
    const body = await readJson(context.req.raw, services.settings.MAX_BODY_BYTES);
    const asked = wire.read(await complete(body, { services, accountId, defer }), matchOf(context));
    const { models } = await services.relay.catalogue.current(defer);
    return Response.json(answer(countPrompt(asked, models.get(asked.demand.model ?? ""))));
  };
}
