/** Kling's pictures: in Kling's form, and in OpenAI's. */
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { KLING_PICTURE, startKlingUpstream, type KlingUpstream } from "../../support/kling-upstream.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { call } from "../call.ts";
import { chargesOf, expectSoundBooks, pause } from "../money/books.ts";

type Json = Record<string, unknown>;

const PNG = KLING_PICTURE.toString("base64");
/** Nanos a picture. */
const PRICES = { plain: 3_500_000, face: 28_000_000, large: 14_000_000 };
const PATH = "/kling/v1/images/generations";

let gateway: Gateway;
let impatient: Gateway;
let kling: KlingUpstream;

async function offer({ db }: Gateway): Promise<void> {
  const { baseUrl, credential } = kling;
  await addUpstream(db, { id: "kling", kind: "kling", baseUrl, credentials: [credential] });
  const rate = (nanos: number, when: object) => ({ unit: "images", nanos, when });
  const rates = [
    { unit: "images", nanos: PRICES.plain },
    rate(PRICES.face, { mode: "face" }),
    rate(PRICES.large, { mode: "text", resolution: "2k" }),
  ];
  const model = {
    operation: "image",
    capabilities: '["image"]',
    price: { inputNanos: 0, outputNanos: 0 },
    rates,
  } as const;
  const routes = (upstreamModel: string, wire = "kling.images") => [{ upstreamId: "kling", wire, upstreamModel }];
  await addModel(db, { id: "kling-v1", operation: "video", routes: routes("kling-v1", "kling.videos") });
  await addModel(db, { id: "kling-v1-image", ...model, routes: routes("kling-v1") });
  await addModel(db, { id: "kling-v1-5", ...model, routes: routes("kling-v1-5") });
  await addModel(db, { id: "fewer", ...model, routes: routes("kling-v1-fewer") });
  await addModel(db, { id: "failing", ...model, routes: routes("kling-v1-failing") });
  await addModel(db, { id: "at-once", ...model, routes: routes("painter", "openai.images") });
  await addModel(db, { id: "slow", ...model, routes: routes("kling-v1-slow") });
}

beforeAll(async () => {
  [gateway, impatient, kling] = await Promise.all([
    startGateway(),
    startGateway({ vars: { TOTAL_MS: "4000" } }),
    startKlingUpstream(),
  ]);
  await Promise.all([offer(gateway), offer(impatient)]);
  const url = `${new URL(kling.baseUrl).origin}/files/one.png`;
  kling.tell("kling-v1-fewer", () => ({ task_status: "succeed", task_result: { images: [{ index: 0, url }] } }));
  kling.tell("kling-v1-failing", () => ({ task_status: "failed", task_status_msg: "The picture is too dark" }));
  kling.tell("kling-v1-slow", () => ({ task_status: "processing" }));
});

afterAll(async () => {
  await Promise.all([gateway.close(), impatient.close(), kling.close()]);
});

async function ask(key: string, path: string, body?: Json) {
  const headers = { authorization: `Bearer ${key}` };
  return call(gateway, path, body === undefined ? { headers } : { headers, body });
}

const dataOf = ({ body }: { readonly body: Json }) => body["data"] as Json;
const imagesOf = (data: Json) => (data["task_result"] as { readonly images: readonly Json[] }).images;

async function made(key: string, body: Json): Promise<Json> {
  const answer = await ask(key, PATH, body);
  expect(answer.status, answer.story).toBe(200);
  const path = `${PATH}/${String(dataOf(answer)["task_id"])}`;
  for (let tries = 0; tries < 60; tries++) {
    const data = dataOf(await ask(key, path));
    if (data["task_status"] === "succeed" || data["task_status"] === "failed") return data;
    await pause(250);
  }
  throw new Error("not over");
}

async function closedCharges(key: string, count = 1) {
  for (let tries = 0; tries < 100; tries++) {
    const charges = await chargesOf(gateway, key);
    if (charges.length === count && charges.every(({ state }) => state !== "held")) return charges;
    await pause(50);
  }
  throw new Error("no closed charges");
}

