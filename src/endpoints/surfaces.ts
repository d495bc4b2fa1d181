/** The surfaces: each a mount with the rows of its endpoints. A new endpoint on a known wire is a row here. */
import { GOOGLE_KEY_PLACES, KEY_HEADERS } from "../access/key-places.ts";
import { withMembers } from "../core/payload.ts";
import { anthropicDialect } from "../wire/anthropic/dialect.ts";
import { geminiDialect } from "../wire/gemini/dialect.ts";
import { REALTIME_WIRES, WIRES } from "../wire/index.ts";
import { klingDialect } from "../wire/kling/dialect.ts";
import { openaiDialect } from "../wire/openai/dialect.ts";
import type { Dialect } from "../wire/types.ts";
import { readXlei } from "../wire/xlei/completion.ts";
import { xleiDialect } from "../wire/xlei/dialect.ts";
import { callModel } from "./call-model.ts";
import { counts } from "./count-tokens.ts";
import { faultResponse } from "./fault-response.ts";
import { generate, type Generation } from "./generate.ts";
import { listModels, retrieveModel } from "./models.ts";
import { makeClientSecret, socket } from "./conversation-socket.ts";
import { CONVERSATION_ROWS } from "./responses/conversations.ts";
import { prepareResponse, withHistory } from "./responses/kept-state.ts";
import { STORED_RESPONSE_ROWS } from "./responses/stored-responses.ts";
import { streamsUnlessJson } from "./stream-default.ts";
import { KLING_PICTURE_ROWS } from "./tasks/kling-pictures.ts";
import { KLING_ROWS } from "./tasks/kling-videos.ts";
import { MIDJOURNEY_SURFACES } from "./tasks/midjourney-surfaces.ts";
import { PREDICTION_ROWS } from "./tasks/predictions.ts";
import { VIDEO_ROWS } from "./tasks/video-endpoints.ts";
import type { Row, Surface } from "./types.ts";

/** A row that asks a model on a wire. */
function asks(path: string, generation: Generation): Row {
  return { method: "POST", path, handle: generate(generation) };
}

const MODEL_ROWS: readonly Row[] = [
  {
    method: "GET",
    path: "/models",
    dialect: anthropicDialect,
    speaks: (path, headers) => /^\/models(\/|$)/.test(path) && headers.has("anthropic-version"),
    handle: listModels,
  },
  { method: "GET", path: "/models/:id{.+}", handle: retrieveModel },
];

/** Google's clients name the model and what is asked of it in the path. */
const CALL_ROWS: readonly Row[] = [
  {
    method: "POST",
    path: "/models/:call{.+:\\w+}",
    dialect: geminiDialect,
    speaks: (path) => /^\/models\/.+:\w+$/.test(path),
    handle: callModel,
  },
  ...PREDICTION_ROWS,
];

const {
  "openai.chat": chat,
  "openai.completions": completions,
  "openai.embeddings": embeddings,
  "openai.images": images,
  "openai.moderations": moderations,
  "jina.rerank": rerank,
  "openai.responses": responses,
  "openai.speech": speech,
  "openai.transcriptions": transcriptions,
  "anthropic.messages": messages,
} = WIRES;

const RESPONSE_ROWS: readonly Row[] = [
  asks("/responses", { wire: responses, prepare: prepareResponse, mayRequireModel: true }),
  {
    method: "POST",
    path: "/responses/input_tokens",
    handle: counts({
      wire: responses,
      complete: withHistory,
      answer: (tokens) => ({ object: "response.input_tokens", input_tokens: tokens }),
    }),
  },
  ...STORED_RESPONSE_ROWS,
  ...CONVERSATION_ROWS,
];

/** Anthropic's clients know errors of their own dialect alone, whatever the mount. */
const MESSAGE_ROWS: readonly Row[] = [
  { ...asks("/messages", { wire: messages, mayRequireModel: true }), dialect: anthropicDialect },
  {
    method: "POST",
    path: "/messages/count_tokens",
    dialect: anthropicDialect,
    handle: counts({
      wire: messages,
      complete: (payload) => withMembers(payload, { max_tokens: 1 }),
      answer: (tokens) => ({ input_tokens: tokens }),
    }),
  },
];

/** The second path is that of OpenAI's first libraries. */
const EMBEDDING_ROWS: readonly Row[] = [
  asks("/embeddings", { wire: embeddings, mayRequireModel: true }),
  asks("/engines/:engine{.+}/embeddings", { wire: embeddings }),
];

