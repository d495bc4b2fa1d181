/**
 * The names inside request fields that the gateway or an upstream's bill depends on. Other members pass, unless their
 * name equals a listed one but for case or form (`field-policy.ts`).
 */

/** The members of an object, or of each object in an array; null = nothing inside is watched. */
export interface FieldShape extends ReadonlyMap<string, FieldShape | null> {}

/** A mark of a prompt cache. @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
export const CACHE_MARK = shape("type ttl");

const FUNCTION = shape("name description parameters strict arguments", { cache_control: CACHE_MARK });
const CUSTOM = shape("name description format input");

const PART = shape("type text refusal", {
  image_url: shape("url detail"),
  input_audio: shape("data format"),
  file: shape("file_data file_id filename"),
  video_url: shape("url"),
  cache_control: CACHE_MARK,
});

const MESSAGE = shape("role name tool_call_id refusal reasoning_content reasoning audio", {
  content: PART,
  tool_calls: shape("id type index", { function: FUNCTION, custom: CUSTOM }),
  function_call: FUNCTION,
  cache_control: CACHE_MARK,
});

export const TOOL = shape("type name", { function: FUNCTION, custom: CUSTOM, cache_control: CACHE_MARK });

export const MAX_PRICE = shape("prompt completion");
export const PROVIDER = shape("order only ignore allow_fallbacks sort data_collection zdr", { max_price: MAX_PRICE });

export const COMMON: Readonly<Record<string, FieldShape>> = {
  stream_options: shape("include_usage include_obfuscation"),
  provider: PROVIDER,
};

export const CHAT: Readonly<Record<string, FieldShape>> = {
  ...COMMON,
  messages: MESSAGE,
  tools: TOOL,
  functions: FUNCTION,
  cache_control: CACHE_MARK,
  audio: shape("voice format"),
  thinking: shape("type budget_tokens"),
  reasoning: shape("effort max_tokens enabled exclude"),
};

function shape(names: string, inside: Readonly<Record<string, FieldShape>> = {}): FieldShape {
  const leaves = names.split(" ").map((name): [string, null] => [name, null]);
  return new Map<string, FieldShape | null>([...leaves, ...Object.entries(inside)]);
}
