/** Every endpoint on every surface receives a request in each run: a row of the table without a sample here fails. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { startMidjourney, type MidjourneyUpstream } from "../../support/midjourney-upstream.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, expectCommonHeaders, logLine, MESSAGES } from "../call.ts";

interface Row {
  readonly method: string;
  readonly path: string;
}

// Not a named import: the table brings the Worker's types, which conflict with Node's.
const table = async (name: string): Promise<unknown> => import(`../../../src/endpoints/${name}.ts`);
const { SURFACES } = (await table("surfaces")) as {
  SURFACES: readonly { readonly mount: string; readonly rows: readonly Row[] }[];
};

let gateway: Gateway;
let upstream: ScriptedUpstream;
let proxy: MidjourneyUpstream;

beforeAll(async () => {
  [gateway, upstream, proxy] = await Promise.all([
    startGateway({ vars: { MAX_OPEN_TASKS: "1000" } }),
    startUpstream(),
    startMidjourney("credential-of-proxy"),
  ]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, { id: "plain", autoWeight: 1, routes: [{ upstreamId: "one" }] });
  await addModel(gateway.db, {
    id: "vectors",
    operation: "embed",
    routes: [{ upstreamId: "one", wire: "openai.embeddings" }],
  });
  await addModel(gateway.db, {
    id: "painter",
    operation: "image",
    routes: [{ upstreamId: "one", wire: "openai.images" }],
  });
  upstream.script("upstream-painter", (exchange) => exchange.json({ data: [{ b64_json: "iVBORw0KGgo=" }] }));
  await addModel(gateway.db, {
    id: "filmer",
    operation: "video",
    routes: [{ upstreamId: "one", wire: "openai.videos" }],
  });
  upstream.script("upstream-filmer", (exchange) => exchange.json({ id: "film-1", status: "queued" }));
  await addModel(gateway.db, {
    id: "speaker",
    operation: "speech",
    routes: [{ upstreamId: "one", wire: "openai.speech" }],
  });
  await addModel(gateway.db, {
    id: "talker",
    operation: "realtime",
    routes: [{ upstreamId: "one", wire: "openai.realtime" }],
  });
  upstream.script("upstream-speaker", ({ response }) => {
    response.writeHead(200, { "content-type": "audio/mpeg" }).end("sound");
  });
  await addModel(gateway.db, {
    id: "listener",
    operation: "transcribe",
    routes: [{ upstreamId: "one", wire: "openai.transcriptions" }],
  });
  upstream.script("upstream-listener", (exchange) => exchange.json({ text: "Hello" }));
  await addModel(gateway.db, {
    id: "judge",
    operation: "moderate",
    routes: [{ upstreamId: "one", wire: "openai.moderations" }],
  });
  await addModel(gateway.db, {
    id: "ranker",
    operation: "rerank",
    routes: [{ upstreamId: "one", wire: "jina.rerank" }],
  });
  await addUpstream(gateway.db, { id: "proxy", kind: "midjourney", baseUrl: proxy.baseUrl });
  for (const action of ["imagine", "blend", "describe", "shorten", "upload", "edits", "video", "swap_face"]) {
    const routes = [{ upstreamId: "proxy", wire: "midjourney.tasks" }];
    await addModel(gateway.db, { id: `mj_${action}`, operation: "paint", routes });
  }
  upstream.script("upstream-judge", (exchange) => exchange.json({ results: [{ flagged: false, categories: {} }] }));
  upstream.script("upstream-ranker", (exchange) => exchange.json({ results: [{ index: 0, relevance_score: 1 }] }));
  upstream.script("upstream-vectors", (exchange) => exchange.json({ data: [{ embedding: [1, 0] }] }));
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
});

afterAll(async () => {
  await Promise.all([gateway.close(), upstream.close(), proxy.close()]);
});

interface Sample {
  /** The path below the mount; a function where it names something that must be made first. */
  readonly path: string | (() => Promise<string>);
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** 200 by default. */
  readonly status?: number;
}

/** A form with a file. */
const RECORDING = {
  headers: { "content-type": "multipart/form-data; boundary=form" },
  body: [
    '--form\r\nContent-Disposition: form-data; name="model"\r\n\r\nlistener\r\n',
    '--form\r\nContent-Disposition: form-data; name="file"; filename="a.mp3"\r\n\r\nsound\r\n--form--\r\n',
  ].join(""),
};

const DATA_URL = "data:image/png;base64,iVBORw0KGgo=";

const ITEM = { type: "message", id: "msg_1", role: "user", content: "Hello" };

/** The id of something that a request makes. */
async function made(path: string, body: unknown): Promise<string> {
  const answer = await call(gateway, `/v1${path}`, { body });
  return String(answer.body["id"]);
}

