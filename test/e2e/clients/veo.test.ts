/** Films of Google's models and in Google's form: its own client, plain requests, and what their users pay. */
import { readFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GenerateVideosOperation, GoogleGenAI } from "@google/genai";
import { eq } from "drizzle-orm";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { tasks } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { filmOf, startVeoUpstream, type VeoUpstream } from "../../support/veo-upstream.ts";
import { FILM, startVideoUpstream, type VideoUpstream } from "../../support/video-upstream.ts";
import { call } from "../call.ts";
import { chargesOf, expectSoundBooks, pause } from "../money/books.ts";

type Json = Record<string, unknown>;

/** A picture of one pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const PICTURE = { bytesBase64Encoded: PNG, mimeType: "image/png" };
/** Nanos a second. */
const SECOND = 100_000_000;
const SECOND_WITH_SOUND = 150_000_000;
const SECOND_1080 = 300_000_000;
const VEO = ["veo", "slow", "half", "filtered", "wrong", "failing", "lost"] as const;

let gateway: Gateway;
let google: VeoUpstream;
let openai: VideoUpstream;
let folder: string;

beforeAll(async () => {
  const started = [startGateway(), startVeoUpstream("credential-of-google"), startVideoUpstream()] as const;
  [gateway, google, openai] = await Promise.all(started);
  folder = await mkdtemp(join(tmpdir(), "token-gateway-veo-"));
  await addUpstream(gateway.db, { id: "google", kind: "gemini", baseUrl: google.baseUrl });
  await addUpstream(gateway.db, { id: "openai", baseUrl: openai.baseUrl });
  for (const id of [...VEO, "sora"]) {
    const upstreamId = id === "sora" ? "openai" : "google";
    await addModel(gateway.db, {
      id,
      operation: "video",
      capabilities: '["image"]',
      price: { inputNanos: 0, outputNanos: 0 },
      rates: [
        { unit: "durationMs", nanos: SECOND },
        { unit: "durationMs", nanos: SECOND_WITH_SOUND, when: { resolution: "720p", audio: "on" } },
        { unit: "durationMs", nanos: SECOND_1080, when: { resolution: "1080p" } },
      ],
      routes: [
        {
          upstreamId,
          wire: id === "sora" ? "openai.videos" : "gemini.video",
          upstreamModel: `${upstreamId}-${id}`,
        },
      ],
    });
  }
  google.tell("google-slow", () => ({ done: false }));
  google.tell("google-wrong", () => ({
    done: true,
    error: { code: 3, message: "The prompt of google-wrong is not for credential-of-google." },
  }));
  google.tell("google-failing", () => ({ done: true, error: { code: 13, message: "machine 7 is on fire" } }));
  google.tell("google-lost", () => 404);
});

afterAll(async () => {
  await Promise.all([gateway.close(), google.close(), openai.close(), rm(folder, { recursive: true })]);
});

const keyed = (key: string) => ({ headers: { "x-goog-api-key": key, authorization: undefined } });
const bearer = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

function clientOf(key: string): GoogleGenAI {
  return new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: gateway.url } });
}

async function predict(model: string, key: string, body: Json = {}, mount = "/v1beta") {
  return call(gateway, `${mount}/models/${model}:predictLongRunning`, {
    body: { instances: [{ prompt: "a cat" }], ...body },
    ...keyed(key),
  });
}

/** The operation when it is done. */
async function done(name: unknown, key: string, mount = "/v1beta"): Promise<Json> {
  for (let tries = 0; tries < 60; tries++) {
    const { body } = await call(gateway, `${mount}/${String(name)}`, keyed(key));
    if (body["done"] === true) return body;
    await pause(250);
  }
  throw new Error("not done");
}

