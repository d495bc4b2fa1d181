import { MAX_CHOICES } from "../../../wire/request-members.ts";
import { answerFields, bodyFields, text } from "../blocks.ts";
import { namedModel, sampleModel, type Facts } from "../facts.ts";
import type { DocPage, EndpointDoc } from "../types.ts";
import { CHARGED, choiceFields, MODEL_ERRORS, MODEL_HEADERS, XLEI } from "./model-fields.ts";

function completions(facts: Facts): EndpointDoc {
  const [model, served] = [sampleModel(facts), namedModel(facts)];
  const completed = (words: string) => ({
    id: "cmpl-0199f2a1",
    object: "text_completion",
    created: 1764230400,
    model: served,
    choices: [{ index: 0, text: words, logprobs: null, finish_reason: "stop" }],
    usage: { prompt_tokens: 4, completion_tokens: 7, total_tokens: 11 },
  });
  return {
    method: "POST",
    path: "/completions",
    surfaces: ["/v1", "/xlei/v1"],
    title: text("Completions", "文本补全"),
    summary: text("Continues a text.", "续写一段文本。"),
    when: text(
      "For programs that complete code or text. Models for conversations serve it, too: the prompt becomes a message. For conversations use [Chat Completions](/docs/api/chat-completions).",
      "适用于代码或文本续写。对话模型也支持：提示词会作为一条消息发送。对话请使用[对话补全](/docs/api/chat-completions)。",
    ),
    parameters: [
      ...MODEL_HEADERS,
      ...bodyFields([
        "prompt",
        "string | string[] | integer[]",
        "What to continue: a text, several, or tokens.",
        "要续写的内容：一段或多段文本，或 token 数组。",
        { required: "yes", optionalAt: XLEI },
      ]),
      ...bodyFields([
        "messages",
        "object[]",
        "On `/xlei/v1` only: a conversation instead of `prompt`. With both, `messages` counts.",
        "仅限 `/xlei/v1`：用一段对话代替 `prompt`；两者都有时以 `messages` 为准。",
        { required: "one-of", onlyAt: XLEI, range: "≥ 1" },
      ]),
      ...choiceFields(facts, XLEI),
      ...bodyFields(
        [
          "suffix",
          "string",
          "What comes after the completion. Only models that insert take it.",
          "补全之后的文本，仅支持插入的模型可用。",
        ],
        ["max_tokens", "integer", "The most tokens of the answer.", "输出的最大 token 数。", { range: "≥ 1" }],
        [
          "stream",
          "boolean",
          "Whether the answer comes in pieces; see [surfaces](/docs/surfaces#stream).",
          "是否流式返回，见[接口格式](/docs/surfaces#stream)。",
          { default: text("false; on /xlei/v1 true", "false；/xlei/v1 为 true") },
        ],
        ["temperature", "number", "How much the words vary.", "随机程度。", { range: "0–2" }],
        [
          "top_p",
          "number",
          "Only the likeliest words with this share are drawn from.",
          "只从累计概率达到该值的词中选取。",
          { range: "0–1" },
        ],
        [
          "n",
          "integer",
          "How many answers. Each is charged.",
          "返回的答案数，逐个计费。",
          { default: "1", range: `1–${MAX_CHOICES}` },
        ],
        [
          "best_of",
          "integer",
          "Draws so many, and returns the best; all are charged.",
          "生成若干条并返回最佳的，全部计费。",
          { range: `1–${MAX_CHOICES}` },
        ],
        ["echo", "boolean", "Whether the prompt comes back in front.", "是否在开头返回提示词。", { default: "false" }],
        [
          "logprobs",
          "integer",
          "How many likely tokens to tell at each place.",
          "每个位置返回的候选 token 数。",
          { range: "0–5" },
        ],
        ["stop", "string | string[]", "Texts before which the answer ends.", "遇到这些文本时停止输出。"],
        ["seed", "integer", "Asks for the same answer again; models do their best.", "尽量复现相同结果。"],
      ),
    ],
    answer: answerFields(
      ["object", "string", "`text_completion`.", "`text_completion`。"],
      [
        "choices[].text",
        "string",
        "The continuation. On `/xlei/v1` also in `message.content`.",
        "续写内容；`/xlei/v1` 上也在 `message.content` 中。",
      ],
      [
        "choices[].finish_reason",
        "string | null",
        "`stop`, `length` or `content_filter`.",
        "`stop`、`length` 或 `content_filter`。",
      ],
      ["usage.prompt_tokens", "integer", "The length of the prompt.", "输入 token 数。"],
      ["usage.completion_tokens", "integer", "The length of the answer.", "输出 token 数。"],
      ["usage.total_tokens", "integer", "Both.", "两者之和。"],
    ),
    samples: [
      {
        id: "first",
        name: text("A prompt", "续写"),
        request: {
          method: "POST",
          path: "/v1/completions",
          key: "authorization",
          body: { model, prompt: "The quick brown fox", max_tokens: 50 },
          sdkCall: "completions.create",
        },
        answer: completed(" jumps over the lazy dog."),
      },
      {
        id: "xlei",
        name: text("On /xlei/v1", "使用 /xlei/v1"),
        request: {
          method: "POST",
          path: "/xlei/v1/completions",
          key: "x-api-key",
          body: {
            prompt: "Once upon a time in a faraway land,",
            max_tokens: 200,
            temperature: 0.9,
            stream: false,
          },
        },
        answer: completed(" there was a castle."),
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: CHARGED,
    notes: [],
  };
}

export const COMPLETIONS: DocPage = {
  path: "/docs/api/completions",
  title: text("Completions", "文本补全 Completions"),
  summary: text("`POST /v1/completions`: continues a text.", "`POST /v1/completions`：续写文本。"),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints: (facts) => [completions(facts)],
};
