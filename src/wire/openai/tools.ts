/** The tools of chat and completions that an upstream runs itself, for a fee. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { words } from "../fields/field-table.ts";

/** Types of `tools` that run in the client, and so cost nothing but tokens. */
const CLIENT_TOOLS: ReadonlySet<unknown> = new Set(["function", "custom"]);

/** Types of `tools` that search the web. All other types that upstreams run are `calls`. */
export const SEARCH_TOOLS: ReadonlySet<unknown> = new Set(
  words(`web_search web_search_preview web_search_preview_2025_03_11 web_search_20250305 web_search_2025_08_26
    web_search_premium openrouter:web_search browser_search google_search google_search_retrieval live_search x_search
    news_search builtin_function`),
);

/** The fee of a tool; undefined for one that runs in the client. */
export function feeOfTool({ type, function: called }: JsonObject): Fee | undefined {
  if (CLIENT_TOOLS.has(type) || (type === undefined && isObject(called))) return undefined;
  return SEARCH_TOOLS.has(type) ? "searches" : "calls";
}