async function ended(id: unknown, key: string): Promise<Json> {
  for (let tries = 0; tries < 60; tries++) {
    const { body } = await call(gateway, `/v1/videos/${String(id)}`, bearer(key));
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

function urisIn(operation: Json): string[] {
  const { generateVideoResponse } = operation["response"] as { generateVideoResponse: { generatedSamples: Json[] } };
  return generateVideoResponse.generatedSamples.map(({ video }) => String((video as Json)["uri"]));
}

async function bytesAt(url: string, headers: Record<string, string> = {}): Promise<Buffer> {
  const answer = await fetch(url, { headers });
  expect(answer.status, url).toBe(200);
  return Buffer.from(await answer.arrayBuffer());
}

describe.concurrent("Google's client", () => {
  it.each([
    { model: "veo", film: filmOf(0), amountNanos: 8 * SECOND_WITH_SOUND },
    { model: "sora", film: FILM, amountNanos: 4 * SECOND },
  ])("makes a film of $model, waits for it, and downloads it", async ({ model, film, amountNanos }) => {
    const key = await addKey(gateway.db);
    const client = clientOf(key);
    let operation: GenerateVideosOperation = await client.models.generateVideos({ model, prompt: "a cat" });
    expect(operation.name).toMatch(new RegExp(`^models/${model}/operations/video_[0-9a-f]{24}$`));
    expect(operation.done).toBe(false);
    for (let tries = 0; tries < 60 && operation.done !== true; tries++) {
      await pause(250);
      operation = await client.operations.getVideosOperation({ operation });
    }
    expect(operation.error).toBeUndefined();
    const [{ video } = {}, ...more] = operation.response?.generatedVideos ?? [];
    expect(more).toEqual([]);
    const uri = video?.uri ?? "";
    expect(uri.startsWith(`${gateway.url}/v1beta/files/`)).toBe(true);
    expect((await bytesAt(uri)).equals(film)).toBe(true);
    // The client knows files of https alone. It takes the name out of the address, and sends its key.
    const downloadPath = join(folder, `${model}.mp4`);
    const file = { uri: uri.replace(/^http:/, "https:").replace(/token=.*/, "") };
    await client.files.download({ file, downloadPath });
    expect((await readFile(downloadPath)).equals(film)).toBe(true);
    expect(await onlyCharge(key)).toMatchObject({ state: "settled", amountNanos, model });
  });

  it("says all that Google's API has a place for", async () => {
    const key = await addKey(gateway.db);
    const image = { imageBytes: PNG, mimeType: "image/png" };
    const config = {
      aspectRatio: "9:16",
      resolution: "1080p",
      durationSeconds: 8,
      negativePrompt: "rain",
      personGeneration: "allow_adult",
      numberOfVideos: 2,
      lastFrame: image,
    };
    const { name } = await clientOf(key).models.generateVideos({ model: "veo", prompt: "a duck", image, config });
    const sent = google.predictions.find(({ instance }) => instance["prompt"] === "a duck");
    expect(sent?.instance).toEqual({ prompt: "a duck", image: PICTURE, lastFrame: PICTURE });
    expect(sent?.parameters).toEqual({
      aspectRatio: "9:16",
      resolution: "1080p",
      durationSeconds: 8,
      negativePrompt: "rain",
      personGeneration: "allow_adult",
      sampleCount: 2,
    });
    const uris = urisIn(await done(name, key));
    expect(uris).toHaveLength(2);
    for (const [at, uri] of uris.entries()) {
      expect((await bytesAt(uri)).equals(filmOf(at)), uri).toBe(true);
      const named = uri.replace(/token=.*/, "");
      expect((await bytesAt(named, { "x-goog-api-key": key })).equals(filmOf(at)), named).toBe(true);
    }
    expect(google.stored.length).toBeGreaterThan(0);
    expect(google.stored.filter((headers) => "x-goog-api-key" in headers)).toEqual([]);
    expect(await onlyCharge(key)).toMatchObject({ amountNanos: 2 * 8 * SECOND_1080, durationMs: 16_000, actions: 2 });
  });

  it("shows up to three things that are to be seen", async () => {
    const key = await addKey(gateway.db);
    const reference = { image: { imageBytes: PNG, mimeType: "image/png" }, referenceType: "ASSET" as never };
    const config = { referenceImages: [reference, reference, reference] };
    await clientOf(key).models.generateVideos({ model: "veo", prompt: "three", config });
    const sent = google.predictions.find(({ instance }) => instance["prompt"] === "three");
    expect(sent?.instance["referenceImages"]).toEqual(
      [0, 1, 2].map(() => ({ image: PICTURE, referenceType: "asset" })),
    );
    expect(sent?.parameters).toEqual({ durationSeconds: 8 });
  });
});

describe.concurrent("an operation", () => {
  it.each(["/v1beta", "/v1", "/xlei/v1"])("begins and ends at %s, and is known by its short name", async (mount) => {
    const key = await addKey(gateway.db);
    const { body, story } = await predict("veo", key, { parameters: { durationSeconds: "4" } }, mount);
    expect(body["name"], story).toMatch(/^models\/veo\/operations\/video_/);
    const id = String(body["name"]).split("/").at(-1);
    const whole = await done(body["name"], key, mount);
    expect(await done(`operations/${id}`, key, mount)).toEqual(whole);
    expect((await bytesAt(urisIn(whole)[0] ?? "")).equals(filmOf(0))).toBe(true);
    expect((await onlyCharge(key)).amountNanos).toBe(4 * SECOND_WITH_SOUND);
    // Films of one form are films of the others.
    expect(await ended(id, key)).toMatchObject({
      prompt: "a cat",
      seconds: "4",
      size: "1280x720",
      status: "completed",
    });
  });

  it("is not done before its time, and its file is not there", async () => {
    const key = await addKey(gateway.db);
    const { body } = await predict("slow", key);
    expect(body).toEqual({ name: body["name"], metadata: {}, done: false });
    await expect
      .poll(() => google.predictions.find(({ name }) => name.includes("google-slow"))?.asked, { timeout: 9000 })
      .toBeGreaterThan(0);
    expect((await call(gateway, `/v1beta/${String(body["name"])}`, keyed(key))).body).toEqual(body);
    const file = String(body["name"]).split("video_")[1];
    const early = await call(gateway, `/v1beta/files/${file}:download?alt=media`, keyed(key));
    expect(early).toMatchObject({ status: 400, body: { error: { code: 400, status: "INVALID_ARGUMENT" } } });
    google.tell("google-slow", () => ({ done: true, error: { code: 14, message: "no" } }));
    expect((await done(body["name"], key))["error"]).toMatchObject({ code: 14 });
  });

  it("costs what was made", async () => {
    const key = await addKey(gateway.db);
    const { body } = await predict("half", key, { parameters: { sampleCount: 2, durationSeconds: 6 } });
    const half = await done(body["name"], key);
    expect(urisIn(half)).toHaveLength(1);
    expect(half).toMatchObject({ response: { generateVideoResponse: { raiMediaFilteredCount: 1 } } });
    const charge = await onlyCharge(key);
    expect(charge).toMatchObject({ amountNanos: 6 * SECOND_WITH_SOUND, durationMs: 6000, actions: 1 });
  });

  it.each([
    { model: "filtered", code: 3, message: /^The picture shows a person\.$/ },
    { model: "wrong", code: 3, message: /^The prompt of wrong is not for \[key\]\.$/ },
    { model: "failing", code: 13, message: /^The model's service answered with an error/ },
  ])("costs nothing when it fails: $model", async ({ model, code, message }) => {
    const key = await addKey(gateway.db);
    const { body } = await predict(model, key);
    const failed = await done(body["name"], key);
    expect(failed).toEqual({
      name: body["name"],
      done: true,
      error: { code, message: expect.stringMatching(message) as string },
    });
    expect(await onlyCharge(key)).toMatchObject({ state: "void", amountNanos: 0, ending: "failed" });
  });

  it("is given up when its upstream does not know it any more", async () => {
    const key = await addKey(gateway.db);
    const { body } = await predict("lost", key);
    const id = String(body["name"]).split("/").at(-1) ?? "";
    // As if it had been asked for four times in more than a minute.
    await gateway.db
      .update(tasks)
      .set({ misses: 4, createdAt: Date.now() - 61_000 })
      .where(eq(tasks.id, id));
    expect((await done(body["name"], key))["error"]).toMatchObject({
      code: 13,
      message: expect.stringMatching(/lost the task/) as string,
    });
    expect(await onlyCharge(key)).toMatchObject({ state: "void", amountNanos: 0 });
  });

  it("is nobody else's", async () => {
    const [key, other] = [await addKey(gateway.db), await addKey(gateway.db)];
    const { body } = await predict("veo", key);
    const [uri = ""] = urisIn(await done(body["name"], key));
    const file = uri.replace(gateway.url, "");
    for (const path of [`/v1beta/${String(body["name"])}`, file.replace(/&token=.*/, "")]) {
      const answer = await call(gateway, path, keyed(other));
      expect(answer, path).toMatchObject({ status: 404, body: { error: { code: 404, status: "NOT_FOUND" } } });
    }
    const guessed = await call(gateway, file.replace(/token=.*/, "token=x"), { headers: { authorization: undefined } });
    expect(guessed.status).toBe(404);
    const part = await fetch(uri, { headers: { range: "bytes=10-19" } });
    expect(part.status).toBe(206);
    expect(Buffer.from(await part.arrayBuffer()).equals(filmOf(0).subarray(10, 20))).toBe(true);
  });
});

describe.concurrent("what cannot be made", () => {
  const instances = [{ prompt: "a cat" }];
  it.each<{ body: Json; says: RegExp; mount?: string }>([
    { body: { instances: undefined }, says: /'instances' is required/ },
    { body: { instances: [] }, says: /'instances' must be an array of one/ },
    { body: { instances: [...instances, ...instances] }, says: /'instances' must be an array of one/, mount: "/v1" },
    { body: { instances: [{}] }, says: /'instances\.prompt' is required/, mount: "/xlei/v1" },
    { body: { instances: [{ prompt: 7 }] }, says: /'instances\.prompt' must be a text/ },
    { body: { instances: [{ prompt: "a", image: {} }] }, says: /'instances\.image' must hold a picture/ },
    { body: { instances: [{ prompt: "a", video: { uri: "x" } }] }, says: /'instances\.video'/ },
    { body: { instances: [{ prompt: "a", image: { gcsUri: "gs://b/c.png" } }] }, says: /does not fetch pictures/ },
    { body: { parameters: [] }, says: /'parameters' must be an object/ },
    { body: { parameters: { durationSeconds: 0 } }, says: /'parameters\.durationSeconds' must be a number/ },
    { body: { parameters: { durationSeconds: 5 } }, says: /of 4, 6, 8 seconds alone/ },
    { body: { parameters: { resolution: "1080p", durationSeconds: 4 } }, says: /1080p or 4k, of 8 seconds alone/ },
    { body: { parameters: { sampleCount: 5 } }, says: /'parameters\.sampleCount' must be a number from 1 to 4/ },
    { body: { parameters: { aspectRatio: "1:1" } }, says: /16:9, 9:16 in 720p/ },
    { body: { parameters: { generateAudio: false } }, says: /always have sound/ },
  ])("is refused in Google's words: $says", async ({ body, says, mount }) => {
    const key = await addKey(gateway.db);
    const answer = await predict("veo", key, body, mount);
    expect(answer.body, answer.story).toEqual({
      error: { code: 400, status: "INVALID_ARGUMENT", message: expect.stringMatching(says) as string },
    });
    expect(answer.status).toBe(400);
    expect((await chargesOf(gateway, key)).map(({ amountNanos }) => amountNanos).filter(Boolean)).toEqual([]);
  });

  it("is said where there is no key, no model and no operation", async () => {
    const nobody = { body: { instances }, headers: { authorization: undefined } };
    const answer = await call(gateway, "/v1beta/models/veo:predictLongRunning", nobody);
    expect(answer).toMatchObject({ status: 401, body: { error: { status: "UNAUTHENTICATED" } } });
    expect(await predict("nothing", gateway.key)).toMatchObject({ body: { error: { status: "NOT_FOUND" } } });
    for (const path of ["models/veo/operations/video_1", "operations/video_1", "files/12ab:download"]) {
      const missing = await call(gateway, `/v1/${path}`, keyed(gateway.key));
      expect(missing, path).toMatchObject({ status: 404, body: { error: { status: "NOT_FOUND" } } });
    }
    expect((await call(gateway, "/v1beta/models/veo", keyed(gateway.key))).body["name"]).toBe("models/veo");
  });

  it("is left out with a warning where nothing is lost but a wish", async () => {
    const key = await addKey(gateway.db);
    const answer = await predict("veo", key, { parameters: { seed: 7, fps: 24, generateAudio: true } });
    expect(answer.headers.get("x-gateway-warnings"), answer.story).toBe("dropped=parameters.fps, dropped=seed");
  });

  it("is more than one at Sora", async () => {
    const answer = await predict("sora", gateway.key, { parameters: { sampleCount: 2 } });
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/one at a time/) as string } },
    });
  });
});

