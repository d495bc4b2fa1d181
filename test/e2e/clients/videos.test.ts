/** Films in the form of Sora: OpenAI's own client, plain requests, and what its users pay. */
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { FILM, startVideoUpstream, type VideoUpstream } from "../../support/video-upstream.ts";
import { call } from "../call.ts";
import { accountOf, chargesOf, expectSoundBooks, pause } from "../money/books.ts";

type Json = Record<string, unknown>;

/** A picture of one pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
/** Nanos a second. */
const SECOND = 100_000_000;
const SECOND_1080 = 300_000_000;
const NAMES = ["sora-2", "slow", "failing", "lost", "strict", "late"] as const;

let gateway: Gateway;
let one: VideoUpstream;
let two: VideoUpstream;

beforeAll(async () => {
  [gateway, one, two] = await Promise.all([startGateway(), startVideoUpstream(), startVideoUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: one.baseUrl });
  await addUpstream(gateway.db, { id: "two", baseUrl: two.baseUrl });
  for (const id of [...NAMES, "broken"]) {
    await addModel(gateway.db, {
      id,
      operation: "video",
      capabilities: '["image"]',
      price: { inputNanos: 0, outputNanos: 0 },
      rates: [
        { unit: "durationMs", nanos: SECOND },
        { unit: "durationMs", nanos: SECOND_1080, when: { resolution: "1080p" } },
      ],
      routes: (id === "broken" ? ["one", "two"] : ["one"]).map((upstreamId, at) => ({
        upstreamId,
        wire: "openai.videos",
        upstreamModel: `${upstreamId}-${id}`,
        priority: -at,
      })),
    });
  }
  one.refuse("one-broken", 500, { message: "out of order" });
  one.refuse("one-strict", 400, { message: "no people, please", code: "content_policy_violation" });
  one.tell("one-slow", ({ asked }) => ({ status: "in_progress", progress: asked * 30 }));
  const why = { code: "moderation_blocked", type: "invalid_request_error", message: "blocked by credential-of-one" };
  one.tell("one-failing", () => ({ status: "failed", error: why }));
  one.tell("one-lost", () => ({ status: 404, body: { error: { message: "gone" } } }));
});

afterAll(async () => {
  await Promise.all([gateway.close(), one.close(), two.close()]);
});

const authorized = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

async function create(body: Json, key: string, path = "/v1/videos") {
  return call(gateway, path, { body: { model: "sora-2", prompt: "a cat", ...body }, ...authorized(key) });
}

async function ended(id: unknown, key: string, path = "/v1/videos"): Promise<Json> {
  for (let tries = 0; tries < 60; tries++) {
    const { body } = await call(gateway, `${path}/${String(id)}`, authorized(key));
    if (body["status"] === "completed" || body["status"] === "failed") return body;
    await pause(250);
  }
  throw new Error("not over");
}

async function onlyCharge(key: string) {
  for (let tries = 0; tries < 100; tries++) {
    const [charge, ...more] = await chargesOf(gateway, key);
    expect(more).toEqual([]);
    if (charge !== undefined && charge.state !== "held") return charge;
    await pause(50);
  }
  throw new Error("no closed charge");
}

describe("a client that leaves", () => {
  it("while an upstream takes its film pays for the film", async () => {
    const key = await addKey(gateway.db);
    one.delay("one-late", 1500);
    const signal = AbortSignal.timeout(500);
    await expect(
      call(gateway, "/v1/videos", { body: { model: "late", prompt: "a cat" }, ...authorized(key), signal }),
    ).rejects.toThrow();
    await expect
      .poll(async () => (await chargesOf(gateway, key)).map(({ state, amountNanos }) => [state, amountNanos]), {
        timeout: 20_000,
      })
      .toEqual([["settled", 4 * SECOND]]);
  });
});

