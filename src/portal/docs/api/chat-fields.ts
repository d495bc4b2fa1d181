/** The body of Chat Completions. */
import { LEGACY_VALUES } from "../../../settings.ts";
import { MAX_CHOICES } from "../../../wire/request-members.ts";
import { bodyFields, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Parameter } from "../types.ts";
import { choiceFields, XLEI } from "./model-fields.ts";

const CHOOSES = text("the model chooses", "由模型决定");

/** What a field is without a value, on a site that fills in the values of an earlier description. */
function usual(facts: Facts, name: keyof typeof LEGACY_VALUES) {
  if (!facts.settings.LEGACY_DEFAULTS) return CHOOSES;
  const value = LEGACY_VALUES[name];
  return text(`on /xlei/v1 ${value}; else the model chooses`, `/xlei/v1 上为 ${value}，其余由模型决定`);
}

export function chatFields(facts: Facts): readonly Parameter[] {
  return [
    ...bodyFields([
      "messages",
      "object[]",
      "The conversation. Roles: `system`, `developer`, `user`, `assistant`, `tool`. `content` is a text or a list of parts: `text`, `image_url`, `input_audio`, `file`. On `/xlei/v1` a `prompt` may stand in its place.",
      "对话内容。角色：`system`、`developer`、`user`、`assistant`、`tool`。`content` 为文本，或 `text`、`image_url`、`input_audio`、`file` 组成的列表。`/xlei/v1` 上可改用 `prompt`。",
      { required: "yes", optionalAt: XLEI, range: "≥ 1" },
    ]),
    ...bodyFields([
      "prompt",
      "string",
      "On `/xlei/v1` only: a text instead of `messages`. With both, `messages` counts.",
      "仅限 `/xlei/v1`：用一段文本代替 `messages`；两者都有时以 `messages` 为准。",
      { required: "one-of", onlyAt: XLEI },
    ]),
    ...choiceFields(facts, XLEI),
    ...bodyFields(
      [
        "stream",
        "boolean",
        "Whether the answer comes in pieces. The default of `/xlei/v1` is a stream; see [surfaces](/docs/surfaces#stream).",
        "是否流式返回。`/xlei/v1` 默认流式，见[接口格式](/docs/surfaces#stream)。",
        { default: text("false; on /xlei/v1 true", "false；/xlei/v1 为 true") },
      ],
      [
        "stream_options.include_usage",
        "boolean",
        "Whether a last chunk without choices tells the usage.",
        "是否在最后附加一个不含 choices 的用量块。",
        { default: "false" },
      ],
      [
        "max_completion_tokens",
        "integer",
        "The most tokens of the answer, thoughts included. `max_tokens` means the same.",
        "输出的最大 token 数，包含思考。`max_tokens` 含义相同。",
        { default: usual(facts, "max_tokens"), range: "≥ 1" },
      ],
      [
        "temperature",
        "number",
        "How much the words vary. Some models for reasoning accept 1 alone.",
        "随机程度。部分推理模型只接受 1。",
        { default: usual(facts, "temperature"), range: "0–2" },
      ],
      [
        "top_p",
        "number",
        "Only the likeliest words with this share are drawn from.",
        "只从累计概率达到该值的词中选取。",
        { default: CHOOSES, range: "0–1" },
      ],
      [
        "n",
        "integer",
        "How many answers. Each is charged.",
        "返回的答案数，逐个计费。",
        { default: "1", range: `1–${MAX_CHOICES}` },
      ],
      ["stop", "string | string[]", "Texts before which the answer ends.", "遇到这些文本时停止输出。"],
      [
        "presence_penalty",
        "number",
        "Makes new words likelier.",
        "提高出现新词的概率。",
        { default: "0", range: "-2–2" },
      ],
      [
        "frequency_penalty",
        "number",
        "Makes repeated words less likely.",
        "降低重复词的概率。",
        { default: "0", range: "-2–2" },
      ],
      ["logit_bias", "object", "Makes single tokens likelier or less likely.", "调整单个 token 的概率。"],
      [
        "logprobs",
        "boolean",
        "Whether the answer tells how likely its tokens were.",
        "是否返回 token 的对数概率。",
        { default: "false" },
      ],
      [
        "top_logprobs",
        "integer",
        "How many likely tokens to tell at each place; needs `logprobs`.",
        "每个位置返回的候选 token 数，需要 `logprobs`。",
        { range: "0–20" },
      ],
      ["seed", "integer", "Asks for the same answer again; models do their best.", "尽量复现相同结果。"],
      [
        "tools",
        "object[]",
        "Functions that the model may call: `function.name`, `function.description`, `function.parameters` (a JSON schema), `function.strict`.",
        "模型可调用的函数：`function.name`、`function.description`、`function.parameters`（JSON Schema）、`function.strict`。",
      ],
      [
        "tool_choice",
        "string | object",
        "`none`, `auto`, `required`, or one function.",
        "`none`、`auto`、`required`，或指定某个函数。",
        { default: text("auto with tools", "有工具时为 auto") },
      ],
      [
        "parallel_tool_calls",
        "boolean",
        "Whether the model may call several tools at once.",
        "是否允许一次调用多个工具。",
        { default: "true" },
      ],
      [
        "response_format",
        "object",
        "`text`, `json_object`, or `json_schema` with a schema.",
        "`text`、`json_object`，或带 schema 的 `json_schema`。",
        { default: "text" },
      ],
      [
        "reasoning_effort",
        "string",
        "How long to think: `none`, `minimal`, `low`, `medium`, `high`, `xhigh`, `max`. `thinking` and `enable_thinking` of other vendors pass, too.",
        "思考强度：`none`、`minimal`、`low`、`medium`、`high`、`xhigh`、`max`。也接受其他厂商的 `thinking`、`enable_thinking`。",
        { default: CHOOSES },
      ],
      [
        "verbosity",
        "string",
        "How much to say: `low`, `medium`, `high`.",
        "回答详略：`low`、`medium`、`high`。",
        { default: CHOOSES },
      ],
      [
        "modalities",
        "string[]",
        "What to answer with: `text`, `audio`, `image`.",
        "输出形式：`text`、`audio`、`image`。",
        { default: "text" },
      ],
      ["audio", "object", "`voice` and `format` of a spoken answer.", "语音回复的 `voice` 与 `format`。"],
      [
        "web_search_options",
        "object",
        "Has the upstream search the web; needs a price for searches.",
        "由上游联网搜索，需要模型设有搜索价格。",
      ],
      ["prediction", "object", "Text that the answer will mostly repeat.", "预计会大量重复的文本。"],
      [
        "service_tier",
        "string",
        "How urgent the request is; tiers without a price are dropped.",
        "服务等级，没有价格的等级会被忽略。",
        { default: "auto" },
      ],
      [
        "prompt_cache_key",
        "string",
        "Names the session, so that its prompt cache helps.",
        "会话名称，用于命中提示词缓存。",
      ],
      ["user", "string", "Replaced by a name of your account before it goes upstream.", "发往上游前会替换为账户标识。"],
    ),
  ];
}
