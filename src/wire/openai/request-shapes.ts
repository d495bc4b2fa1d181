/** The names inside request fields that the gateway or an upstream's bill depends on. */
import { CACHE_MARK, shape, type FieldShape } from "../fields/field-table.ts";
import { PROVIDER } from "../provider.ts";
import { feeOfTool } from "./tools.ts";

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

const TOOL = shape("type name", { function: FUNCTION, custom: CUSTOM, cache_control: CACHE_MARK }, { fee: feeOfTool });

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