describe("Kling's client", () => {
  it("makes pictures, waits for them, and downloads each without a key", async () => {
    const key = await addKey(gateway.db);
    const asked = { model_name: "kling-v1-5", prompt: "a cat", n: 3, aspect_ratio: "3:4" };
    const answer = await ask(key, PATH, { ...asked, external_task_id: "mine" });
    expect(answer.status, answer.story).toBe(200);
    const id = dataOf(answer)["task_id"];
    expect(answer.body).toEqual({
      code: 0,
      message: "SUCCEED",
      request_id: answer.headers.get("x-request-id"),
      data: {
        task_id: id,
        task_status: "submitted",
        task_status_msg: "",
        task_info: { external_task_id: "mine" },
        created_at: expect.any(Number) as number,
        updated_at: expect.any(Number) as number,
      },
    });
    expect(kling.films.at(-1)?.body).toEqual({ ...asked, resolution: "1k" });
    await expect
      .poll(async () => dataOf(await ask(key, `${PATH}/mine`))["task_status"], { timeout: 15_000 })
      .toBe("succeed");
    const done = dataOf(await ask(key, `${PATH}/${String(id)}`));
    const images = imagesOf(done);
    expect(images.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const { url } of images) {
      expect(url).toMatch(new RegExp(`^${gateway.url}${PATH}/${String(id)}/content\\?token=`));
      const file = await fetch(String(url));
      expect(Buffer.from(await file.arrayBuffer()).equals(KLING_PICTURE)).toBe(true);
    }
    expect(await closedCharges(key)).toMatchObject([
      { state: "settled", amountNanos: 3 * PRICES.plain, images: 3, model: "kling-v1-5" },
    ]);
    const listed = dataOf(await ask(key, `${PATH}?pageNum=1&pageSize=10`));
    expect(listed).toEqual([done]);
    // What was told of it elsewhere is the same task.
    const task = await ask(key, `/api/tasks/${String(id)}`);
    expect(task.body).toMatchObject({ operation: "image", state: "succeeded" });
    const other = await addKey(gateway.db);
    expect(await ask(other, `${PATH}/${String(id)}`)).toMatchObject({ status: 404, body: { code: 1203 } });
    expect(await ask(other, `${PATH}/${String(id)}/content`)).toMatchObject({ status: 404 });
    expect((await fetch(`${gateway.url}${PATH}/${String(id)}/content?token=wrong`)).status).toBe(404);
    expect((await ask(key, `${PATH}/${String(id)}/content?variant=video`)).status).toBe(400);
  });

  it("may name a model as Kling names its films", async () => {
    const key = await addKey(gateway.db);
    await made(key, { prompt: "a dog" });
    expect(kling.films.at(-1)).toMatchObject({ kind: "images", model: "kling-v1" });
    expect((await closedCharges(key))[0]).toMatchObject({ model: "kling-v1-image", amountNanos: PRICES.plain });
  });

  it("pays by what the picture is made of, and by its resolution", async () => {
    const key = await addKey(gateway.db);
    const face = { image: `data:image/png;base64,${PNG}`, image_reference: "face", human_fidelity: 0.4 };
    await made(key, { model_name: "kling-v1-5", prompt: "a cat", ...face, n: 2 });
    expect(kling.films.at(-1)?.body).toMatchObject({ ...face, image: PNG });
    await made(key, { model_name: "kling-v1-5", prompt: "a cat", resolution: "2k" });
    const charges = await closedCharges(key, 2);
    expect(charges.map(({ amountNanos }) => amountNanos).toSorted((a, b) => a - b)).toEqual([
      PRICES.large,
      2 * PRICES.face,
    ]);
  });

  it.each<[string, Json]>([
    ["subject", { image: PNG, image_reference: "subject" }],
    ["image", { image: PNG }],
    ["2k", { image: PNG, image_reference: "face", resolution: "2k" }],
  ])("gets nothing for the price of something else: %s", async (value, body) => {
    const key = await addKey(gateway.db);
    const asked = kling.films.length;
    const refused = await ask(key, PATH, { model_name: "kling-v1-5", prompt: "a cat", ...body });
    expect(refused, refused.story).toMatchObject({
      status: 400,
      body: { code: 1201, message: expect.stringContaining(`'${value}'`) as string },
    });
    expect(kling.films.length).toBe(asked);
    expect((await closedCharges(key))[0]).toMatchObject({ state: "void", amountNanos: 0 });
  });

  it("pays for the pictures that were made, and for none of a failure", async () => {
    const key = await addKey(gateway.db);
    const done = await made(key, { model_name: "fewer", prompt: "a cat", n: 4 });
    expect(imagesOf(done)).toHaveLength(1);
    expect((await closedCharges(key))[0]).toMatchObject({ amountNanos: PRICES.plain, images: 1 });
    const failed = await made(key, { model_name: "failing", prompt: "a cat", n: 4 });
    expect(failed).toMatchObject({ task_status: "failed", task_status_msg: "The picture is too dark" });
    const charges = await closedCharges(key, 2);
    expect(charges.filter(({ state }) => state === "void")).toHaveLength(1);
  });
});

