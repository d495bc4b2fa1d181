import { MAX_TEXTS } from "../../../wire/openai/moderations.ts";
import { answerFields, bodyFields, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { DocPage, EndpointDoc } from "../types.ts";
import { choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

function moderations(facts: Facts): EndpointDoc {
  const { asked: model, served } = modelOf(facts, "moderate", "omni-moderation-latest");
  const result = {
    flagged: false,
    categories: { hate: false, violence: false },
    category_scores: { hate: 0.0001, violence: 0.0002 },
    category_applied_input_types: { hate: ["text"], violence: ["text"] },
  };
  return {
    method: "POST",
    path: "/moderations",
    surfaces: ["/v1", "/xlei/v1"],
    title: text("Moderations", "内容审核"),
    summary: text("Says which harmful content texts and pictures hold.", "判断文本与图片中是否含有害内容。"),
    when: text(
      "Before a text of somebody else is shown, or given to a model.",
      "在展示他人文本或将其交给模型之前使用。",
    ),
    parameters: [
      ...MODEL_HEADERS,
      ...choiceFields(facts),
      ...bodyFields([
        "input",
        "string | string[] | object[]",
        "A text, or several with a result each, or parts of the types `text` and `image_url` with one result for all.",
        "一段文本；多段文本，各有一个结果；或由 `text`、`image_url` 组成的列表，共一个结果。",
        { required: "yes", range: `1–${MAX_TEXTS}` },
      ]),
    ],
    answer: answerFields(
      ["results[].flagged", "boolean", "Whether anything was found.", "是否命中任一类别。"],
      ["results[].categories", "object", "What was found.", "命中的类别。"],
      ["results[].category_scores", "object", "How sure the model is, from 0 to 1.", "各类别的置信度，0 到 1。"],
      ["model", "string", "The model that served.", "实际服务的模型。"],
    ),
    samples: [
      {
        id: "first",
        name: text("A text", "一段文本"),
        request: {
          method: "POST",
          path: "/v1/moderations",
          key: "authorization",
          body: { model, input: "I want to hug them." },
          sdkCall: "moderations.create",
        },
        answer: { id: "modr-0199f2a1", model: served, results: [result] },
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: text("At the model’s [price](/pricing), which may be nothing.", "按模型[价格](/pricing)计费，可能为零。"),
    notes: [],
  };
}

export const MODERATIONS: DocPage = {
  path: "/docs/api/moderations",
  title: text("Moderations", "内容审核 Moderations"),
  summary: text(
    "`POST /v1/moderations`: harmful content in texts and pictures.",
    "`POST /v1/moderations`：文本与图片的内容审核。",
  ),
  group: "endpoints",
  changed: "2026-11-27",
  endpoints: (facts) => [moderations(facts)],
};
