/** Films in Kling's form, over Kling and over others; and Sora's form over Kling. */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { KLING_FILM, startKlingUpstream, type KlingUpstream } from "../../support/kling-upstream.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { startVideoUpstream, type VideoUpstream } from "../../support/video-upstream.ts";
import { call } from "../call.ts";
import { chargesOf, expectSoundBooks, pause } from "../money/books.ts";

type Json = Record<string, unknown>;

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/** Nanos a second. */
const PRICES = {
  std: 100_000_000,
  pro: 175_000_000,
  proWithSound: 350_000_000,
  proWithVoice: 420_000_000,
  lipSync: 50_000_000,
  effects: 90_000_000,
};
const MODELS = [
  ["kling-v1", "kling-v1"],
  ["kling-v2-6", "kling-v2-6"],
  ["failing", "kling-v1-6-failing"],
  ["lost", "kling-v1-6-lost"],
  ["poor", "kling-v1-6-poor"],
  ["strict", "kling-v1-6-strict"],
  ["slow", "kling-v1-6-slow"],
] as const;

let gateway: Gateway;
let kling: KlingUpstream;
let sora: VideoUpstream;

beforeAll(async () => {
  [gateway, kling, sora] = await Promise.all([startGateway(), startKlingUpstream(), startVideoUpstream()]);
  const { baseUrl, credential } = kling;
  await addUpstream(gateway.db, { id: "kling", kind: "kling", baseUrl, credentials: [credential] });
  await addUpstream(gateway.db, { id: "sora", baseUrl: sora.baseUrl });
  const rate = (nanos: number, when: object) => ({ unit: "durationMs", nanos, when });
  const model = {
    operation: "video",
    capabilities: '["image"]',
    price: { inputNanos: 0, outputNanos: 0 },
    rates: [
      { unit: "durationMs", nanos: PRICES.std },
      rate(PRICES.pro, { mode: "pro" }),
      rate(PRICES.proWithSound, { mode: "pro", audio: "on" }),
      rate(PRICES.proWithVoice, { mode: "pro", audio: "voice" }),
      rate(PRICES.lipSync, { mode: "lip-sync" }),
      rate(PRICES.effects, { mode: "effects" }),
    ],
  } as const;
  for (const [id, upstreamModel] of MODELS) {
    const routes = [{ upstreamId: "kling", wire: "kling.videos", upstreamModel }];
    await addModel(gateway.db, { id, ...model, routes });
  }
  const plain = [{ upstreamId: "kling", wire: "kling.videos", upstreamModel: "kling-v2-6" }];
  await addModel(gateway.db, { id: "plain", ...model, rates: [{ unit: "durationMs", nanos: 1 }], routes: plain });
  // Lips name no model.
  kling.tell("", ({ id, body }) => {
    const { video_url: url } = body["input"] as Json;
    const duration = /^https:\/\/a.example\/(\d+)s/.exec(String(url))?.[1];
    return { task_status: "succeed", task_result: { videos: [{ id, url: `${kling.baseUrl}/f.mp4`, duration }] } };
  });
  const routes = [{ upstreamId: "sora", wire: "openai.videos", upstreamModel: "sora-2" }];
  await addModel(gateway.db, { id: "sora-2", ...model, routes });
  const blocked = { task_status: "failed", task_status_msg: "Failure to pass the risk control system" };
  kling.tell("kling-v1-6-failing", () => blocked);
  // The number alone says so, or the status, too.
  kling.tell("kling-v1-6-lost", ({ asked }) => ({
    code: 1203,
    message: "no such task",
    status: asked % 2 === 0 ? 404 : 200,
  }));
  // What went wrong for a moment is no news of the film.
  kling.tell("kling-v1-6-slow", ({ asked }) =>
    asked < 3 ? { code: 5000, message: "internal" } : { task_status: "processing" },
  );
  kling.refuse("kling-v1-6-poor", { code: 1102, message: "resource pack used up", status: 429 });
  kling.refuse("kling-v1-6-strict", { code: 1301, message: "no violence, please" });
});

afterAll(async () => {
  await Promise.all([gateway.close(), kling.close(), sora.close()]);
});

async function ask(key: string, path: string, body?: Json) {
  const headers = { authorization: `Bearer ${key}` };
  return call(gateway, path, body === undefined ? { headers } : { headers, body });
}

const create = async (key: string, kind: string, body: Json) => ask(key, `/kling/v1/videos/${kind}`, body);
const dataOf = ({ body }: { readonly body: Json }) => body["data"] as Json;

