/** The request fields of Messages, and what happens to each on its way upstream. A field that is not listed is dropped. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { CACHE_MARK, type FieldGroup, fieldTable, shape, words } from "../fields/field-table.ts";
import { PROVIDER } from "../provider.ts";

/** Tools that Anthropic defines and the client runs; their types end with a date. */
const CLIENT_TOOL = /^(custom|bash|text_editor|computer|memory|str_replace_based_edit_tool)(_\d{8})?$/;
const SEARCH_TOOL = /^web_search(_\d{8})?$/;

/** The fee of a tool; undefined for one that runs in the client. */
function feeOfTool({ type, input_schema: schema }: JsonObject): Fee | undefined {
  if ((type === undefined || type === null) && isObject(schema)) return undefined;
  if (typeof type === "string" && CLIENT_TOOL.test(type)) return undefined;
  return typeof type === "string" && SEARCH_TOOL.test(type) ? "searches" : "calls";
}

const SOURCE = shape("type media_type data url file_id content");
const INNER = shape("type text title context", { source: SOURCE, cache_control: CACHE_MARK });
const BLOCK = shape("type text thinking signature data id name input tool_use_id is_error title context", {
  source: SOURCE,
  content: INNER,
  cache_control: CACHE_MARK,
});
const TOOL = shape(
  "type name description input_schema strict max_uses allowed_domains blocked_domains user_location",
  { cache_control: CACHE_MARK },
  { fee: feeOfTool },
);

export const MESSAGE_GROUPS: readonly FieldGroup[] = [
  {
    title: "Anthropic, Messages",
    rule: "pass",
    names: words(`model messages system max_tokens stream stop_sequences temperature top_p top_k
      thinking output_config output_format tools tool_choice cache_control context_management`),
  },
  { title: "Choice of models and upstreams", rule: "gateway", names: ["models", "provider", "metadata"] },
  { title: "Tools that the upstream runs", rule: { fee: "calls" }, names: ["mcp_servers", "container"] },
  {
    title: "Service tier and speed",
    rule: { fee: "tier", free: ["auto", "standard_only", "standard"] },
    names: ["service_tier", "speed"],
  },
  {
    title: "Where the model runs, and storage",
    rule: "drop",
    names: ["inference_geo", "store", "previous_message_id"],
  },
];

export const MESSAGE_FIELDS = fieldTable(MESSAGE_GROUPS, {
  messages: shape("role", { content: BLOCK }),
  system: INNER,
  tools: TOOL,
  cache_control: CACHE_MARK,
  provider: PROVIDER,
});

/**
 * The beta features whose request a client may pass on. Others could change what the upstream bills or stores.
 * @see https://platform.claude.com/docs/en/api/beta-headers
 */
const BETAS =
  /^(interleaved-thinking|fine-grained-tool-streaming|token-efficient-tools|extended-cache-ttl|prompt-caching|structured-outputs|output-128k|context-management|computer-use|model-context-window-exceeded|mcp-client|code-execution|web-fetch|search-results|tool-examples|advanced-tool-use|effort|claude-code)-[\d-]+$/;

/** Those of a header's features that an upstream is asked for. */
export function allowedBetas(header: string | null): string[] {
  return (header ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => BETAS.test(name));
}