describe.concurrent("the form of Sora", () => {
  it("makes a film between two pictures", async () => {
    const key = await addKey(gateway.db);
    const form = new FormData();
    const fields = { model: "veo", prompt: "between", seconds: "8", size: "1080x1920" };
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    const picture = new Blob([Buffer.from(PNG, "base64")], { type: "image/png" });
    for (const name of ["first.png", "last.png"]) form.append("input_reference", picture, name);
    const answer = await fetch(`${gateway.url}/v1/videos`, { method: "POST", body: form, ...bearer(key) });
    const { id } = (await answer.json()) as Json;
    expect(await ended(id, key)).toMatchObject({ status: "completed", seconds: "8", size: "1080x1920" });
    const sent = google.predictions.find(({ instance }) => instance["prompt"] === "between");
    expect(sent?.instance).toEqual({ prompt: "between", image: PICTURE, lastFrame: PICTURE });
    expect(sent?.parameters).toEqual({ aspectRatio: "9:16", resolution: "1080p", durationSeconds: 8 });
    expect((await onlyCharge(key)).amountNanos).toBe(8 * SECOND_1080);
    const content = await bytesAt(`${gateway.url}/v1/videos/${String(id)}/content`, bearer(key).headers);
    expect(content.equals(filmOf(0))).toBe(true);
  });

  it("has further films as further variants, and as further data", async () => {
    const key = await addKey(gateway.db);
    const body = { model: "veo", prompt: "two of them", duration: 4, n: 2 };
    const { body: made } = await call(gateway, "/v1/videos/generations", { body, ...bearer(key) });
    expect(await ended(made["id"], key)).toMatchObject({ seconds: "4" });
    const { body: shown } = await call(gateway, `/v1/videos/generations/${String(made["id"])}`, bearer(key));
    const urls = (shown["data"] as Json[]).map(({ url }) => String(url));
    expect(urls).toHaveLength(2);
    for (const [at, url] of urls.entries()) expect((await bytesAt(url)).equals(filmOf(at)), url).toBe(true);
    const path = `/v1/videos/${String(made["id"])}/content?variant=`;
    expect((await bytesAt(`${gateway.url}${path}video-2`, bearer(key).headers)).equals(filmOf(1))).toBe(true);
    expect((await call(gateway, `${path}video-3`, bearer(key))).status).toBe(404);
    expect((await call(gateway, `${path}film`, bearer(key))).status).toBe(400);
    expect((await onlyCharge(key)).amountNanos).toBe(2 * 4 * SECOND_WITH_SOUND);
  });

  it.each([
    { asked: { seconds: "12" }, param: "seconds", says: /4, 6, 8 seconds alone/ },
    { asked: { size: "1792x1024" }, param: "size", says: /720p \(1280x720\)/ },
    { asked: { input_reference: "https://example.com/cat.png" }, param: "input_reference", says: /does not fetch/ },
  ])("is told what the model makes: $param", async ({ asked, param, says }) => {
    const answer = await call(gateway, "/v1/videos", { body: { model: "veo", prompt: "a cat", ...asked } });
    expect(answer, answer.story).toMatchObject({
      status: 400,
      body: { error: { param, message: expect.stringMatching(says) as string } },
    });
  });

  it("cannot have an earlier film changed", async () => {
    const key = await addKey(gateway.db);
    const { body } = await call(gateway, "/v1/videos", { body: { model: "veo", prompt: "a cat" }, ...bearer(key) });
    await ended(body["id"], key);
    const remix = await call(gateway, `/v1/videos/${String(body["id"])}/remix`, {
      body: { prompt: "x" },
      ...bearer(key),
    });
    expect(remix, remix.story).toMatchObject({
      status: 400,
      body: { error: { message: expect.stringMatching(/does not change/) as string } },
    });
  });
});

it("keeps sound books", async () => {
  await expectSoundBooks(gateway);
});
