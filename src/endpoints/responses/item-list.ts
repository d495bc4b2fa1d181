/** A list of items in pages, as OpenAI's clients read it. */
import { invalid } from "../../wire/invalid.ts";
import { idOf } from "../../wire/openai/response-state.ts";
import { readPageQuery } from "../list-query.ts";
import type { GatewayContext } from "../types.ts";

/**
 * @param items their texts, the oldest first
 * @throws Fault `invalid_parameter`
 */
export function itemList(context: GatewayContext, items: readonly string[]): Response {
  const { limit, after, order } = readPageQuery(context);
  const ordered = order === "asc" ? items : items.toReversed();
  const from = after === undefined ? 0 : ordered.findIndex((item) => idOf(item) === after) + 1;
  if (after !== undefined && from === 0) throw invalid("after", "names no item of the list", "所指的项目不在列表中");
  return itemPage(ordered.slice(from, from + limit), ordered.length > from + limit);
}

export function itemPage(items: readonly string[], hasMore: boolean): Response {
  const [first, last] = [items.at(0), items.at(-1)].map((item) => (item === undefined ? null : (idOf(item) ?? null)));
  return jsonText(
    `{"object":"list","data":[${items.join(",")}],"first_id":${JSON.stringify(first)},"last_id":${JSON.stringify(last)},"has_more":${hasMore}}`,
  );
}

export function jsonText(text: string): Response {
  return new Response(text, { headers: { "content-type": "application/json" } });
}
