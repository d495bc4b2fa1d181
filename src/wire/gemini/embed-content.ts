/**
 * Google's embedContent and batchEmbedContents.
 * @see https://ai.google.dev/api/embeddings
 */
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { draftPayload, jsonPayload, withMembers, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import { floatsOf, normalised, type EmbedAnswer, type EmbedRequest } from "../../operation/embed/embedding.ts";
import type { Capability } from "../../operation/operations.ts";
import { textsOf } from "../beginning.ts";
import type { Carried } from "../codec.ts";
import { applyPolicy } from "../fields/field-edits.ts";
import { fieldTable, shape, words, type FieldGroup } from "../fields/field-table.ts";
import { invalid, missing } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { textInputs } from "../openai/embeddings.ts";
import { PROVIDER } from "../provider.ts";
import { answerDraft, broken } from "../reading.ts";
import { jsonOf, textBytes } from "../request-members.ts";
import { scrub } from "../scrub.ts";
import type { ClientRequest, Match, Outgoing, Target, Whole, Wire } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { numberIn, only, textIn } from "../values.ts";
import { leftOut, readWhole } from "../whole-request.ts";
import { JsonWriter, onlyPiece, OnlyPiece, WholeReader } from "../whole-codec.ts";
import { callPath, readCall } from "./calls.ts";
import { capabilityFor } from "./generate-content.ts";
import { inner, member, refuseTwice } from "./names.ts";
import { refuseError } from "./reader.ts";
import { both, CONTENT } from "./request-fields.ts";
import { readUsage, writeUsage } from "./usage.ts";

/** Google's own limit. */
export const MAX_REQUESTS = 100;

export const embedContent: Wire = {
  name: "gemini.embed",
  operation: "embed",
  read: readEmbed,
  address: ({ model }, { payload }) => ({
    method: "POST",
    path: callPath(model, isBatch(jsonOf(payload).value) ? "batchEmbedContents" : "embedContent"),
  }),
  write: writeEmbed,
  answers: (_target, request) => new EmbedReader(request),
  client: () => new JsonWriter(fillUsage),
  fold: () => new OnlyPiece(),
  unfold: onlyPiece,
  wholeCodecs: { embed: { readRequest, writeRequest, readAnswer, writeAnswer } },
  parts: {
    most: MAX_REQUESTS,
    inputs: (payload) => readAsked(jsonOf(payload).value, Number.POSITIVE_INFINITY).length,
    part: (payload, from, to) =>
      withMembers(jsonOf(payload), { requests: objectsOf(jsonOf(payload).value["requests"]).slice(from, to) }),
    join,
    usage: (answer) => readUsage(jsonOf(answer).value["usageMetadata"]),
  },
  probe: jsonPayload({ content: { parts: [{ text: "OK" }] } }),
};

export const EMBED_CONTENT_GROUPS: readonly FieldGroup[] = [
  {
    title: "Google, embedContent and batchEmbedContents",
    rule: "pass",
    names: both("content requests taskType title outputDimensionality embedContentConfig"),
  },
  { title: "Choice of models and upstreams", rule: "gateway", names: words("model models provider") },
];
const ASKED = shape(both("model taskType title outputDimensionality embedContentConfig").join(" "), {
  content: CONTENT,
});
const FIELDS = fieldTable(EMBED_CONTENT_GROUPS, { content: CONTENT, requests: ASKED, provider: PROVIDER });

function isBatch(body: JsonObject): boolean {
  return body["requests"] !== undefined && body["requests"] !== null;
}

function readEmbed(payload: Payload, match: Match): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const asked = readAsked(body);
  const needs = new Map<Capability, number>();
  let mediaBytes = 0;
  for (const part of asked.flatMap(partsOf)) {
    refuseTwice("content.parts", part);
    const blob = member(part, "inlineData") ?? member(part, "fileData");
    if (!isObject(blob)) continue;
    refuseTwice("content.parts", blob);
    checkAddress(member(blob, "fileUri"), "content.parts.fileData.fileUri");
    const need = capabilityFor(textIn(member(blob, "mimeType")) ?? "");
    needs.set(need, (needs.get(need) ?? 0) + 1);
    if (typeof blob["data"] === "string") mediaBytes += textBytes(blob["data"]);
  }
  return readWhole(embedContent, payload, {
    operation: "embed",
    fields: FIELDS,
    model: readCall(match.params["call"] ?? "").model,
    promptBytes: textBytes(text) - mediaBytes,
    prompts: asked.length,
    needs,
    promptText: () => asked.flatMap((one) => textsOf(inner(one, "content")["parts"])).join("\n"),
  });
}

/** What is to be embedded: the body itself, or each of its `requests`. @throws Fault `missing_input`, `invalid_parameter` */
function readAsked(body: JsonObject, most: number = MAX_REQUESTS): readonly JsonObject[] {
  const { requests } = body;
  refuseTwice("", body);
  if (!isBatch(body)) {
    if (body["content"] === undefined || body["content"] === null) {
      throw missing("content");
    }
    return [checked(body, "content")];
  }
  if (!Array.isArray(requests) || requests.length === 0 || requests.length > most) {
    throw invalid(
      "requests",
      `must be an array of 1 to ${MAX_REQUESTS} requests`,
      `必须是 1 到 ${MAX_REQUESTS} 项的数组`,
    );
  }
  return requests.map((one: unknown, position) => {
    const place = `requests[${position}]`;
    if (!isObject(one)) throw invalid(place, "must be an object", "必须是对象");
    refuseTwice(place, one);
    return checked(one, `${place}.content`);
  });
}

function checked(asked: JsonObject, place: string): JsonObject {
  const { parts } = inner(asked, "content");
  if (Array.isArray(parts) && parts.length > 0 && parts.every(isObject)) return asked;
  throw invalid(`${place}.parts`, "must be an array of objects", "必须是对象数组");
}