const conversation = async () => `/conversations/${await made("/conversations", { items: [ITEM] })}`;

/** `test/e2e/clients/kling.test.ts` makes films. */
const KLING_SAMPLES = Object.fromEntries(
  ["text2video", "image2video", "multi-image2video", "video-extend", "lip-sync", "effects"].flatMap(
    (kind): [string, Sample][] => [
      [`POST /videos/${kind}`, { path: `/videos/${kind}`, body: {}, status: 400 }],
      [`GET /videos/${kind}`, { path: `/videos/${kind}?pageSize=5` }],
      [`GET /videos/${kind}/:id`, { path: `/videos/${kind}/831922345719271433`, status: 404 }],
    ],
  ),
);

/** `test/e2e/clients/kling-pictures.test.ts` makes pictures. */
const KLING_PICTURE_SAMPLES: Readonly<Record<string, Sample>> = {
  "POST /kling/v1/images/generations": { path: "/images/generations", body: {}, status: 400 },
  "GET /images/generations": { path: "/images/generations?pageSize=5" },
  "GET /images/generations/:id": { path: "/images/generations/831922345719271433", status: 404 },
  "GET /images/generations/:id/content": { path: "/images/generations/831922345719271433/content", status: 404 },
};

const FILM = { model: "filmer", prompt: "A cat" };
const film = async () => `/videos/${await made("/videos", FILM)}`;

const SAMPLES: Readonly<Record<string, Sample>> = {
  ...KLING_SAMPLES,
  ...KLING_PICTURE_SAMPLES,
  "POST /chat/completions": { path: "/chat/completions", body: { stream: false, messages: MESSAGES } },
  "POST /completions": { path: "/completions", body: { stream: false, prompt: "Hello" } },
  "POST /embeddings": { path: "/embeddings", body: { model: "vectors", input: "Hello" } },
  "POST /engines/:engine{.+}/embeddings": { path: "/engines/vectors/embeddings", body: { input: "Hello" } },
  "POST /images/generations": { path: "/images/generations", body: { model: "painter", prompt: "A cat" } },
  "POST /images/edits": { path: "/images/edits", body: { model: "painter", prompt: "Bluer", image: "iVBORw0KGgo=" } },
  "POST /edits": { path: "/edits", body: { model: "painter", prompt: "Bluer", image: "iVBORw0KGgo=" } },
  "POST /images/variations": { path: "/images/variations", body: { model: "painter", image: "iVBORw0KGgo=" } },
  "POST /videos": { path: "/videos", body: FILM },
  "GET /videos": { path: "/videos" },
  "GET /videos/:id": { path: film },
  // It is not finished.
  "GET /videos/:id/content": { path: async () => `${await film()}/content`, status: 400 },
  "POST /videos/:id/remix": { path: async () => `${await film()}/remix`, body: { prompt: "A dog" }, status: 400 },
  "DELETE /videos/:id": { path: film, status: 400 },
  "POST /videos/generations": { path: "/videos/generations", body: FILM },
  "GET /videos/generations/:id": { path: async () => (await film()).replace("/videos", "/videos/generations") },
  "POST /video/generations": { path: "/video/generations", body: FILM },
  "GET /video/generations/:id": { path: async () => (await film()).replace("/videos", "/video/generations") },
  "POST /audio/speech": {
    path: "/audio/speech",
    body: { model: "speaker", input: "Hello", voice: "alloy", stream_format: "sse" },
  },
  "POST /audio/transcriptions": { path: "/audio/transcriptions", ...RECORDING },
  "POST /audio/translations": { path: "/audio/translations", ...RECORDING },
  "GET /realtime": { path: "/realtime", status: 400 },
  "POST /realtime/client_secrets": { path: "/realtime/client_secrets", body: { session: { model: "talker" } } },
  "POST /moderations": { path: "/moderations", body: { model: "judge", input: "Hello" } },
  "POST /rerank": { path: "/rerank", body: { model: "ranker", query: "Hello", documents: ["a"] } },
  "POST /responses": { path: "/responses", body: { input: "Hello" } },
  "POST /responses/input_tokens": { path: "/responses/input_tokens", body: { model: "plain", input: "Hello" } },
  "GET /responses/:id": { path: async () => `/responses/${await made("/responses", { input: "Hello" })}` },
  "DELETE /responses/:id": { path: async () => `/responses/${await made("/responses", { input: "Hello" })}` },
  "POST /responses/:id/cancel": {
    path: async () => `/responses/${await made("/responses", { input: "Hello" })}/cancel`,
    status: 400,
  },
  "GET /responses/:id/input_items": {
    path: async () => `/responses/${await made("/responses", { input: "Hello" })}/input_items`,
  },
  "POST /conversations": { path: "/conversations", body: {} },
  "GET /conversations/:id": { path: async () => conversation() },
  "POST /conversations/:id": { path: async () => conversation(), body: { metadata: { a: "b" } } },
  "DELETE /conversations/:id": { path: async () => conversation() },
  "GET /conversations/:id/items": { path: async () => `${await conversation()}/items` },
  "POST /conversations/:id/items": { path: async () => `${await conversation()}/items`, body: { items: [ITEM] } },
  "GET /conversations/:id/items/:item": { path: async () => `${await conversation()}/items/msg_1` },
  "DELETE /conversations/:id/items/:item": { path: async () => `${await conversation()}/items/msg_1` },
  "POST /messages": { path: "/messages", body: { model: "auto", max_tokens: 100, messages: MESSAGES } },
  "POST /messages/count_tokens": { path: "/messages/count_tokens", body: { model: "plain", messages: MESSAGES } },
  "POST /models/:call{.+:\\w+}": {
    path: "/models/auto:generateContent",
    body: { contents: [{ parts: [{ text: "Hello" }] }] },
  },
  "POST /submit/imagine": { path: "/submit/imagine", body: { prompt: "a cat" } },
  "POST /submit/blend": { path: "/submit/blend", body: { base64Array: [DATA_URL, DATA_URL] } },
  "POST /submit/describe": { path: "/submit/describe", body: { base64: DATA_URL } },
  "POST /submit/shorten": { path: "/submit/shorten", body: { prompt: "a cat" } },
  "POST /submit/upload-discord-images": { path: "/submit/upload-discord-images", body: { base64Array: [DATA_URL] } },
  "POST /submit/edits": { path: "/submit/edits", body: { prompt: "a hat", image: DATA_URL } },
  "POST /submit/video": { path: "/submit/video", body: { prompt: "it runs", image: DATA_URL } },
  "POST /insight-face/swap": { path: "/insight-face/swap", body: { sourceBase64: DATA_URL, targetBase64: DATA_URL } },
  // What goes on with a task is tried in midjourney.test.ts: here is none.
  "POST /submit/action": { path: "/submit/action", body: { taskId: "1", customId: "MJ::x" }, status: 400 },
  "POST /submit/change": { path: "/submit/change", body: { taskId: "1", action: "REROLL" }, status: 400 },
  "POST /submit/simple-change": { path: "/submit/simple-change", body: { content: "1 R" }, status: 400 },
  "POST /submit/modal": { path: "/submit/modal", body: { taskId: "1" }, status: 400 },
  "GET /task/:id/fetch": { path: "/task/1/fetch", status: 400 },
  "GET /task/:id/image-seed": { path: "/task/1/image-seed", status: 400 },
  "POST /task/list-by-condition": { path: "/task/list-by-condition", body: { ids: [] } },
  "GET /image/:id": { path: "/image/1", status: 400 },
  "GET /video/:id": { path: "/video/1", status: 400 },
  "GET /models/:operation{.+/operations/[^/]+}": { path: "/models/veo/operations/video_1", status: 404 },
  "GET /operations/:operation": { path: "/operations/video_1", status: 404 },
  "GET /files/:file{[a-z0-9]+:download}": { path: "/files/12ab:download", status: 404 },
  "GET /models": { path: "/models" },
  "GET /models/:id{.+}": { path: "/models/plain" },
};

