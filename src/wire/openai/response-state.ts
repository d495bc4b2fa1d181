/**
 * What has to do with kept conversations in requests and answers of Responses. Items are texts of JSON: what a client or an
 * upstream wrote is kept and sent as it came.
 */
import { randomId } from "../../core/id.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { itemTexts, memberText } from "../../core/json-text.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { jsonPayload, withMembers, type JsonPayload } from "../../core/payload.ts";
import { invalid } from "../invalid.ts";
import { textIn } from "../values.ts";
import { readItems } from "./responses.ts";
import { TERMINAL } from "./responses-fold.ts";

/** What a request says of kept conversations. */
export interface StateAsked {
  /** The id of the response that it continues. */
  readonly previous?: string;
  /** The id of the conversation that it continues. */
  readonly conversation?: string;
  /** The answer is to be kept. */
  readonly store: boolean;
  /** What answers repeat, though upstreams are told something else or nothing. */
  readonly repeated: JsonObject;
}

/** Fields that answers repeat, and what they say if the client gave none. */
const REPEATED = { metadata: {}, user: null, safety_identifier: null, prompt_cache_key: null };

/** @throws Fault `invalid_parameter` */
export function readStateAsked(body: JsonObject): StateAsked {
  const { previous_response_id: previous, conversation: named, store } = body;
  const conversation = isObject(named) ? named["id"] : named;
  refuseOdd("previous_response_id", previous);
  refuseOdd("conversation", conversation);
  if (typeof previous === "string" && typeof conversation === "string") {
    throw invalid("previous_response_id", "must not stand beside 'conversation'", "不能与 'conversation' 同时使用");
  }
  if (store !== undefined && store !== null && typeof store !== "boolean") {
    throw invalid("store", "must be true or false", "必须是 true 或 false");
  }
  return {
    ...(typeof previous === "string" ? { previous } : {}),
    ...(typeof conversation === "string" ? { conversation } : {}),
    store: store !== false,
    repeated: Object.fromEntries(Object.entries(REPEATED).map(([name, none]) => [name, body[name] ?? none])),
  };
}

function refuseOdd(param: string, id: unknown): void {
  if (id === undefined || id === null || (typeof id === "string" && id !== "")) return;
  throw invalid(param, "must be an id", "必须是 id");
}

/** The texts of a request's own items. @throws Fault `missing_input`, `invalid_parameter` */
export function ownItems({ text, value }: JsonPayload): string[] {
  const { input } = value;
  if (Array.isArray(input)) return itemTexts(memberText(text, "input") ?? "");
  return readItems(value).map((item) => JSON.stringify(item));
}

/** The ids of the kept items that items of a request stand for, by the position of the item. */
export function referencesIn({ input }: JsonObject): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  for (const [position, item] of (Array.isArray(input) ? input : []).entries()) {
    if (isObject(item) && item["type"] === "item_reference") found.set(position, textIn(item["id"]) ?? "");
  }
  return found;
}

export function idOf(item: string): string | undefined {
  return textIn(draftOf(item)?.value["id"]);
}

/** How the ids of items begin, by the type of the item. */
const PREFIXES: Readonly<Record<string, string>> = {
  message: "msg_",
  function_call: "fc_",
  function_call_output: "fco_",
  custom_tool_call: "ctc_",
  custom_tool_call_output: "ctco_",
  reasoning: "rs_",
};

/** The item as it is kept: with an id. */
export function withId(item: string): string {
  const draft = draftOf(item);
  if (draft === undefined) return item;
  const { type = "message", id } = draft.value;
  if (type === "message") draft.fill("type", "message");
  if (typeof id !== "string" || id === "") draft.set("id", randomId(PREFIXES[textIn(type) ?? ""] ?? "item_"));
  return draft.toString();
}

/**
 * A kept item as part of a request. Upstreams keep nothing, so an id would name nothing there; only sealed reasoning is
 * bound to its id.
 */
export function asInput(item: string): string {
  const draft = draftOf(item);
  if (draft === undefined) return item;
  if (draft.value["encrypted_content"] === undefined || draft.value["encrypted_content"] === null)
    draft.set("id", undefined);
  return draft.toString();
}

/** The request with other items, and without the names of what is kept. */
export function withItems(payload: JsonPayload, items: readonly string[]): JsonPayload {
  const rest = withMembers(payload, { input: undefined, previous_response_id: undefined, conversation: undefined });
  const input = `"input":[${items.join(",")}]`;
  const members = rest.text.trim().slice(1);
  const text = `{${input}${/^\s*\}/.test(members) ? "" : ","}${members}`;
  return jsonPayload({ ...rest.value, input: items.map((item): unknown => JSON.parse(item)) }, text);
}

/** The texts of the items of a response. */
export function outputItems(response: string): string[] {
  return itemTexts(memberText(response, "output") ?? "");
}

/**
 * Says in answers what is kept, and hands on the whole response. A stored response has an id of ours: two upstreams may use
 * the same one.
 * @param keep gets its id and its text
 */
export function presentState(
  { previous, conversation, store, repeated }: StateAsked,
  keep: (id: string, response: string) => void,
): (draft: JsonDraft, streaming: boolean) => void {
  const id = randomId("resp_");
  return (draft, streaming) => {
    const response = streaming ? draft.object("response") : draft;
    if (response === undefined) return;
    if (store) response.set("id", id);
    response.set("store", store);
    response.set("previous_response_id", previous ?? null);
    if (conversation !== undefined) response.set("conversation", { id: conversation });
    for (const [name, value] of Object.entries(repeated)) response.set(name, value);
    if (streaming && !TERMINAL.has(draft.value["type"])) return;
    const text = streaming ? memberText(draft.toString(), "response") : draft.toString();
    if (text !== undefined) keep(id, text);
  };
}

/** undefined = it is no object. */
function draftOf(item: string): JsonDraft | undefined {
  const value: unknown = JSON.parse(item);
  return isObject(value) ? new JsonDraft(value, item) : undefined;
}
