/** What the samples of kept responses and conversations have in common. */
import { parameter } from "../blocks.ts";
import { namedModel, type Facts } from "../facts.ts";
import type { EndpointDoc, Mount, Parameter } from "../types.ts";
import { RESPONSE_ID } from "./sample-ids.ts";
import { FREE, KEY_ERRORS } from "./model-fields.ts";

export const RESPONSE_SURFACES: readonly Mount[] = ["/v1", "/xlei/v1"];

export const KEPT_ID: Parameter = parameter("path", [
  "id",
  "string",
  "The id that was returned.",
  "创建时返回的 id。",
  { required: "yes" },
]);

/** The query of a list of items. */
export const ITEM_PAGE: readonly Parameter[] = [
  parameter("query", ["limit", "integer", "Items of a page.", "每页条数。", { default: "20", range: "1–100" }]),
  parameter("query", ["order", "string", "`desc` or `asc`.", "`desc` 或 `asc`。", { default: "desc" }]),
  parameter("query", [
    "after",
    "string",
    "The page begins behind this item: `last_id` of the page before.",
    "从该条目之后开始，填上一页的 `last_id`。",
  ]),
];

export const KEPT: Pick<EndpointDoc, "surfaces" | "charged" | "errors" | "notes"> = {
  surfaces: RESPONSE_SURFACES,
  charged: FREE,
  errors: [...KEY_ERRORS, "resource_not_found"],
  notes: [],
};

export function answered(facts: Facts, words: string) {
  return {
    id: RESPONSE_ID,
    object: "response",
    created_at: 1764230400,
    status: "completed",
    error: null,
    incomplete_details: null,
    model: namedModel(facts),
    output: [
      {
        type: "message",
        id: "msg_0199f2a1",
        status: "completed",
        role: "assistant",
        content: [{ type: "output_text", text: words, annotations: [], logprobs: [] }],
      },
    ],
    previous_response_id: null,
    store: true,
    usage: {
      input_tokens: 9,
      input_tokens_details: { cached_tokens: 0 },
      output_tokens: 5,
      output_tokens_details: { reasoning_tokens: 0 },
      total_tokens: 14,
    },
  };
}