const ROWS = SURFACES.flatMap(({ mount, rows }) => rows.map(({ method, path }) => ({ mount, method, path })));

/** Where two mounts have one path for different things, one of them is named with its mount. */
function nameOf({ mount, method, path }: (typeof ROWS)[number]): string {
  const own = `${method} ${mount}${path}`;
  return Object.hasOwn(SAMPLES, own) ? own : `${method} ${path}`;
}

describe("every endpoint", () => {
  it.each(ROWS)("$method $mount $path answers", async ({ mount, method, path }) => {
    const sample = SAMPLES[nameOf({ mount, method, path })];
    if (sample === undefined) throw new Error(`${method} ${path} has no sample: add one to SAMPLES`);
    const below = typeof sample.path === "string" ? sample.path : await sample.path();
    const answer = await call(gateway, mount + below, { method, body: sample.body, headers: sample.headers ?? {} });
    expect(answer.status, answer.story).toBe(sample.status ?? 200);
    expectCommonHeaders(answer);
    expect(await logLine(gateway, answer), answer.story).toMatchObject({
      event: "request",
      endpoint: `${method} ${mount}${path}`,
      status: answer.status,
      ending: sample.status === undefined ? "complete" : "failed",
    });
  });

  it("is in the table for every sample", () => {
    const rows = new Set(ROWS.map(nameOf));
    expect([...rows].toSorted()).toEqual(Object.keys(SAMPLES).toSorted());
  });
});
