/**
 * Request fields with a fee or an effect on an upstream's account, lookalikes, and extras of vendors, each with the page
 * that documents it (read in November 2026). The e2e grid sends each of them to both endpoints.
 */

/**
 * - `arrives`: as the client sent it.
 * - `dropped`: not sent, and named in a warning.
 * - `fee`: dropped where the model has no price for it, else sent.
 * - `tool`: refused where the model has no price for it and the request has no other tools, else sent.
 * - `renamed`: another value is sent in its place.
 * - `ours`: the gateway acts on it; not sent, no warning.
 * - `refused`: 400 that names the field.
 */
export type Fate = "arrives" | "dropped" | "fee" | "tool" | "renamed" | "ours" | "refused";

export interface OddField {
  readonly name: string;
  readonly value: unknown;
  readonly source: string;
  readonly fate: Fate;
  /** Where `/v1/completions` treats it otherwise. */
  readonly inCompletions?: Fate;
}

const OPENAI = "platform.openai.com/docs/api-reference/chat/create";
const XAI = "docs.x.ai/developers/rest-api-reference/inference/chat";
const QWEN = "alibabacloud.com/help/en/model-studio/qwen-api-via-openai-chat-completions";
const GROQ = "console.groq.com/docs/api-reference";
const PERPLEXITY = "docs.perplexity.ai/api-reference/chat-completions-post";
const OPENROUTER = "openrouter.ai/docs/api-reference/overview";
const LITELLM = "docs.litellm.ai/docs/completion/input";
const LITELLM_PROXY = "docs.litellm.ai/docs/proxy/user_keys";
const VLLM = "docs.vllm.ai/en/latest/serving/openai_compatible_server.html";
const ZHIPU = "docs.z.ai/api-reference/llm/chat-completion";
const ANTHROPIC = "platform.claude.com/docs/en/api/openai-sdk";
const MISTRAL = "docs.mistral.ai/api";
const GO = "pkg.go.dev/encoding/json#Unmarshal: prefers exact names, accepts any case";

