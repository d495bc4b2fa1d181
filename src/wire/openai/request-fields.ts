/**
 * The request fields of chat and completions, and what happens to each on its way upstream. This is the only list:
 * `fields/` applies it, and `FIELDS.md` is generated from it. A field that is not listed is dropped.
 */
import { type FieldGroup, fieldTable, words } from "../fields/field-table.ts";
import * as shapes from "./request-shapes.ts";

const SAMPLING: FieldGroup = {
  title: "Sampling of open models (vLLM, SGLang, llama.cpp, Qwen, OpenRouter, Mistral, Zhipu)",
  rule: "pass",
  names: words(`top_k top_a min_p typical_p tfs_z repetition_penalty length_penalty no_repeat_ngram_size min_tokens
    ignore_eos stop_token_ids include_stop_str_in_output skip_special_tokens spaces_between_special_tokens bad_words
    allowed_token_ids mirostat mirostat_tau mirostat_eta dry_multiplier dry_base dry_allowed_length xtc_probability
    xtc_threshold do_sample random_seed`),
};

const STRUCTURE: FieldGroup = {
  title: "Structured output of open models (vLLM, SGLang, llama.cpp, OpenRouter)",
  rule: "pass",
  names: words(`response_format structured_outputs guided_json guided_regex guided_choice guided_grammar
    guided_whitespace_pattern structural_tag json_schema grammar regex ebnf`),
};

const COMMON_PASS: FieldGroup = {
  title: "OpenAI, both endpoints",
  rule: "pass",
  names: words(`model stream stream_options temperature top_p n max_tokens max_completion_tokens stop presence_penalty
    frequency_penalty logit_bias logprobs seed`),
};

/** What each wire of OpenAI's treats alike. */
export const EVERYWHERE: readonly FieldGroup[] = [
  {
    title: "Choice of models and upstreams",
    rule: "gateway",
    names: words("models provider"),
  },
  {
    title: "Names of the person who asks",
    rule: "account",
    names: words("user safety_identifier user_id end_user_id"),
  },
  {
    title: "Storage and state in the upstream's account (OpenAI, OpenRouter, LiteLLM)",
    rule: "drop",
    names: words(`metadata conversation previous_response_id prompt_id prompt_label prompt_variables preset tags trace
      litellm_metadata litellm_session_id litellm_trace_id litellm_call_id generation_name request_id priority
      kv_transfer_params logits_processors chat_template vllm_xargs`),
  },
  {
    title: "Routing, retries and plugins of other gateways (OpenRouter, LiteLLM, Vercel)",
    rule: "drop",
    names: words(`route transforms plugins fallbacks context_window_fallbacks content_policy_fallbacks
      default_fallbacks num_retries max_retries retry_strategy timeout request_timeout stream_timeout cooldown_time
      guardrails guardrail_config guardrail_id callbacks success_callback failure_callback caching cache ttl s-maxage
      no-cache no-store no-log no_log router_settings_override model_list user_config model_group specific_deployment
      enable_json_schema_validation mock_response mock_tool_calls mock_delay mock_timeout mock_testing_fallbacks
      drop_params additional_drop_params allowed_openai_params providerOptions provider_options gateway channel group`),
  },
  {
    title: "The upstream's address, key and account (LiteLLM, Azure, Vertex, Bedrock)",
    rule: "drop",
    names: words(`api_base base_url api_key api_version api_type custom_llm_provider litellm_params
      litellm_credential_name headers extra_headers extra_body extra_query proxy_server_request organization project
      deployment_id azure_ad_token azure_endpoint region_name vertex_project vertex_location vertex_credentials
      aws_access_key_id aws_secret_access_key aws_session_token aws_region_name aws_profile_name aws_role_name
      aws_session_name aws_bedrock_runtime_endpoint input_cost_per_token output_cost_per_token input_cost_per_second
      output_cost_per_second`),
  },
];

/** What both wires of text treat alike. */
const COMMON: readonly FieldGroup[] = [
  COMMON_PASS,
  SAMPLING,
  STRUCTURE,
  {
    title: "Names of sessions and prompt caches",
    rule: "scoped",
    names: words("prompt_cache_key cache_salt session_id"),
  },
  {
    title: "Web search (OpenAI, xAI, Qwen, Zhipu, Groq, Perplexity)",
    rule: { fee: "searches" },
    names: words(`web_search_options search_parameters enable_search search_options web_search enable_web_search
      search_settings search_mode search_context_size search_domain_filter search_recency_filter
      search_after_date_filter search_before_date_filter return_images return_related_questions include_domains
      exclude_domains`),
  },
  {
    title: "Other tools that the upstream runs (Anthropic, Groq, Qwen)",
    rule: { fee: "calls" },
    names: words("mcp_servers compound_custom enable_code_interpreter code_execution container skills"),
  },
  {
    title: "Service tier (OpenAI, Groq)",
    rule: { fee: "tier", free: ["auto", "default"] },
    names: words("service_tier"),
  },
  {
    title: "Prompt caches that are kept for an hour or longer (OpenAI)",
    rule: { fee: "cacheWrite1h", free: ["in_memory", "in-memory"] },
    names: words("prompt_cache_retention prompt_cache_options"),
  },
  {
    title: "Storage in the upstream's account",
    rule: "off",
    names: words("store background deferred"),
  },
  ...EVERYWHERE,
];

export const CHAT_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Chat Completions",
    rule: "pass",
    names: words(`messages top_logprobs tools tool_choice parallel_tool_calls functions function_call reasoning_effort
      verbosity modalities audio prediction moderation`),
  },
  {
    title: "Reasoning (DeepSeek, Qwen, Moonshot, Zhipu, MiniMax, Mistral, Groq, OpenRouter, vLLM)",
    rule: "pass",
    names: words(`reasoning thinking enable_thinking thinking_budget thinking_token_budget preserve_thinking
      include_reasoning reasoning_format reasoning_split chat_template_kwargs prompt_mode`),
  },
  {
    title: "Prompt and tools (Mistral, Zhipu, Groq, vLLM, Qwen, MiniMax, OpenRouter)",
    rule: "pass",
    names: words(`safe_prompt tool_stream disable_tool_validation citation_options add_generation_prompt
      continue_final_message mask_sensitive_info incremental_output vl_high_resolution_images translation_options
      asr_options mm_processor_kwargs cache_control`),
  },
  ...COMMON,
];

export const COMPLETION_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Completions",
    rule: "pass",
    names: words("prompt best_of echo suffix"),
  },
  ...COMMON,
];

export const CHAT_FIELDS = fieldTable(CHAT_GROUPS, shapes.CHAT);
export const COMPLETION_FIELDS = fieldTable(COMPLETION_GROUPS, shapes.COMMON);
