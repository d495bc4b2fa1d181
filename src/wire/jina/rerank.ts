/**
 * Jina's rerank, which most vendors and servers of open models speak.
 * @see https://api.jina.ai/redoc#tag/rerank
 */
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { jsonPayload, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { Capability } from "../../operation/operations.ts";
import {
  leastSearches,
  mostSearches,
  type RankedDocument,
  type RerankAnswer,
  type RerankRequest,
} from "../../operation/rerank/ranking.ts";
import type { Carried } from "../codec.ts";
import { fieldTable, words, type FieldGroup } from "../fields/field-table.ts";
import { invalid, missing } from "../invalid.ts";
import { EVERYWHERE } from "../openai/request-fields.ts";
import { promptUsage, writeUsage } from "../openai/usage.ts";
import { wholeAnswer } from "../openai/whole-answer.ts";
import { PROVIDER } from "../provider.ts";
import { broken } from "../reading.ts";
import { jsonOf, positiveInteger, textBytes } from "../request-members.ts";
import type { ClientRequest, Target, Whole, Wire } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { numberIn, only, textIn, textsIn } from "../values.ts";
import { leftOut, readWhole, writeWhole } from "../whole-request.ts";
import { JsonWriter, onlyPiece, OnlyPiece, WholeReader } from "../whole-codec.ts";

export const rerank: Wire = {
  name: "jina.rerank",
  operation: "rerank",
  read: readRerank,
  address: () => ({ method: "POST", path: "/rerank" }),
  write: (request, target) => writeWhole(request, target, FIELDS),
  answers: (target, request) => new RerankReader(target, request),
  client: (request) => new JsonWriter((body, counted) => present(body, request, counted)),
  fold: () => new OnlyPiece(),
  unfold: onlyPiece,
  wholeCodecs: { rerank: { readRequest, writeRequest, readAnswer, writeAnswer } },
  probe: jsonPayload({ query: "OK", documents: ["OK", "no"] }),
};

export const RERANK_GROUPS: readonly FieldGroup[] = [
  {
    title: "Jina, Cohere and servers of open models, rerank",
    rule: "pass",
    names: words(`model query documents top_n return_documents max_tokens_per_doc max_chunks_per_doc max_chunk_per_doc
      overlap_tokens rank_fields truncation`),
  },
  ...EVERYWHERE,
];
const FIELDS = fieldTable(RERANK_GROUPS, { provider: PROVIDER });

export const MAX_DOCUMENTS = 10_000;

function readRerank(payload: Payload): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const documents = documentsIn(body);
  const { query } = body;
  if (query === undefined || query === null || query === "") throw missing("query");
  if (typeof query !== "string" && !isObject(query)) throw invalid("query", "must be a string", "必须是字符串");
  positiveInteger(body, "top_n");
  const pictures = [query, ...documents].filter((one) => isObject(one) && one["image"] !== undefined).length;
  const question = textOf(query, []);
  const texts = documents.map((document) => textOf(document, textsIn(body["rank_fields"])));
  const questionBytes = textBytes(question);
  return readWhole(rerank, payload, {
    operation: "rerank",
    fields: FIELDS,
    // Each document is read together with the question.
    promptBytes: textBytes(text) + questionBytes * (documents.length - 1),
    prompts: documents.length,
    needs: new Map<Capability, number>(pictures === 0 ? [] : [["image", pictures]]),
    units: { searches: mostSearches(questionBytes, texts.map(textBytes)) },
    promptText: () => texts.map((document) => `${question}\n${document}`).join("\n"),
  });
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function documentsIn({ documents }: JsonObject): readonly (string | JsonObject)[] {
  if (documents === undefined || documents === null) throw missing("documents");
  const isDocument = (item: unknown): item is string | JsonObject => typeof item === "string" || isObject(item);
  if (!Array.isArray(documents) || documents.length === 0 || !documents.every(isDocument)) {
    throw invalid("documents", "must be an array of texts or objects", "必须是文本或对象的数组");
  }
  if (documents.length > MAX_DOCUMENTS) {
    throw invalid("documents", `must hold at most ${MAX_DOCUMENTS} documents`, `最多 ${MAX_DOCUMENTS} 个`);
  }
  return documents;
}

/** @param fields those of an object that count; none = its `text`, or all */
function textOf(document: string | JsonObject, fields: readonly string[]): string {
  if (typeof document === "string") return document;
  const known = fields.filter((name) => document[name] !== undefined);
  const usual = typeof document["text"] === "string" ? ["text"] : Object.keys(document);
  const named = known.length > 0 ? known : usual;
  if (named.length === 1) return textIn(document[named[0] ?? ""]) ?? "";
  return named.map((name) => `${name}: ${textIn(document[name]) ?? JSON.stringify(document[name])}`).join("\n");
}

const DOCUMENTED: ReadonlySet<string> = new Set(words("id object model results usage meta data"));

class RerankReader extends WholeReader {
  readonly #target: Target;
  readonly #documents: number;
  readonly #top: number;

  constructor(target: Target, { payload }: ClientRequest) {
    super();
    const { value: body } = jsonOf(payload);
    this.#target = target;
    this.#documents = documentsIn(body).length;
    this.#top = numberIn(body["top_n"]) ?? this.#documents;
  }

  whole(payload: Payload): Whole {
    const draft = wholeAnswer(payload, DOCUMENTED);
    const usage = { searches: leastSearches(this.#documents), ...usageIn(draft.value) };
    const ranked = this.#ranked(draft.value, usage);
    if (ranked !== undefined) draft.set("results", ranked);
    draft.set("data", undefined);
    draft.set("model", this.#target.publicModel);
    return { body: draft, usage, text: { output: "", reasoning: "" } };
  }

  /** The best first, and no more than were asked for; undefined = as they came. @throws Fault `upstream_error` */
  #ranked({ results, data }: JsonObject, usage: Usage): readonly JsonObject[] | undefined {
    const list = objectsOf(results ?? data);
    const seen = new Set<number>();
    for (const { index, relevance_score: score } of list) {
      const isKnown = Number.isSafeInteger(index) && (index as number) >= 0 && (index as number) < this.#documents;
      if (!isKnown || seen.has(index as number) || numberIn(score) === undefined) {
        throw broken("a result without its document or its score", usage);
      }
      seen.add(index as number);
    }
    if (list.length < Math.min(this.#top, this.#documents)) throw broken("fewer results than documents", usage);
    const sorted = list.toSorted((one, other) => scoreOf(other) - scoreOf(one)).slice(0, this.#top);
    const isAsItCame = sorted.length === list.length && sorted.every((one, position) => one === list[position]);
    return isAsItCame && results !== undefined ? undefined : sorted;
  }
}

function scoreOf({ relevance_score: score }: JsonObject): number {
  return numberIn(score) ?? 0;
}

/** Tokens as Jina tells them, tokens and searches as Cohere does. */
function usageIn({ usage, meta }: JsonObject): Usage {
  const { billed_units: units, tokens } = isObject(meta) ? meta : {};
  const searches = isObject(units) ? numberIn(units["search_units"]) : undefined;
  const input = isObject(tokens) ? numberIn(tokens["input_tokens"]) : undefined;
  return { ...only({ input, searches }), ...promptUsage(usage) };
}

/** What clients of either vendor look for. */
function present(body: JsonDraft, { payload }: ClientRequest, counted: () => Usage): void {
  const { value: asked } = jsonOf(payload);
  const documents = asked["return_documents"] === true ? documentsIn(asked) : undefined;
  for (const place of body.objects("results")) {
    const document = documents?.[numberIn(place.value["index"]) ?? -1];
    place.set("document", typeof document === "string" ? { text: document } : document);
  }
  body.fill("object", "list");
  const usage = usageIn(body.value);
  const { prompt_tokens: tokens } = writeUsage(usage.input === undefined ? counted() : usage);
  if (!isObject(body.value["usage"])) {
    body.set("usage", { prompt_tokens: tokens, completion_tokens: 0, total_tokens: tokens });
  }
  if (isObject(body.value["meta"])) return;
  const { searches = leastSearches(documentsIn(asked).length) } = usage;
  body.set("meta", {
    api_version: { version: "2" },
    billed_units: { search_units: searches },
    tokens: { input_tokens: tokens },
  });
}

const CARRIED: ReadonlySet<string> = new Set(
  words("model query documents top_n return_documents max_tokens_per_doc rank_fields"),
);

/** @throws Fault `unsupported_feature` for pictures */
export function readRequest({ payload }: ClientRequest): Carried<RerankRequest> {
  const { value: body } = jsonOf(payload);
  const fields = textsIn(body["rank_fields"]);
  const documents = documentsIn(body);
  const { query } = body;
  if (isObject(query) && query["image"] !== undefined) throw unsupported("query");
  if (documents.some((document) => isObject(document) && document["image"] !== undefined)) {
    throw unsupported("documents");
  }
  return {
    value: {
      query: textOf(isObject(query) ? query : (textIn(query) ?? ""), []),
      documents: documents.map((document) => textOf(document, fields)),
      top: numberIn(body["top_n"]),
      maxTokensPerDocument: numberIn(body["max_tokens_per_doc"]),
    },
    dropped: leftOut(body, CARRIED, FIELDS),
  };
}

function writeRequest(request: RerankRequest, target: Target): Carried<Payload> {
  const { query, documents, top, maxTokensPerDocument } = request;
  return {
    value: jsonPayload({ ...only({ model: target.model, query, documents, top_n: top }), return_documents: false }),
    dropped: maxTokensPerDocument === undefined ? [] : ["max_tokens_per_doc"],
  };
}

export function readAnswer({ value }: JsonDraft): RerankAnswer {
  const ranked = objectsOf(value["results"]).map((result): RankedDocument => ({
    index: numberIn(result["index"]) ?? 0,
    score: scoreOf(result),
  }));
  return { ranked, usage: usageIn(value) };
}

export function writeAnswer({ ranked, usage }: RerankAnswer, _request: ClientRequest, target: Target): JsonDraft {
  const { input, searches } = usage ?? {};
  return new JsonDraft({
    model: target.publicModel,
    results: ranked.map(({ index, score }) => ({ index, relevance_score: score })),
    ...(input === undefined ? {} : { usage: { prompt_tokens: input, completion_tokens: 0, total_tokens: input } }),
    ...(searches === undefined
      ? {}
      : {
          meta: {
            api_version: { version: "2" },
            billed_units: { search_units: searches },
            ...(input === undefined ? {} : { tokens: { input_tokens: input } }),
          },
        }),
  });
}