async function ended(key: string, kind: string, id: unknown): Promise<Json> {
  for (let tries = 0; tries < 60; tries++) {
    const data = dataOf(await ask(key, `/kling/v1/videos/${kind}/${String(id)}`));
    if (data["task_status"] === "succeed" || data["task_status"] === "failed") return data;
    await pause(250);
  }
  throw new Error("not over");
}

async function made(key: string, kind: string, body: Json): Promise<Json> {
  const answer = await create(key, kind, body);
  expect(answer.status, answer.story).toBe(200);
  return ended(key, kind, dataOf(answer)["task_id"]);
}

async function closedCharges(key: string, count: number) {
  for (let tries = 0; tries < 100; tries++) {
    const charges = await chargesOf(gateway, key);
    if (charges.length === count && charges.every(({ state }) => state !== "held")) return charges;
    await pause(50);
  }
  throw new Error("no closed charges");
}

const filmsOf = (data: Json) => (data["task_result"] as { readonly videos: readonly Record<string, string>[] }).videos;
const lastFilm = (kind: string) => kling.films.findLast((film) => film.kind === kind);

describe("Kling's client", () => {
  it("makes a film, waits for it, and downloads it", async () => {
    const key = await addKey(gateway.db);
    const asked = { model_name: "kling-v2-6", prompt: "a cat", mode: "pro", duration: "10", sound: "on" };
    const answer = await create(key, "text2video", { ...asked, external_task_id: "mine" });
    expect(answer.status, answer.story).toBe(200);
    const id = dataOf(answer)["task_id"];
    expect(answer.body).toMatchObject({
      code: 0,
      message: "SUCCEED",
      request_id: answer.headers.get("x-request-id"),
      data: { task_id: id, task_status: "submitted", task_info: { external_task_id: "mine" } },
      id,
      task_id: id,
      status: "queued",
      object: "video",
    });
    expect(id).toMatch(/^\d{18}$/);
    expect(dataOf(answer)["created_at"]).toBeGreaterThan(1_700_000_000_000);
    const done = await ended(key, "text2video", id);
    expect(done).toMatchObject({ task_id: id, task_status: "succeed", task_status_msg: "" });
    const [film] = filmsOf(done);
    expect(film).toMatchObject({ id, duration: "10.1" });
    const file = await fetch(film?.["url"] ?? "");
    expect(Buffer.from(await file.arrayBuffer()).equals(KLING_FILM)).toBe(true);
    expect(lastFilm("text2video")?.body).toEqual({ ...asked, model_name: "kling-v2-6", aspect_ratio: "16:9" });
    const [charge] = await closedCharges(key, 1);
    expect(charge).toMatchObject({
      state: "settled",
      amountNanos: 10 * PRICES.proWithSound,
      durationMs: 10_000,
      model: "kling-v2-6",
    });
    // One token serves many calls.
    expect(kling.tokens.size).toBe(1);
  });

  it("finds its tasks by its own names, and in lists of each endpoint", async () => {
    const key = await addKey(gateway.db);
    const body = { model_name: "kling-v1", prompt: "a dog" };
    const ids: unknown[] = [];
    for (const name of ["one", "two", "three"]) {
      ids.unshift(dataOf(await create(key, "text2video", { ...body, external_task_id: name }))["task_id"]);
    }
    await create(key, "image2video", { model_name: "kling-v1", image: PNG });
    const named = await ask(key, "/kling/v1/videos/text2video/two");
    expect(dataOf(named)).toMatchObject({ task_id: ids[1], task_info: { external_task_id: "two" } });
    const again = await create(key, "text2video", { ...body, external_task_id: "two" });
    expect(again).toMatchObject({ status: 400, body: { code: 1201 } });
    // Others may name theirs the same.
    const other = await addKey(gateway.db);
    expect((await create(other, "text2video", { ...body, external_task_id: "two" })).status).toBe(200);
    const listed = async (query: string) => {
      const { body: list, status } = await ask(key, `/kling/v1/videos/text2video${query}`);
      expect(status).toBe(200);
      return (list["data"] as readonly Json[]).map(({ task_id: id }) => id);
    };
    expect(await listed("")).toEqual(ids);
    expect(await listed("?pageNum=2&pageSize=2")).toEqual(ids.slice(2));
    expect(await ask(key, "/kling/v1/videos/text2video?pageSize=501")).toMatchObject({
      status: 400,
      body: { code: 1201 },
    });
  });

  it("begins a film with one picture and ends it with another", async () => {
    const key = await addKey(gateway.db);
    const url = "https://a.example/end.png";
    await made(key, "image2video", { model_name: "kling-v1", image: `data:image/png;base64,${PNG}`, image_tail: url });
    expect(lastFilm("image2video")?.body).toMatchObject({ image: PNG, image_tail: url, mode: "std", duration: "5" });
    expect((await closedCharges(key, 1))[0]?.amountNanos).toBe(5 * PRICES.std);
  });

  it("goes on with a film of its own, lets it speak, and makes effects", async () => {
    const [key, other] = [await addKey(gateway.db), await addKey(gateway.db)];
    const film = { model_name: "kling-v1", prompt: "a cat", mode: "pro" };
    const first = await create(key, "text2video", film);
    const id = dataOf(first)["task_id"];
    expect(await create(key, "video-extend", { video_id: id })).toMatchObject({ status: 400, body: { code: 1201 } });
    await ended(key, "text2video", id);
    const theirs = `v-${lastFilm("text2video")?.id}`;
    await made(key, "video-extend", { video_id: id, prompt: "more" });
    expect(lastFilm("video-extend")?.body).toEqual({ video_id: theirs, prompt: "more" });
    await made(key, "lip-sync", { input: { video_id: id, mode: "text2video", text: "hello" } });
    expect(lastFilm("lip-sync")?.body).toEqual({ input: { video_id: theirs, mode: "text2video", text: "hello" } });
    await made(key, "effects", {
      model_name: "kling-v1",
      effect_scene: "squish",
      input: { image: PNG, duration: "5" },
    });
    const charges = await closedCharges(key, 4);
    expect(charges.map(({ amountNanos }) => amountNanos).toSorted((a, b) => a - b)).toEqual([
      // It lasts 5.1 s.
      255_000_000,
      5 * PRICES.effects,
      5 * PRICES.pro,
      5 * PRICES.pro,
    ]);
    expect(await create(other, "video-extend", { video_id: id })).toMatchObject({ status: 404, body: { code: 1203 } });
    // Another vendor's film is no use to Kling.
    const foreign = await ask(other, "/v1/videos", { model: "sora-2", prompt: "a cat" });
    await expect
      .poll(async () => (await ask(other, `/v1/videos/${String(foreign.body["id"])}`)).body["status"], {
        timeout: 9000,
      })
      .toBe("completed");
    const refused = await create(other, "video-extend", { video_id: foreign.body["id"] });
    expect(refused).toMatchObject({ status: 400, body: { code: 1201, message: expect.stringContaining("video_id") } });
    const effect = { model_name: "sora-2", effect_scene: "squish", input: { image: PNG } };
    expect(await create(other, "effects", effect)).toMatchObject({ status: 400, body: { code: 1201 } });
  });

  it("pays for lips of a film from elsewhere by the length that Kling tells, and never more than was held", async () => {
    const key = await addKey(gateway.db);
    const speak = async (seconds: number) =>
      made(key, "lip-sync", {
        model_name: "kling-v1",
        input: { video_url: `https://a.example/${seconds}s.mp4`, mode: "text2video", text: "hello" },
      });
    await speak(47);
    await speak(90);
    const charges = await closedCharges(key, 2);
    expect(charges.map(({ amountNanos }) => amountNanos).toSorted((a, b) => a - b)).toEqual([
      47 * PRICES.lipSync,
      60 * PRICES.lipSync,
    ]);
  });

  it.each<[string, string, Json]>([
    ["lip-sync", "lip-sync", { input: { video_url: "https://a.example/5s.mp4", text: "hello" } }],
    ["effects", "effects", { effect_scene: "squish", input: { image: PNG } }],
    ["effects-pro", "effects", { effect_scene: "squish", input: { image: PNG, mode: "pro" } }],
    ["voice", "text2video", { prompt: "a", sound: "on", voice_list: [{ voice_id: "v" }] }],
    // This one has a price, for another mode.
    ["voice", "text2video", { model_name: "kling-v2-6", prompt: "a", mode: "std", voice_list: [{ voice_id: "v" }] }],
  ])("gets nothing for the price of something else: %s", async (value, kind, body) => {
    const key = await addKey(gateway.db);
    const asked = kling.films.length;
    const refused = await create(key, kind, { model_name: "plain", ...body });
    expect(refused, refused.story).toMatchObject({
      status: 400,
      body: { code: 1201, message: expect.stringContaining(`'${value}'`) as string },
    });
    expect(kling.films.length).toBe(asked);
    expect((await closedCharges(key, 1))[0]).toMatchObject({ state: "void", amountNanos: 0 });
  });

  it("pays for voices", async () => {
    const key = await addKey(gateway.db);
    const voices = { mode: "pro", voice_list: [{ voice_id: "v" }] };
    await made(key, "text2video", { model_name: "kling-v2-6", prompt: "<<<voice_1>>> sings", ...voices });
    expect(lastFilm("text2video")?.body).toMatchObject({ ...voices, sound: "on" });
    // A size says the mode, too.
    const { body } = await ask(key, "/v1/videos", {
      model: "kling-v2-6",
      prompt: "<<<voice_1>>> sings",
      size: "1920x1080",
      metadata: { voice_list: voices.voice_list },
    });
    const path = `/v1/videos/${String(body["id"])}`;
    await expect.poll(async () => (await ask(key, path)).body["status"], { timeout: 9000 }).toBe("completed");
    const charges = await closedCharges(key, 2);
    expect(charges.map(({ amountNanos }) => amountNanos)).toEqual([5 * PRICES.proWithVoice, 5 * PRICES.proWithVoice]);
  });

  it("is called back with what it would be told", async () => {
    const key = await addKey(gateway.db);
    const told: Json[] = [];
    const server = createServer((request, response) => {
      void new Response(Readable.toWeb(request) as ReadableStream).json().then((body) => {
        told.push(body as Json);
        response.end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/told`;
    const asked = { model_name: "kling-v1", prompt: "a cat", callback_url: url, external_task_id: "called" };
    const id = dataOf(await create(key, "text2video", asked))["task_id"];
    const succeeded = { task_id: id, task_status: "succeed", task_info: { external_task_id: "called" } };
    await expect.poll(() => told.at(-1), { timeout: 30_000 }).toMatchObject(succeeded);
    expect(told.at(-1)).toEqual(await ended(key, "text2video", id));
    server.close();
    const refused = await create(key, "text2video", { ...asked, callback_url: "ftp://c.example" });
    expect(refused).toMatchObject({ status: 400, body: { code: 1201 } });
  });

  it("is served by an upstream in Sora's form, too", async () => {
    const key = await addKey(gateway.db);
    const body = { model_name: "sora-2", prompt: "a cat", mode: "pro", duration: "8", cfg_scale: 0.5 };
    const answer = await create(key, "text2video", body);
    expect(answer.headers.get("x-gateway-warnings")).toBe("dropped=cfg_scale");
    const done = await ended(key, "text2video", dataOf(answer)["task_id"]);
    expect(filmsOf(done)).toMatchObject([{ duration: "8" }]);
    expect(sora.films.at(-1)?.body).toMatchObject({ model: "sora-2", seconds: "8", size: "1920x1080" });
    expect((await closedCharges(key, 1))[0]?.amountNanos).toBe(8 * PRICES.pro);
  });
});

describe("Sora's form", () => {
  it("is served by Kling, without and with pictures", async () => {
    const key = await addKey(gateway.db);
    const asked = { model: "kling-v2-6", prompt: "a cat", seconds: "10", size: "1920x1080" };
    const { body } = await ask(key, "/v1/videos", asked);
    const path = `/v1/videos/${String(body["id"])}`;
    await expect
      .poll(async () => (await ask(key, path)).body, { timeout: 9000 })
      .toMatchObject({
        status: "completed",
        seconds: "10",
        size: "1920x1080",
      });
    expect(lastFilm("text2video")?.body).toMatchObject({ mode: "pro", duration: "10", aspect_ratio: "16:9" });
    const content = await fetch(`${gateway.url}${path}/content`, { headers: { authorization: `Bearer ${key}` } });
    expect(Buffer.from(await content.arrayBuffer()).equals(KLING_FILM)).toBe(true);
    expect((await closedCharges(key, 1))[0]?.amountNanos).toBe(10 * PRICES.pro);
    const image = `data:image/png;base64,${PNG}`;
    const generation = { model: "kling-v1", prompt: "a dog", duration: 5, image, metadata: { cfg_scale: 0.3 } };
    expect((await ask(key, "/v1/videos/generations", generation)).status).toBe(200);
    expect(lastFilm("image2video")?.body).toMatchObject({ image: PNG, prompt: "a dog", cfg_scale: 0.3, duration: "5" });
  });

  it("is told which lengths a model makes", async () => {
    const key = await addKey(gateway.db);
    const refused = await ask(key, "/v1/videos", { model: "kling-v1", prompt: "a cat", seconds: "8" });
    expect(refused.status).toBe(400);
    expect(refused.body["error"]).toMatchObject({
      code: "unsupported_parameter",
      message: expect.stringContaining("5 or 10") as string,
    });
    expect((await closedCharges(key, 1))[0]).toMatchObject({ state: "void", amountNanos: 0 });
  });
});

describe("a failure", () => {
  it("costs nothing, and is told in the upstream's words", async () => {
    const key = await addKey(gateway.db);
    const failed = await made(key, "text2video", { model_name: "failing", prompt: "a cat" });
    expect(failed).toMatchObject({
      task_status: "failed",
      task_status_msg: "Failure to pass the risk control system",
    });
    expect(failed).not.toHaveProperty("task_result");
    expect((await closedCharges(key, 1))[0]).toMatchObject({ state: "void", amountNanos: 0, ending: "failed" });
  });

  it.each([
    ["an unknown task is waited for at first", "lost", "submitted"],
    ["a failure to tell is no news", "slow", "processing"],
  ])("%s", async (_, model, status) => {
    const key = await addKey(gateway.db);
    const id = dataOf(await create(key, "text2video", { model_name: model, prompt: "a cat" }))["task_id"];
    const path = `/kling/v1/videos/text2video/${String(id)}`;
    const asked = () => lastFilm("text2video")?.asked ?? 0;
    await expect
      .poll(async () => [await ask(key, path), asked()][1], { timeout: 15_000, interval: 500 })
      .toBeGreaterThan(2);
    expect(dataOf(await ask(key, path))).toMatchObject({ task_status: status, task_status_msg: "" });
    expect((await chargesOf(gateway, key))[0]?.state).toBe("held");
    kling.tell(`kling-v1-6-${model}`, () => ({ task_status: "failed", task_status_msg: "enough" }));
    expect(await ended(key, "text2video", id)).toMatchObject({ task_status_msg: "enough" });
  });

  it.each([
    ["text2video", { model_name: "unknown", prompt: "a" }, 404, 1203],
    ["text2video", { model_name: "kling-v1" }, 400, 1201],
    ["image2video", { model_name: "kling-v1", prompt: "a" }, 400, 1201],
    ["text2video", { model_name: "kling-v1", prompt: "a", duration: "8" }, 400, 1201],
    ["text2video", { model_name: "kling-v1", prompt: "a", sound: "on" }, 400, 1201],
    ["text2video", { model_name: "strict", prompt: "a" }, 400, 1301],
    ["text2video", { model_name: "poor", prompt: "a" }, 502, 5000],
    ["nothing", { prompt: "a" }, 404, 1202],
  ])("of %s with %j is %d and number %d", async (kind, body, status, code) => {
    const key = await addKey(gateway.db);
    const answer = await create(key, kind, body);
    expect(answer.status, answer.story).toBe(status);
    expect(answer.body).toEqual({
      code,
      message: expect.stringMatching(/\S/) as string,
      request_id: answer.headers.get("x-request-id"),
    });
  });

  it("of a caller has Kling's numbers", async () => {
    const body = { model_name: "kling-v1", prompt: "a" };
    const path = "/kling/v1/videos/text2video";
    const anonymous = await call(gateway, path, { body, headers: { authorization: undefined } });
    expect(anonymous).toMatchObject({ status: 401, body: { code: 1000 } });
    const poor = await addKey(gateway.db, { balanceNanos: 0 });
    expect(await create(poor, "text2video", body)).toMatchObject({ status: 402, body: { code: 1101 } });
    expect(await call(gateway, path, { body: "{" })).toMatchObject({ status: 400, body: { code: 1201 } });
  });

  it("to be found is the same for other accounts' tasks, and at other endpoints", async () => {
    const [key, other] = [await addKey(gateway.db), await addKey(gateway.db)];
    const answer = await create(key, "text2video", { model_name: "kling-v1", prompt: "a", external_task_id: "secret" });
    const id = String(dataOf(answer)["task_id"]);
    for (const [who, kind, name] of [
      [other, "text2video", id],
      [other, "text2video", "secret"],
      [key, "image2video", id],
      [key, "text2video", "unknown"],
    ] as const) {
      const found = await ask(who, `/kling/v1/videos/${kind}/${name}`);
      expect(found, found.story).toMatchObject({ status: 404, body: { code: 1203 } });
    }
    expect((await ask(other, "/kling/v1/videos/text2video")).body["data"]).toEqual([]);
    // A base URL without the version.
    expect((await ask(key, `/kling/videos/text2video/${id}`)).status).toBe(200);
  });
});

it("keeps sound books", async () => {
  await expectSoundBooks(gateway);
});
