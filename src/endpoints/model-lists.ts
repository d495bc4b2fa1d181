/** Model lists in the forms of three vendors, one path for all of them. */
import type { JsonObject } from "../core/json.ts";
import type { Model } from "../routing/route.ts";

/** A model as it is listed; `auto` is one of them. */
export interface ListedModel {
  readonly id: string;
  readonly createdAtMs: number;
  readonly ownedBy: string;
  readonly model?: Model;
}

export interface ModelList {
  one(model: ListedModel): JsonObject;
  /** @param query a parameter behind the path */
  all(models: readonly ListedModel[], query: (name: string) => string | undefined): JsonObject;
}

/** @see https://platform.openai.com/docs/api-reference/models/object */
const openaiList: ModelList = {
  one: ({ id, createdAtMs, ownedBy }) => ({
    id,
    object: "model",
    created: Math.floor(createdAtMs / 1000),
    owned_by: ownedBy,
  }),
  all: (models) => ({ object: "list", data: models.map((model) => openaiList.one(model)) }),
};

/** @see https://platform.claude.com/docs/en/api/models-list */
const anthropicList: ModelList = {
  one: ({ id, createdAtMs, model }) => ({
    type: "model",
    id,
    display_name: id,
    created_at: new Date(createdAtMs).toISOString(),
    max_input_tokens: model?.contextLength ?? null,
    max_tokens: model?.maxOutput ?? null,
  }),
  all(models, query) {
    const [before, after] = [query("before_id"), query("after_id")];
    const from = after === undefined ? 0 : models.findIndex(({ id }) => id === after) + 1;
    const found = before === undefined ? -1 : models.findIndex(({ id }) => id === before);
    const left = models.slice(from, found === -1 ? undefined : found);
    const size = sizeIn(query("limit"), 20);
    const page = before === undefined ? left.slice(0, size) : left.slice(-size);
    return {
      data: page.map((model) => anthropicList.one(model)),
      has_more: page.length < left.length,
      first_id: page[0]?.id ?? null,
      last_id: page.at(-1)?.id ?? null,
    };
  },
};

/** @see https://ai.google.dev/api/models */
const geminiList: ModelList = {
  one: ({ id, model }) => ({
    name: `models/${id}`,
    version: "001",
    displayName: id,
    ...(model?.contextLength == null ? {} : { inputTokenLimit: model.contextLength }),
    ...(model?.maxOutput == null ? {} : { outputTokenLimit: model.maxOutput }),
    supportedGenerationMethods: ["generateContent", "streamGenerateContent", "countTokens"],
  }),
  all(models, query) {
    const token = query("pageToken");
    const from = token === undefined ? 0 : models.findIndex(({ id }) => id === token) + 1;
    const page = models.slice(from, from + sizeIn(query("pageSize"), 50));
    const last = page.at(-1);
    const hasMore = last !== undefined && from + page.length < models.length;
    return { models: page.map((model) => geminiList.one(model)), ...(hasMore ? { nextPageToken: last.id } : {}) };
  },
};

const MAX_PAGE = 1000;

function sizeIn(text: string | undefined, usual: number): number {
  const size = Number(text);
  return text !== undefined && Number.isInteger(size) && size > 0 ? Math.min(size, MAX_PAGE) : usual;
}

/** The form that a client reads, by what only clients of one vendor send. @param path of the request */
export function listFor(path: string, headers: Headers, query: (name: string) => string | undefined): ModelList {
  if (path.startsWith("/v1beta/")) return geminiList;
  if (headers.has("anthropic-version")) return anthropicList;
  return headers.has("x-goog-api-key") || query("key") !== undefined ? geminiList : openaiList;
}