describe("OpenAI's client", () => {
  it("makes a film, waits for it, and downloads it", async () => {
    const key = await addKey(gateway.db);
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` });
    const input = await toFile(Buffer.from(PNG, "base64"), "cat.png", { type: "image/png" });
    const asked = { prompt: "a cat", seconds: "8", size: "1280x720", input_reference: input } as const;
    const { id } = await client.videos.create({ model: "sora-2", ...asked });
    await ended(id, key);
    const video = await client.videos.retrieve(id);
    expect(video).toMatchObject({
      object: "video",
      status: "completed",
      progress: 100,
      seconds: "8",
      size: "1280x720",
    });
    const film = one.films.find(({ body }) => body["seconds"] === "8");
    expect(film?.body).toEqual({ model: "one-sora-2", prompt: "a cat", seconds: "8", size: "1280x720" });
    const [file] = film?.form?.getAll("input_reference") ?? [];
    expect(Buffer.from(await (file as File).arrayBuffer()).toString("base64")).toBe(PNG);
    const content = await client.videos.downloadContent(video.id);
    expect(Buffer.from(await content.arrayBuffer()).equals(FILM)).toBe(true);
    const charge = await onlyCharge(key);
    expect(charge).toMatchObject({ state: "settled", amountNanos: 8 * SECOND, durationMs: 8000, model: "sora-2" });
    const listed = await client.videos.list({ limit: 1 });
    expect(listed.data.map(({ id }) => id)).toEqual([video.id]);
    expect(await client.videos.delete(video.id)).toMatchObject({ id: video.id, deleted: true });
    await expect(client.videos.retrieve(video.id)).rejects.toThrow(/no such task/i);
  });

  it("remixes a film at the same upstream", async () => {
    const key = await addKey(gateway.db);
    const client = new OpenAI({ apiKey: key, baseURL: `${gateway.url}/v1` });
    const first = await client.videos.create({
      model: "sora-2",
      prompt: "a dog",
      seconds: "12",
      size: "1080x1920" as never,
    });
    await expect(client.videos.remix(first.id, { prompt: "a blue dog" })).rejects.toThrow(/not finished/);
    await ended(first.id, key);
    const second = await client.videos.remix(first.id, { prompt: "a blue dog" });
    expect(second).toMatchObject({ remixed_from_video_id: first.id, seconds: "12", prompt: "a blue dog" });
    const film = one.films.find(({ body }) => body["prompt"] === "a blue dog");
    expect(film?.path).toMatch(/^\/v1\/videos\/up-\d+\/remix$/);
    await ended(second.id, key);
    const charges = await chargesOf(gateway, key);
    expect(charges.map(({ amountNanos }) => amountNanos)).toEqual([12 * SECOND_1080, 12 * SECOND_1080]);
  });
});

describe("a film", () => {
  it("is served by the next upstream where one cannot take it", async () => {
    const key = await addKey(gateway.db);
    const answer = await create({ model: "broken" }, key);
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-gateway-attempts")).toBe("2");
    expect(await ended(answer.body["id"], key)).toMatchObject({ status: "completed", seconds: "4", size: "720x1280" });
    expect(JSON.parse((await onlyCharge(key)).attempts ?? "[]")).toMatchObject([
      { upstream: "one", outcome: "error" },
      { upstream: "two", outcome: "answered" },
    ]);
  });

  it("shows its progress, and is not there before its time", async () => {
    const key = await addKey(gateway.db);
    const { body } = await create({ model: "slow" }, key);
    expect(body).toMatchObject({ status: "queued", progress: 0, completed_at: null, error: null, task_id: body["id"] });
    const content = await call(gateway, `/v1/videos/${String(body["id"])}/content`, authorized(key));
    expect(content.status).toBe(400);
    expect(content.body["error"]).toMatchObject({ type: "invalid_request_error", code: "video_not_ready" });
    const removed = await call(gateway, `/v1/videos/${String(body["id"])}`, { method: "DELETE", ...authorized(key) });
    expect(removed.status).toBe(400);
    await expect
      .poll(async () => (await call(gateway, `/v1/videos/${String(body["id"])}`, authorized(key))).body, {
        timeout: 9000,
      })
      .toMatchObject({ status: "in_progress", progress: expect.toSatisfy((progress: number) => progress >= 30) });
    one.tell("one-slow", () => ({ status: "completed", seconds: "3" }));
    expect(await ended(body["id"], key)).toMatchObject({ progress: 100, seconds: "3" });
    // It is shorter than it was to be.
    expect((await onlyCharge(key)).amountNanos).toBe(3 * SECOND);
  });

  it("costs nothing when it fails, and says why without saying who", async () => {
    const key = await addKey(gateway.db);
    const { body } = await create({ model: "failing" }, key);
    const failed = await ended(body["id"], key);
    expect(failed).toMatchObject({ status: "failed", completed_at: null });
    expect(failed["error"]).toMatchObject({ message: expect.stringContaining("blocked by [key]") as string });
    expect(await onlyCharge(key)).toMatchObject({ state: "void", amountNanos: 0, ending: "failed" });
    expect((await accountOf(gateway, key)).heldNanos).toBe(0);
  });

  it("never was where nobody takes it", async () => {
    const key = await addKey(gateway.db);
    const refused = await create({ model: "strict" }, key);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: "content_policy_violation" } } });
    expect((await call(gateway, "/v1/videos", authorized(key))).body["data"]).toEqual([]);
    expect(await onlyCharge(key)).toMatchObject({ state: "void", ending: "failed" });
  });

  it("is asked for once, however often its request is sent", async () => {
    const key = await addKey(gateway.db);
    const headers = { authorization: `Bearer ${key}`, "idempotency-key": "mine" };
    const ask = async (prompt: string, more: Record<string, string> = {}) =>
      call(gateway, "/v1/videos", { body: { model: "sora-2", prompt }, headers: { ...headers, ...more } });
    const answers = await Promise.all([ask("once"), ask("once"), ask("once")]);
    expect(answers.map(({ status }) => status).toSorted()).toContain(200);
    expect(answers.filter(({ status }) => status !== 200).every(({ status }) => status === 409)).toBe(true);
    const again = await ask("once");
    expect(again.headers.get("x-gateway-replayed")).toBe("true");
    expect(again.body["id"]).toBe(answers.find(({ status }) => status === 200)?.body["id"]);
    expect(await ask("twice")).toMatchObject({ status: 400, body: { error: { param: "Idempotency-Key" } } });
    // A library that says that it sends the same again.
    const { "idempotency-key": _, ...plain } = headers;
    const body = { model: "sora-2", prompt: "retried" };
    const first = await call(gateway, "/v1/videos", { body, headers: plain });
    const second = await call(gateway, "/v1/videos", { body, headers: { ...plain, "x-stainless-retry-count": "1" } });
    expect(second.body["id"]).toBe(first.body["id"]);
    expect(await chargesOf(gateway, key)).toHaveLength(2);
    expect(one.films.filter((film) => film.body["prompt"] === "once")).toHaveLength(1);
  });

  it("is nobody else's", async () => {
    const [key, other] = [await addKey(gateway.db), await addKey(gateway.db)];
    const { body } = await create({}, key);
    const done = await ended(body["id"], key);
    for (const path of ["", "/content"]) {
      expect((await call(gateway, `/v1/videos/${String(body["id"])}${path}`, authorized(other))).status).toBe(404);
    }
    const link = String(done["url"]).replace(gateway.url, "");
    expect(
      (await call(gateway, link.replace(/token=.*/, "token=x"), { headers: { authorization: undefined } })).status,
    ).toBe(404);
    const opened = await fetch(gateway.url + link, { headers: { range: "bytes=10-19" } });
    expect(opened.status).toBe(206);
    expect(opened.headers.get("content-range")).toBe("bytes 10-19/5000");
    expect(Buffer.from(await opened.arrayBuffer()).equals(FILM.subarray(10, 20))).toBe(true);
  });

  it("comes in the form of relays, too", async () => {
    const key = await addKey(gateway.db);
    const { body } = await create({ duration: 10, width: 1920, height: 1080 }, key, "/v1/videos/generations");
    expect(body).toMatchObject({ object: "video", status: "queued", seconds: "10", task_id: body["id"] });
    const done = await ended(body["id"], key, "/v1/videos/generations");
    expect(done).toMatchObject({ data: [{ url: done["url"] }] });
    expect((await onlyCharge(key)).amountNanos).toBe(10 * SECOND_1080);
  });
});

it("keeps sound books", async () => {
  await expectSoundBooks(gateway);
});
