/** The request fields of Responses, and what happens to each on its way upstream. */
import type { JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { type FieldGroup, fieldTable, shape, words } from "../fields/field-table.ts";
import { PROVIDER } from "../provider.ts";
import { SEARCH_TOOLS } from "./tools.ts";

/** Types of tools that the client runs. */
const CLIENT_TOOLS: ReadonlySet<unknown> = new Set(
  words("function custom local_shell apply_patch computer computer_use_preview"),
);

/** The fee of a tool; undefined for one that runs in the client. */
function feeOfTool({ type }: JsonObject): Fee | undefined {
  if (CLIENT_TOOLS.has(type)) return undefined;
  return SEARCH_TOOLS.has(type) ? "searches" : "calls";
}

export const RESPONSE_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Responses",
    rule: "pass",
    names:
      words(`model input instructions max_output_tokens max_tool_calls temperature top_p top_logprobs tools tool_choice
      parallel_tool_calls text reasoning include truncation stream stream_options moderation`),
  },
  {
    title: "Choice of models and upstreams, and what the gateway keeps itself",
    rule: "gateway",
    names: words("models provider store previous_response_id conversation background client_metadata metadata"),
  },
  { title: "Names of the person who asks", rule: "account", names: words("user safety_identifier") },
  { title: "Names of prompt caches", rule: "scoped", names: words("prompt_cache_key") },
  {
    title: "Service tier",
    rule: { fee: "tier", free: ["auto", "default"] },
    names: words("service_tier"),
  },
  {
    title: "Prompt caches that are kept for an hour or longer",
    rule: { fee: "cacheWrite1h", free: ["in_memory", "in-memory"] },
    names: words("prompt_cache_retention prompt_cache_options"),
  },
  {
    title: "Storage and state in the upstream's account",
    rule: "drop",
    names: words("prompt context_management"),
  },
];

const PART = shape("type text refusal image_url file_id file_data file_url filename detail input_audio annotations");
const ITEM = shape("type role id call_id name arguments output input status summary encrypted_content phase", {
  content: PART,
});
const TOOL = shape("type name description parameters strict format", {}, { fee: feeOfTool });

export const RESPONSE_FIELDS = fieldTable(RESPONSE_GROUPS, {
  input: ITEM,
  tools: TOOL,
  reasoning: shape("effort summary"),
  text: shape("format verbosity"),
  stream_options: shape("include_obfuscation"),
  provider: PROVIDER,
});
