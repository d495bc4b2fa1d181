/**
 * The endpoints of conversations.
 * @see https://platform.openai.com/docs/api-reference/conversations
 */
import { Fault } from "../../core/fault.ts";
import { randomId } from "../../core/id.ts";
import { itemTexts, memberText } from "../../core/json-text.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { JsonPayload } from "../../core/payload.ts";
import type { Services } from "../../services.ts";
import { TooLong, type Content, type Stored } from "../../state/state-store.ts";
import { invalid } from "../../wire/invalid.ts";
import { idOf, withId } from "../../wire/openai/response-state.ts";
import { readItems } from "../../wire/openai/responses.ts";
import { identify } from "../caller.ts";
import { readJson } from "../request-body.ts";
import type { GatewayContext, Row } from "../types.ts";
import { itemList, itemPage, jsonText } from "./item-list.ts";
import { contentOf, itemsOf, namesOf } from "./kept-items.ts";
import { notFound } from "./kept-state.ts";

const PATH = "/conversations/:id";

export const CONVERSATION_ROWS: readonly Row[] = [
  { method: "POST", path: "/conversations", handle: create },
  { method: "GET", path: PATH, handle: retrieve },
  { method: "POST", path: PATH, handle: update },
  { method: "DELETE", path: PATH, handle: remove },
  { method: "GET", path: `${PATH}/items`, handle: listItems },
  { method: "POST", path: `${PATH}/items`, handle: addItems },
  { method: "GET", path: `${PATH}/items/:item`, handle: retrieveItem },
  { method: "DELETE", path: `${PATH}/items/:item`, handle: removeItem },
];

const MOST_ITEMS = 20;
const MOST_METADATA = 16;

async function create(context: GatewayContext, services: Services): Promise<Response> {
  const { accountId } = await identify(context, services);
  const body = await bodyOf(context, services);
  const items = body.value["items"] === undefined || body.value["items"] === null ? [] : newItems(body);
  const conversation: Stored = {
    id: randomId("conv_"),
    kind: "conversation",
    createdAt: services.now(),
    content: { ...contentOf(items), metadata: metadataIn(body.value) ?? {} },
  };
  await keep(services, accountId, conversation);
  return Response.json(view(conversation));
}

async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
  const { conversation } = await found(context, services);
  return Response.json(view(conversation));
}

async function update(context: GatewayContext, services: Services): Promise<Response> {
  const { conversation, accountId } = await found(context, services);
  const body = await bodyOf(context, services);
  const metadata = metadataIn(body.value);
  if (metadata === undefined) throw invalid("metadata", "is required", "为必填参数");
  const changed = { ...conversation, content: { ...conversation.content, metadata } };
  await keep(services, accountId, changed);
  return Response.json(view(changed));
}

async function remove(context: GatewayContext, services: Services): Promise<Response> {
  const { accountId } = await identify(context, services);
  const id = context.req.param("id") ?? "";
  if (!(await services.state.remove(accountId, "conversation", id))) throw notFound("conversation", id);
  return Response.json({ id, object: "conversation.deleted", deleted: true });
}

async function listItems(context: GatewayContext, services: Services): Promise<Response> {
  const { rows } = await whole(context, services);
  return itemList(context, rows.flatMap(itemsOf));
}

async function addItems(context: GatewayContext, services: Services): Promise<Response> {
  const { conversation, accountId } = await found(context, services);
  const items = newItems(await bodyOf(context, services));
  await keep(services, accountId, {
    id: randomId("items_"),
    kind: "items",
    conversation: conversation.id,
    createdAt: services.now(),
    content: contentOf(items),
  });
  return itemPage(items, false);
}

async function retrieveItem(context: GatewayContext, services: Services): Promise<Response> {
  const { rows } = await whole(context, services);
  const id = context.req.param("item") ?? "";
  const item = rows.flatMap(itemsOf).find((text) => idOf(text) === id);
  if (item === undefined) throw notFound("item", id);
  return jsonText(item);
}

/** The item stays in the response that brought it, but the conversation goes on without it. */
async function removeItem(context: GatewayContext, services: Services): Promise<Response> {
  const { conversation, rows, accountId } = await whole(context, services);
  const id = context.req.param("item") ?? "";
  const row = rows.find((candidate) => itemsOf(candidate).some((text) => idOf(text) === id));
  if (row === undefined) throw notFound("item", id);
  const { removed = [] } = row.content;
  await keep(services, accountId, { ...row, content: { ...row.content, removed: [...removed, id] } });
  return Response.json(view(conversation));
}

/** @throws Fault `invalid_parameter` when it is too long */
async function keep(services: Services, accountId: string, row: Stored): Promise<void> {
  if (await services.state.keep(accountId, row, namesOf(itemsOf(row)))) return;
  throw invalid("items", "are too long to be kept", "过长,无法保存");
}

async function found(context: GatewayContext, services: Services) {
  const { accountId } = await identify(context, services);
  const id = context.req.param("id") ?? "";
  const conversation = await services.state.find(accountId, "conversation", id);
  if (conversation === undefined) throw notFound("conversation", id);
  return { accountId, conversation };
}

/** The conversation with all that belongs to it, the oldest first. */
async function whole(context: GatewayContext, services: Services) {
  const { accountId, conversation } = await found(context, services);
  const turns = await services.state.conversation(accountId, conversation.id).catch((error: unknown) => {
    if (!(error instanceof TooLong)) throw error;
    throw invalid("id", "names a conversation that is too long to be listed", "所指的会话过长,无法列出");
  });
  return { accountId, conversation, rows: [conversation, ...turns] };
}

/** @throws Fault `not_implemented` where nothing is kept */
async function bodyOf(context: GatewayContext, services: Services): Promise<JsonPayload> {
  if (!services.state.isOn) throw new Fault("not_implemented");
  return readJson(context.req.raw, services.settings.MAX_BODY_BYTES);
}

/** The texts of the items in a body, each with an id. @throws Fault `invalid_parameter` */
function newItems({ value, text }: JsonPayload): string[] {
  const { items } = value;
  if (!Array.isArray(items) || items.length === 0 || items.length > MOST_ITEMS) {
    throw invalid(
      "items",
      `must be an array of 1 to ${MOST_ITEMS} items`,
      `必须是包含 1 到 ${MOST_ITEMS} 个项目的数组`,
    );
  }
  readItems({ input: items });
  return itemTexts(memberText(text, "items") ?? "").map(withId);
}

/** @throws Fault `invalid_parameter` */
function metadataIn({ metadata }: JsonObject): Content["metadata"] {
  if (metadata === undefined || metadata === null) return undefined;
  const isPair = ([name, value]: [string, unknown]) =>
    name.length <= 64 && typeof value === "string" && value.length <= 512;
  if (isObject(metadata) && Object.keys(metadata).length <= MOST_METADATA && Object.entries(metadata).every(isPair)) {
    return metadata as Record<string, string>;
  }
  throw invalid(
    "metadata",
    `must be an object of at most ${MOST_METADATA} short strings`,
    `必须是最多 ${MOST_METADATA} 个短字符串的对象`,
  );
}

function view({ id, createdAt, content }: Stored): JsonObject {
  return { id, object: "conversation", created_at: Math.floor(createdAt / 1000), metadata: content.metadata ?? {} };
}
