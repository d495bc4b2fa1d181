/** The endpoints of responses that were kept. */
import { Fault } from "../../core/fault.ts";
import { itemTexts } from "../../core/json-text.ts";
import type { Services } from "../../services.ts";
import { identify } from "../caller.ts";
import type { GatewayContext, Row } from "../types.ts";
import { TooLong, type Stored } from "../../state/state-store.ts";
import { itemsOf } from "./kept-items.ts";
import { itemList, jsonText } from "./item-list.ts";
import { notFound } from "./kept-state.ts";

const PATH = "/responses/:id";

export const STORED_RESPONSE_ROWS: readonly Row[] = [
  { method: "GET", path: PATH, handle: retrieve },
  { method: "DELETE", path: PATH, handle: remove },
  { method: "POST", path: `${PATH}/cancel`, handle: cancel },
  { method: "GET", path: `${PATH}/input_items`, handle: listInput },
];

async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
  const { content } = await found(context, services);
  if (context.req.query("stream") === "true") {
    throw new Fault("unsupported_feature", {
      param: "stream",
      detail: { en: "A response that is over has no stream.", zh: "已完成的响应没有流。" },
    });
  }
  return jsonText(content.response ?? "{}");
}

async function remove(context: GatewayContext, services: Services): Promise<Response> {
  const { accountId } = await identify(context, services);
  const id = context.req.param("id") ?? "";
  if (!(await services.state.remove(accountId, "response", id))) throw notFound("response", id);
  return Response.json({ id, object: "response", deleted: true });
}

/** Only a response that runs in the background could be cancelled, and there are none. */
async function cancel(context: GatewayContext, services: Services): Promise<Response> {
  await found(context, services);
  throw new Fault("invalid_parameter", {
    param: "id",
    detail: { en: "Only a response in the background can be cancelled.", zh: "只能取消后台运行的响应。" },
  });
}

/** What the model was given: what came before, and the request's own items. */
async function listInput(context: GatewayContext, services: Services): Promise<Response> {
  const { accountId } = await identify(context, services);
  const id = context.req.param("id") ?? "";
  const turns = await services.state.chain(accountId, id).catch((error: unknown) => {
    if (error instanceof TooLong) return undefined;
    throw error;
  });
  const last = turns?.at(-1) ?? (await found(context, services));
  return itemList(context, [...(turns ?? []).slice(0, -1).flatMap(itemsOf), ...itemTexts(last.content.input)]);
}

async function found(context: GatewayContext, services: Services): Promise<Stored> {
  const { accountId } = await identify(context, services);
  const id = context.req.param("id") ?? "";
  const row = await services.state.find(accountId, "response", id);
  if (row === undefined) throw notFound("response", id);
  return row;
}
