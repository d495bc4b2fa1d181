/**
 * Embeddings.
 * @see https://platform.openai.com/docs/api-reference/embeddings
 */
import { Fault } from "../../core/fault.ts";
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { jsonPayload, withMembers, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import {
  base64Of,
  floatsOf,
  type EmbedAnswer,
  type EmbedInput,
  type EmbedRequest,
  type Vector,
} from "../../operation/embed/embedding.ts";
import type { Carried } from "../codec.ts";
import { fieldTable, words, type FieldGroup } from "../fields/field-table.ts";
import { invalid, missing } from "../invalid.ts";
import { PROVIDER } from "../provider.ts";
import { broken } from "../reading.ts";
import { jsonOf, positiveInteger } from "../request-members.ts";
import type { ClientRequest, Match, Target, Whole, Wire } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { numberIn, only, textIn } from "../values.ts";
import { leftOut, readWhole, writeWhole } from "../whole-request.ts";
import { JsonWriter, onlyPiece, OnlyPiece, WholeReader } from "../whole-codec.ts";
import { isTokens } from "./completions.ts";
import { EVERYWHERE } from "./request-fields.ts";
import { promptUsage, writeUsage } from "./usage.ts";
import { wholeAnswer } from "./whole-answer.ts";

/** OpenAI's own limit. */
export const MAX_INPUTS = 2048;

export const embeddings: Wire = {
  name: "openai.embeddings",
  operation: "embed",
  read: readEmbedding,
  address: () => ({ method: "POST", path: "/embeddings" }),
  write: (request, target) => writeWhole(request, target, EMBEDDING_FIELDS),
  answers: (target, request) => new EmbeddingsReader(target, request),
  client: (request) => new JsonWriter((body, counted) => present(body, request, counted)),
  fold: () => new OnlyPiece(),
  unfold: onlyPiece,
  wholeCodecs: { embed: { readRequest, writeRequest, readAnswer, writeAnswer } },
  parts: {
    most: MAX_INPUTS,
    inputs: inputsOf,
    part: partOf,
    join,
    usage: (answer) => promptUsage(jsonOf(answer).value["usage"]),
  },
  probe: jsonPayload({ input: "OK" }),
};

export const EMBEDDING_GROUPS: readonly FieldGroup[] = [
  { title: "OpenAI, Embeddings", rule: "pass", names: words("model input dimensions encoding_format") },
  {
    title: "What the vectors are for, and how long texts are cut (Cohere, Voyage, Jina, NVIDIA, Qwen, vLLM)",
    rule: "pass",
    names: words(`task task_type input_type text_type instruct instruction title truncate truncation
      truncate_prompt_tokens late_chunking normalized add_special_tokens`),
  },
  ...EVERYWHERE,
];
const EMBEDDING_FIELDS = fieldTable(EMBEDDING_GROUPS, { provider: PROVIDER });

function readEmbedding(payload: Payload, match: Match): ClientRequest {
  const { value: body } = jsonOf(payload);
  const inputs = readInputs(body);
  formatOf(body);
  positiveInteger(body, "dimensions");
  return readWhole(embeddings, payload, {
    operation: "embed",
    fields: EMBEDDING_FIELDS,
    model: body["model"] ?? match.params["engine"],
    prompts: inputs.length,
    promptText: () => inputs.filter((input) => typeof input === "string").join("\n"),
    tokenIds: inputs.reduce((sum, input) => sum + (typeof input === "string" ? 0 : input.length), 0),
  });
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function readInputs({ input }: JsonObject): readonly EmbedInput[] {
  if (input === undefined || input === null) throw missing("input");
  const inputs = isTokens(input) || !Array.isArray(input) ? [input] : (input as readonly unknown[]);
  if (inputs.length > MAX_INPUTS) {
    throw invalid("input", `must hold at most ${MAX_INPUTS} texts`, `最多 ${MAX_INPUTS} 项`);
  }
  const isInput = (item: unknown): item is EmbedInput => (typeof item === "string" && item !== "") || isTokens(item);
  if (inputs.length > 0 && inputs.every(isInput)) return inputs;
  throw invalid(
    "input",
    "must be a text, an array of texts, or arrays of tokens, and none may be empty",
    "必须是文本、文本数组或 token 数组,且均不能为空",
  );
}

/** @throws Fault `invalid_parameter` */
function formatOf({ encoding_format: format }: JsonObject): "float" | "base64" {
  if (format === undefined || format === null) return "float";
  if (format === "float" || format === "base64") return format;
  throw invalid("encoding_format", "must be 'float' or 'base64'", "必须是 'float' 或 'base64'");
}

const DOCUMENTED: ReadonlySet<string> = new Set(words("id object created model data usage"));

class EmbeddingsReader extends WholeReader {
  readonly #target: Target;
  readonly #inputs: number;

  constructor(target: Target, { payload }: ClientRequest) {
    super();
    this.#target = target;
    this.#inputs = readInputs(jsonOf(payload).value).length;
  }

  whole(payload: Payload): Whole {
    const draft = wholeAnswer(payload, DOCUMENTED);
    const usage = promptUsage(draft.value["usage"]);
    inOrder(draft);
    const places = draft.objects("data");
    if (places.length !== this.#inputs) throw broken(`${places.length} vectors of ${this.#inputs} inputs`, usage);
    for (const [position, place] of places.entries()) {
      if (!isVector(place.value["embedding"])) throw broken("an answer without a vector", usage);
      place.fill("object", "embedding");
      place.fill("index", position);
    }
    draft.fill("object", "list");
    draft.set("model", this.#target.publicModel);
    return { body: draft, usage, text: { output: "", reasoning: "" } };
  }
}

function inputsOf(payload: Payload): number {
  return readInputs(jsonOf(payload).value).length;
}

function partOf(payload: Payload, from: number, to: number): Payload {
  const json = jsonOf(payload);
  return withMembers(json, { input: readInputs(json.value).slice(from, to) });
}

/** The vectors of all answers, and the sum of their tokens; where one does not tell its tokens, nobody knows the sum. */
function join(answers: readonly Payload[]): Payload {
  const drafts = answers.map((answer) => {
    const draft = wholeAnswer(answer, DOCUMENTED);
    inOrder(draft);
    return draft.value;
  });
  const data = drafts.flatMap((body) => (Array.isArray(body["data"]) ? (body["data"] as unknown[]) : []));
  const tokens = drafts.map(({ usage }) => tokensIn(usage));
  const total = tokens.includes(undefined) ? undefined : tokens.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const { usage: _usage, ...first } = drafts[0] ?? {};
  return jsonPayload({
    ...first,
    data: data.map((item, index) => (isObject(item) ? { ...item, index } : item)),
    ...(total === undefined ? {} : { usage: { prompt_tokens: total, total_tokens: total } }),
  });
}

function tokensIn(usage: unknown): number | undefined {
  return isObject(usage) ? (numberIn(usage["prompt_tokens"]) ?? numberIn(usage["total_tokens"])) : undefined;
}

/** Some upstreams compute a batch in parts, and answer as the parts are ready. */
function inOrder(draft: JsonDraft): void {
  const { data } = draft.value;
  if (!Array.isArray(data)) return;
  const indexOf = (item: unknown, position: number) =>
    isObject(item) ? (numberIn(item["index"]) ?? position) : position;
  const indices = data.map(indexOf);
  if (indices.every((index, position) => position === 0 || index >= (indices[position - 1] ?? 0))) return;
  draft.set(
    "data",
    data.toSorted((one, other) => indexOf(one, 0) - indexOf(other, 0)),
  );
}

function isVector(value: unknown): value is Vector {
  if (typeof value === "string") return value !== "";
  return Array.isArray(value) && value.length > 0 && typeof value[0] === "number";
}

/** @throws Fault `upstream_error` for a vector that cannot be read */
function present(body: JsonDraft, { payload }: ClientRequest, counted: () => Usage): void {
  const format = formatOf(jsonOf(payload).value);
  for (const place of body.objects("data")) encode(place, format);
  if (isObject(body.value["usage"])) return;
  const { prompt_tokens: tokens } = writeUsage(counted());
  body.set("usage", { prompt_tokens: tokens, total_tokens: tokens });
}

/** Upstreams give one of the two forms, whatever they are asked for. */
function encode(place: JsonPlace, format: "float" | "base64"): void {
  const { embedding } = place.value;
  const isEncoded = typeof embedding === "string";
  if (isEncoded === (format === "base64")) return;
  try {
    place.set("embedding", isEncoded ? floatsOf(embedding) : base64Of(embedding as readonly number[]));
  } catch (error) {
    throw new Fault("upstream_error", { reason: "a vector that cannot be read", cause: error });
  }
}

const CARRIED: ReadonlySet<string> = new Set(words("model input dimensions encoding_format task_type title"));

function readRequest({ payload }: ClientRequest): Carried<EmbedRequest> {
  const { value: body } = jsonOf(payload);
  const { task_type: task, title } = body;
  return {
    value: {
      inputs: readInputs(body),
      dimensions: numberIn(body["dimensions"]),
      task: textIn(task),
      title: textIn(title),
    },
    dropped: leftOut(body, CARRIED, EMBEDDING_FIELDS),
  };
}

function writeRequest({ inputs, dimensions, task, title }: EmbedRequest, target: Target): Carried<Payload> {
  return {
    value: jsonPayload({ ...only({ model: target.model, input: inputs, dimensions }), encoding_format: "float" }),
    dropped: Object.keys(only({ taskType: task, title })),
  };
}

function readAnswer({ value }: JsonDraft): EmbedAnswer {
  const data = Array.isArray(value["data"]) ? (value["data"] as readonly JsonObject[]) : [];
  return { vectors: data.map(({ embedding }) => embedding as Vector), usage: promptUsage(value["usage"]) };
}

function writeAnswer({ vectors, usage }: EmbedAnswer, _request: ClientRequest, target: Target): JsonDraft {
  const { prompt_tokens: tokens } = usage === undefined ? {} : writeUsage(usage);
  return new JsonDraft({
    object: "list",
    data: vectors.map((embedding, index) => ({ object: "embedding", index, embedding })),
    model: target.publicModel,
    ...(tokens === undefined ? {} : { usage: { prompt_tokens: tokens, total_tokens: tokens } }),
  });
}

/** @throws Fault `unsupported_feature` for tokens: they are numbers of one vendor's vocabulary */
export function textInputs(inputs: readonly EmbedInput[]): readonly string[] {
  return inputs.map((input) => {
    if (typeof input === "string") return input;
    throw unsupported(
      "input",
      "token arrays are not supported for this model; send text",
      "该模型不支持 token 数组,请发送文本",
    );
  });
}