export const ODD_FIELDS: readonly OddField[] = [
  // Fees.
  { name: "web_search_options", value: {}, source: OPENAI, fate: "tool" },
  { name: "search_parameters", value: { mode: "on" }, source: XAI, fate: "fee" },
  { name: "enable_search", value: true, source: QWEN, fate: "fee" },
  { name: "search_options", value: { forced_search: true }, source: QWEN, fate: "fee" },
  { name: "search_settings", value: { include_images: true }, source: GROQ, fate: "fee" },
  { name: "compound_custom", value: { tools: {} }, source: GROQ, fate: "fee" },
  { name: "search_mode", value: "academic", source: PERPLEXITY, fate: "fee" },
  { name: "search_domain_filter", value: ["a.test"], source: PERPLEXITY, fate: "fee" },
  { name: "search_recency_filter", value: "day", source: PERPLEXITY, fate: "fee" },
  { name: "return_images", value: true, source: PERPLEXITY, fate: "fee" },
  { name: "return_related_questions", value: true, source: PERPLEXITY, fate: "fee" },
  { name: "mcp_servers", value: [{ type: "url", url: "https://a.test" }], source: ANTHROPIC, fate: "tool" },
  { name: "enable_code_interpreter", value: true, source: QWEN, fate: "fee" },
  { name: "service_tier", value: "priority", source: OPENAI, fate: "fee" },
  { name: "prompt_cache_retention", value: "24h", source: OPENAI, fate: "fee" },
  { name: "prompt_cache_options", value: { mode: "explicit", ttl: "12h" }, source: OPENAI, fate: "fee" },
  // What asks for no fee.
  { name: "enable_search", value: false, source: QWEN, fate: "arrives" },
  { name: "service_tier", value: "auto", source: OPENAI, fate: "arrives" },
  // The upstream's account.
  { name: "store", value: true, source: OPENAI, fate: "dropped" },
  { name: "store", value: false, source: OPENAI, fate: "arrives" },
  { name: "metadata", value: { a: "b" }, source: OPENAI, fate: "dropped" },
  { name: "background", value: true, source: OPENAI, fate: "dropped" },
  { name: "previous_response_id", value: "resp_1", source: OPENAI, fate: "dropped" },
  { name: "conversation", value: "conv_1", source: OPENAI, fate: "dropped" },
  { name: "deferred", value: true, source: XAI, fate: "dropped" },
  { name: "preset", value: "mine", source: OPENROUTER, fate: "dropped" },
  { name: "trace", value: { trace_id: "x" }, source: OPENROUTER, fate: "dropped" },
  { name: "request_id", value: "mine", source: ZHIPU, fate: "dropped" },
  { name: "priority", value: -1, source: VLLM, fate: "dropped" },
  { name: "kv_transfer_params", value: { remote_host: "a.test" }, source: VLLM, fate: "dropped" },
  { name: "logits_processors", value: ["module.attribute"], source: VLLM, fate: "dropped" },
  { name: "chat_template", value: "{{ x }}", source: VLLM, fate: "dropped" },
  { name: "tags", value: ["a"], source: LITELLM_PROXY, fate: "dropped" },
  { name: "litellm_metadata", value: {}, source: LITELLM_PROXY, fate: "dropped" },
  { name: "prompt_id", value: "p", source: LITELLM, fate: "dropped" },
  // Routing and retries of other gateways.
  { name: "route", value: "fallback", source: OPENROUTER, fate: "dropped" },
  { name: "transforms", value: ["middle-out"], source: OPENROUTER, fate: "dropped" },
  { name: "plugins", value: [{ id: "web" }], source: OPENROUTER, fate: "dropped" },
  { name: "models", value: ["plain"], source: OPENROUTER, fate: "ours" },
  { name: "provider", value: { order: ["a"], sort: "price" }, source: OPENROUTER, fate: "ours" },
  { name: "provider", value: { data_collection: "deny" }, source: OPENROUTER, fate: "refused" },
  { name: "provider", value: { zdr: true }, source: OPENROUTER, fate: "refused" },
  { name: "fallbacks", value: ["dear"], source: LITELLM, fate: "dropped" },
  { name: "context_window_fallback_dict", value: {}, source: LITELLM, fate: "dropped" },
  { name: "num_retries", value: 9, source: LITELLM, fate: "dropped" },
  { name: "max_retries", value: 9, source: LITELLM, fate: "dropped" },
  { name: "timeout", value: 1, source: LITELLM, fate: "dropped" },
  { name: "guardrails", value: [], source: LITELLM_PROXY, fate: "dropped" },
  { name: "caching", value: true, source: LITELLM, fate: "dropped" },
  { name: "cache", value: { "no-cache": true }, source: LITELLM_PROXY, fate: "dropped" },
  { name: "mock_response", value: "free", source: LITELLM, fate: "dropped" },
  { name: "mock_testing_fallbacks", value: true, source: LITELLM, fate: "dropped" },
  { name: "drop_params", value: true, source: LITELLM, fate: "dropped" },
  { name: "allowed_openai_params", value: ["tools"], source: LITELLM, fate: "dropped" },
  { name: "user_config", value: { model_list: [] }, source: "osv.dev/vulnerability/PYSEC-2026-4070", fate: "dropped" },
  // The upstream's address, key and account.
  { name: "api_base", value: "https://evil.test", source: LITELLM, fate: "dropped" },
  { name: "base_url", value: "https://evil.test", source: LITELLM, fate: "dropped" },
  { name: "api_key", value: "sk-x", source: LITELLM, fate: "dropped" },
  { name: "api_version", value: "1", source: LITELLM, fate: "dropped" },
  { name: "custom_llm_provider", value: "openai", source: LITELLM, fate: "dropped" },
  { name: "litellm_params", value: {}, source: LITELLM, fate: "dropped" },
  { name: "organization", value: "org-x", source: LITELLM, fate: "dropped" },
  { name: "extra_headers", value: { "x-y": "z" }, source: LITELLM, fate: "dropped" },
  { name: "extra_body", value: { model: "dear" }, source: LITELLM, fate: "dropped" },
  { name: "aws_region_name", value: "us-east-1", source: LITELLM, fate: "dropped" },
  { name: "vertex_project", value: "p", source: LITELLM, fate: "dropped" },
  { name: "input_cost_per_token", value: 0, source: LITELLM, fate: "dropped" },
  // Names of people and sessions.
  { name: "user", value: "alice@a.test", source: OPENAI, fate: "renamed" },
  { name: "safety_identifier", value: "alice", source: OPENAI, fate: "renamed" },
  { name: "user_id", value: "alice", source: ZHIPU, fate: "renamed" },
  { name: "prompt_cache_key", value: "session", source: OPENAI, fate: "renamed" },
  { name: "cache_salt", value: "salt", source: VLLM, fate: "renamed" },
  { name: "session_id", value: "session", source: OPENROUTER, fate: "renamed" },
  // Lookalikes of known names.
  { name: "Model", value: "dear", source: GO, fate: "refused" },
  { name: "MODEL", value: "dear", source: GO, fate: "refused" },
  { name: "Service_Tier", value: "priority", source: GO, fate: "refused" },
  { name: "ſervice_tier", value: "priority", source: GO, fate: "refused" },
  { name: "max_toKens", value: 9, source: GO, fate: "refused" },
  { name: "ｎ", value: 9, source: GO, fate: "refused" },
  { name: "Web_Search_Options", value: {}, source: GO, fate: "refused" },
  { name: "meſſages", value: [], source: GO, fate: "refused", inCompletions: "dropped" },
  // Extras that change only the answer.
  { name: "reasoning_effort", value: "low", source: OPENAI, fate: "arrives", inCompletions: "dropped" },
  { name: "reasoning", value: { effort: "low" }, source: OPENROUTER, fate: "arrives", inCompletions: "dropped" },
  { name: "thinking", value: { type: "enabled" }, source: ZHIPU, fate: "arrives", inCompletions: "dropped" },
  { name: "enable_thinking", value: true, source: QWEN, fate: "arrives", inCompletions: "dropped" },
  { name: "chat_template_kwargs", value: { a: 1 }, source: VLLM, fate: "arrives", inCompletions: "dropped" },
  { name: "safe_prompt", value: true, source: MISTRAL, fate: "arrives", inCompletions: "dropped" },
  { name: "citation_options", value: "disabled", source: GROQ, fate: "arrives", inCompletions: "dropped" },
  { name: "top_k", value: 5, source: VLLM, fate: "arrives" },
  { name: "min_p", value: 0.1, source: VLLM, fate: "arrives" },
  { name: "repetition_penalty", value: 1.1, source: OPENROUTER, fate: "arrives" },
  { name: "guided_json", value: {}, source: VLLM, fate: "arrives" },
  // Names that nobody documents.
  { name: "a_field_of_tomorrow", value: [null, 1.5], source: "none", fate: "dropped" },
  { name: "constructor", value: "of a client", source: "ECMAScript", fate: "dropped" },
];