function partsOf(asked: JsonObject): readonly JsonObject[] {
  return objectsOf(inner(asked, "content")["parts"]);
}

function writeEmbed({ payload }: ClientRequest, target: Target): Outgoing {
  const { value, text } = jsonOf(payload);
  const requests = Array.isArray(value["requests"]) ? { requests: value["requests"].map(copyOf) } : {};
  const draft = new JsonDraft({ ...value, ...requests }, text);
  const dropped = applyPolicy(draft, FIELDS, target, new Set());
  // Google wants the model in each of them, and the one of the path in no other place.
  for (const place of draft.objects("requests")) place.set("model", `models/${target.model}`);
  return { payload: draftPayload(draft), dropped };
}

function copyOf(request: unknown): unknown {
  return isObject(request) ? { ...request } : request;
}

const DOCUMENTED: ReadonlySet<string> = new Set(words("embedding embeddings usageMetadata metadata"));

class EmbedReader extends WholeReader {
  readonly #inputs: number;

  constructor({ payload }: ClientRequest) {
    super();
    this.#inputs = readAsked(jsonOf(payload).value, Number.POSITIVE_INFINITY).length;
  }

  whole(payload: Payload): Whole {
    const draft = answerDraft(payload);
    refuseError(draft.value);
    scrub(draft, DOCUMENTED);
    const usage = readUsage(draft.value["usageMetadata"]);
    const vectors = vectorsIn(draft.value);
    if (vectors.length !== this.#inputs) throw broken(`${vectors.length} vectors of ${this.#inputs} inputs`, usage);
    return { body: draft, usage, text: { output: "", reasoning: "" } };
  }
}

/** The vectors of all answers, and the sum of their tokens; where one does not tell its tokens, nobody knows the sum. */
function join(answers: readonly Payload[]): Payload {
  const bodies = answers.map((answer) => {
    const { value } = answerDraft(answer);
    refuseError(value);
    return value;
  });
  const tokens = bodies.map(({ usageMetadata }) => numberIn(member(usageMetadata, "promptTokenCount")));
  const total = tokens.includes(undefined) ? undefined : tokens.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  return jsonPayload({
    embeddings: bodies.flatMap(({ embeddings }) => objectsOf(embeddings)),
    ...(total === undefined ? {} : { usageMetadata: { promptTokenCount: total, totalTokenCount: total } }),
  });
}

/** @throws Fault `upstream_error` for one without numbers */
function vectorsIn(body: JsonObject): readonly (readonly number[])[] {
  const { embedding, embeddings } = body;
  const all = isObject(embedding) ? [embedding] : objectsOf(embeddings);
  return all.map(({ values }) => {
    if (Array.isArray(values) && values.length > 0 && typeof values[0] === "number") return values as number[];
    throw broken("an answer without a vector");
  });
}

function fillUsage(body: JsonPlace, counted: () => Usage): void {
  if (isObject(body.value["usageMetadata"])) return;
  const { promptTokenCount: tokens } = writeUsage(counted());
  body.set("usageMetadata", { promptTokenCount: tokens, totalTokenCount: tokens });
}

const CARRIED: ReadonlySet<string> = new Set(
  both("model content requests taskType title outputDimensionality embedContentConfig"),
);

/** @throws Fault `unsupported_feature` for media, and for requests of one batch that differ in more than their texts */
function readRequest({ payload }: ClientRequest): Carried<EmbedRequest> {
  const { value: body } = jsonOf(payload);
  const asked = readAsked(body);
  const [first = {}] = asked;
  const common = (name: string) => {
    const value = member(first, name);
    if (asked.every((one) => member(one, name) === value)) return value;
    throw unsupported(
      `requests.${name}`,
      "must be the same in all requests for this model",
      "该模型要求所有请求的此项相同",
    );
  };
  const configured = asked.some((one) => Object.keys(inner(one, "embedContentConfig")).length > 0);
  return {
    value: {
      inputs: asked.map(textOf),
      dimensions: numberIn(common("outputDimensionality")),
      task: textIn(common("taskType")),
      title: textIn(common("title")),
    },
    dropped: [
      ...(configured ? ["embedContentConfig"] : []),
      ...new Set([body, ...asked].flatMap((one) => leftOut(one, CARRIED, FIELDS))),
    ],
  };
}

function textOf(asked: JsonObject): string {
  const parts = partsOf(asked);
  if (parts.some((part) => textIn(part["text"]) === undefined)) throw unsupported("content.parts");
  return textsOf(parts).join("\n");
}

function writeRequest({ inputs, dimensions, task, title }: EmbedRequest, target: Target): Carried<Payload> {
  const requests = textInputs(inputs).map((text) => ({
    model: `models/${target.model}`,
    content: { parts: [{ text }] },
    ...only({ taskType: task, title, outputDimensionality: dimensions }),
  }));
  return { value: jsonPayload({ requests }), dropped: [] };
}

/** Vectors that are shorter than the model's own are not of length 1, though clients of other formats rely on that. */
function readAnswer({ value }: JsonDraft): EmbedAnswer {
  return { vectors: vectorsIn(value).map(normalised), usage: readUsage(value["usageMetadata"]) };
}

function writeAnswer({ vectors, usage }: EmbedAnswer, { payload }: ClientRequest): JsonDraft {
  const all = vectors.map((vector) => ({ values: floatsOf(vector) }));
  const answer = isBatch(jsonOf(payload).value) ? { embeddings: all } : { embedding: all[0] };
  const draft = new JsonDraft(answer);
  if (usage !== undefined) fillUsage(draft, () => usage);
  return draft;
}
