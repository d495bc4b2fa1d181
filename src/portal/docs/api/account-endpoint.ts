/** What the endpoints of the account API have in common. */
import type { FaultName } from "../../../core/fault.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Text } from "../../../core/language.ts";
import { parameter, text } from "../blocks.ts";
import type { AnswerField, EndpointDoc, Mount, Parameter, SampleRequest } from "../types.ts";
import { FREE, KEY, KEY_ERRORS } from "./model-fields.ts";

export const PAGED: readonly Parameter[] = [
  parameter("query", ["limit", "integer", "Rows of a page.", "每页行数。", { default: "50", range: "1–100" }]),
  parameter("query", ["cursor", "string", "Where the page begins.", "起始位置。"]),
];
export const ROW_ID: Parameter = parameter("path", [
  "id",
  "string",
  "The id of the row.",
  "记录的 id。",
  { required: "yes" },
]);

interface Told {
  readonly method?: "GET" | "POST";
  readonly path: string;
  readonly surfaces?: readonly Mount[];
  readonly title: Text;
  readonly summary: Text;
  readonly when: Text;
  readonly parameters?: readonly Parameter[];
  readonly answer?: readonly AnswerField[];
  readonly request?: Partial<SampleRequest>;
  readonly sample: JsonObject;
  readonly errors?: readonly FaultName[];
}

export function told({
  method = "GET",
  path,
  surfaces = [""],
  parameters = [],
  answer = [],
  ...rest
}: Told): EndpointDoc {
  const { request, sample, errors = [], ...words } = rest;
  return {
    ...words,
    method,
    path,
    surfaces,
    parameters: [KEY, ...parameters],
    answer,
    samples: [
      {
        id: "first",
        name: text("A call", "调用"),
        request: { method, path, key: "authorization", ...request },
        answer: sample,
      },
    ],
    errors: [...KEY_ERRORS, ...errors],
    charged: FREE,
    notes: [],
  };
}