const IMAGE_ROWS: readonly Row[] = [
  asks("/images/generations", { wire: images, mayRequireModel: true }),
  ...["/images/edits", "/images/variations", "/edits"].map((path) =>
    asks(path, { wire: images, mayRequireModel: true, accepts: ["form", "json"] }),
  ),
];

const RECORDING: Generation = { wire: transcriptions, accepts: ["form"], mayRequireModel: true };

const AUDIO_ROWS: readonly Row[] = [
  asks("/audio/speech", { wire: speech, mayRequireModel: true }),
  asks("/audio/transcriptions", RECORDING),
  asks("/audio/translations", RECORDING),
];

const { "openai.realtime": realtime } = REALTIME_WIRES;

const REALTIME_ROWS: readonly Row[] = [
  { method: "GET", path: "/realtime", handle: socket(realtime) },
  { method: "POST", path: "/realtime/client_secrets", handle: makeClientSecret(realtime) },
];

/** Whoever sends no model gets the one for moderations, as at OpenAI. */
const MODERATION_ROW = asks("/moderations", { wire: moderations });
const RERANK_ROW = asks("/rerank", { wire: rerank, mayRequireModel: true });

const openai: Surface = {
  mount: "/v1",
  dialect: openaiDialect,
  keyPlaces: KEY_HEADERS,
  answerFault: faultResponse,
  rows: [
    asks("/chat/completions", { wire: chat, mayRequireModel: true }),
    asks("/completions", { wire: completions, mayRequireModel: true }),
    ...EMBEDDING_ROWS,
    ...IMAGE_ROWS,
    ...AUDIO_ROWS,
    ...REALTIME_ROWS,
    ...VIDEO_ROWS,
    MODERATION_ROW,
    RERANK_ROW,
    ...RESPONSE_ROWS,
    ...MESSAGE_ROWS,
    ...CALL_ROWS,
    ...MODEL_ROWS,
  ],
};

const XLEI = { read: readXlei, streamsByDefault: streamsUnlessJson, takesLegacyDefaults: true };

const xlei: Surface = {
  mount: "/xlei/v1",
  dialect: xleiDialect,
  keyPlaces: KEY_HEADERS,
  answerFault: faultResponse,
  rows: [
    asks("/chat/completions", { ...XLEI, wire: chat }),
    asks("/completions", { ...XLEI, wire: completions }),
    ...EMBEDDING_ROWS,
    ...IMAGE_ROWS,
    ...AUDIO_ROWS,
    ...REALTIME_ROWS,
    ...VIDEO_ROWS,
    MODERATION_ROW,
    RERANK_ROW,
    ...RESPONSE_ROWS,
    ...MESSAGE_ROWS,
    ...CALL_ROWS,
    ...MODEL_ROWS,
  ],
};

const gemini: Surface = {
  mount: "/v1beta",
  dialect: geminiDialect,
  keyPlaces: GOOGLE_KEY_PLACES,
  answerFault: faultResponse,
  rows: [
    ...CALL_ROWS,
    { method: "GET", path: "/models", handle: listModels },
    { method: "GET", path: "/models/:id{.+}", handle: retrieveModel },
  ],
};

/** Cohere's clients ask for the second version of its API. */
const cohere: Surface = {
  mount: "/v2",
  dialect: openaiDialect,
  keyPlaces: KEY_HEADERS,
  answerFault: faultResponse,
  rows: [RERANK_ROW],
};

const kling: Surface = {
  mount: "/kling/v1",
  dialect: klingDialect,
  keyPlaces: KEY_HEADERS,
  answerFault: faultResponse,
  rows: [...KLING_ROWS, ...KLING_PICTURE_ROWS],
};

/** The longest mount first. */
export const SURFACES: readonly Surface[] = [kling, xlei, gemini, openai, cohere, ...MIDJOURNEY_SURFACES];

/** The surface of a path. Paths outside all surfaces answer as `/v1` does. */
export function surfaceOf(path: string): Surface {
  return SURFACES.find(({ mount }) => isBelow(path, mount.replace(/\/v1$/, "") || mount)) ?? openai;
}

/** The dialect of errors of a request to a surface. */
export function dialectOf({ mount, rows, dialect }: Surface, path: string, headers: Headers): Dialect {
  const below = path.slice(mount.length);
  const speaks = (row: Row) =>
    row.dialect !== undefined && isBelow(path, mount) && (row.speaks?.(below, headers) ?? isBelow(below, row.path));
  return rows.find(speaks)?.dialect ?? dialect;
}

function isBelow(path: string, prefix: string): boolean {
  return path === prefix || path.startsWith(`${prefix}/`);
}