describe("OpenAI's client", () => {
  const openai = (apiKey: string, { url }: Gateway = gateway) =>
    new OpenAI({ apiKey, baseURL: `${url}/v1`, maxRetries: 0 });

  it("waits for pictures, as addresses and as base64", async () => {
    const key = await addKey(gateway.db);
    const model = "kling-v1-5";
    const [byUrl, byBytes] = await Promise.all([
      openai(key).images.generate({ model, prompt: "a fox", size: "1024x1792", n: 2 }),
      openai(key).images.generate({ model, prompt: "a hare", response_format: "b64_json", n: 2 }),
    ]);
    expect(byUrl.data).toHaveLength(2);
    for (const { url = "" } of byUrl.data ?? []) {
      expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(KLING_PICTURE)).toBe(true);
    }
    expect(byBytes.data).toEqual([{ b64_json: PNG }, { b64_json: PNG }]);
    const fox = kling.films.find(({ body }) => body["prompt"] === "a fox");
    expect(fox?.body).toEqual({ model_name: model, prompt: "a fox", n: 2, aspect_ratio: "9:16", resolution: "1k" });
    const charges = await closedCharges(key, 2);
    expect(charges.map(({ amountNanos }) => amountNanos)).toEqual([2 * PRICES.plain, 2 * PRICES.plain]);
  });

  it("changes a picture, as a file", async () => {
    const key = await addKey(gateway.db);
    const image = new File([KLING_PICTURE], "a.png", { type: "image/png" });
    const wishes = { image_reference: "face" };
    const asked = { model: "kling-v1-5", prompt: "older", image, ...wishes };
    const { data } = await openai(key).images.edit(asked);
    expect(data).toHaveLength(1);
    expect(kling.films.at(-1)?.body).toMatchObject({ image: PNG, ...wishes });
    expect((await closedCharges(key))[0]?.amountNanos).toBe(PRICES.face);
  });

  it("is told what is left out, and what cannot be had", async () => {
    const key = await addKey(gateway.db);
    const asked = { model: "fewer", prompt: "a cat", quality: "high", size: "1000x900" };
    const answer = await ask(key, "/v1/images/generations", asked);
    expect(answer.status, answer.story).toBe(200);
    expect(answer.headers.get("x-gateway-warnings")).toBe("dropped=quality, dropped=size");
    const failed = await ask(key, "/v1/images/generations", { model: "failing", prompt: "a cat" });
    expect(failed.body["error"]).toMatchObject({ message: expect.stringContaining("too dark") as string });
    for (const [path, body] of [
      ["/v1/images/generations", { model: "kling-v1-5", prompt: "a cat", size: "4096x4096" }],
      ["/v1/images/generations", { model: "kling-v1-5", prompt: "a cat", stream: true }],
      ["/v1/chat/completions", { model: "kling-v1-5", messages: [{ role: "user", content: "a cat" }] }],
    ] as const) {
      const refused = await ask(key, path, body);
      expect(refused.status, refused.story).toBe(400);
    }
    const atOnce = await ask(key, PATH, { model_name: "at-once", prompt: "a cat" });
    expect(atOnce, atOnce.story).toMatchObject({ status: 400, body: { code: 1201 } });
  });

  it("is told where the task is that takes too long", async () => {
    const key = await addKey(impatient.db);
    const headers = { authorization: `Bearer ${key}` };
    const body = { model: "slow", prompt: "a cat" };
    const answer = await call(impatient, "/v1/images/generations", { headers, body });
    expect(answer.status, answer.story).toBe(202);
    expect(answer.body).toMatchObject({ data: [], status: "in_progress" });
    const task = await call(impatient, `${PATH}/${String(answer.body["task_id"])}`, { headers });
    expect(dataOf(task)).toMatchObject({ task_status: "processing" });
  });
});

it("keeps sound books", async () => {
  await expectSoundBooks(gateway);
});
