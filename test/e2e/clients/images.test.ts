/** OpenAI's own clients ask for pictures, over upstreams that speak Images, Google's format and chat; and chats get pictures. */
import { GoogleGenAI } from "@google/genai";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { eq } from "drizzle-orm";
import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { upstreams } from "../../../schema/index.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { send } from "../call.ts";
import { closedCharge, expectSoundBooks, pause } from "../money/books.ts";
import { SDKS } from "./openai-sdks.ts";

/** A picture of one pixel. */
const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const DATA_URL = `data:image/png;base64,${PNG}`;
const USAGE = {
  input_tokens: 50,
  input_tokens_details: { text_tokens: 10, image_tokens: 40 },
  output_tokens: 400,
  output_tokens_details: { image_tokens: 400, text_tokens: 0 },
  total_tokens: 450,
};

let gateway: Gateway;
let upstream: ScriptedUpstream;

function answerImages({ body, json, event, openStream, response }: Exchange): void {
  // A form has texts alone.
  const { n = 1, stream, output_format: format = "png" } = body;
  const count = Number(n);
  if (String(stream) === "true") {
    openStream();
    event({ type: "image_generation.partial_image", b64_json: "AAAA", partial_image_index: 0, created_at: 7 });
    for (let one = 0; one < count; one++) {
      event({ type: "image_generation.completed", b64_json: PNG, created_at: 7, size: "1024x1024", usage: USAGE });
    }
    response.end();
    return;
  }
  json({
    created: 7,
    size: "1024x1024",
    quality: "high",
    output_format: format,
    data: Array.from({ length: count }, () => ({ b64_json: PNG })),
    usage: USAGE,
  });
}

const GOOGLE_USAGE = {
  promptTokenCount: 12,
  candidatesTokenCount: 1290,
  candidatesTokensDetails: [{ modality: "IMAGE", tokenCount: 1290 }],
};

function answerGoogle({ path, json, openStream, event, response }: Exchange): void {
  const parts = [{ text: "Here it is." }, { inlineData: { mimeType: "image/png", data: PNG } }];
  const body = {
    candidates: [{ index: 0, content: { role: "model", parts }, finishReason: "STOP" }],
    usageMetadata: GOOGLE_USAGE,
  };
  if (!path.includes("streamGenerateContent")) return json(body);
  openStream();
  event(body);
  response.end();
}

const IMAGE_RATE = { unit: "images", nanos: 40_000_000 };

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "openai", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "google", baseUrl: upstream.baseUrl, kind: "gemini" });
  const model = (id: string, upstreamId: string, wire: string, more: object = {}) =>
    addModel(db, {
      id,
      operation: "image",
      price: { inputNanos: 5000, outputNanos: 40_000 },
      routes: [{ upstreamId, wire }],
      ...more,
    });
  await model("painter", "openai", "openai.images", { autoWeight: 1 });
  await model("banana", "google", "gemini.generate");
  await model("drawer", "openai", "openai.chat");
  await model("linker", "openai", "openai.images");
  const each = { price: { inputNanos: 0, outputNanos: 0 } };
  await addUpstream(db, { id: "stopper", baseUrl: upstream.baseUrl });
  await db.update(upstreams).set({ abandon: "cancel" }).where(eq(upstreams.id, "stopper"));
  await model("leavable", "stopper", "openai.images", { ...each, rates: [IMAGE_RATE] });
  const large = { unit: "images", nanos: 80_000_000, when: { size: "1536x1024" } };
  const dear = { unit: "images", nanos: 80_000_000, when: { size: "4k" } };
  await model("by-piece", "openai", "openai.images", { ...each, rates: [IMAGE_RATE, large] });
  await model("banana-by-piece", "google", "gemini.generate", { ...each, rates: [IMAGE_RATE, dear] });
  await model("drawer-by-piece", "openai", "openai.chat", { ...each, rates: [IMAGE_RATE] });
  await addModel(db, { id: "talker", autoWeight: 1, routes: [{ upstreamId: "openai" }] });
  await model("gpt-image", "openai", "openai.images", {
    routes: [{ upstreamId: "openai", wire: "openai.images", upstreamModel: "gpt-image-1" }],
  });
  upstream.script("gpt-image-1", answerImages);
  for (const id of ["painter", "by-piece"]) upstream.script(`upstream-${id}`, answerImages);
  for (const id of ["banana", "banana-by-piece"]) upstream.script(`upstream-${id}`, answerGoogle);
  for (const id of ["drawer", "drawer-by-piece"]) {
    upstream.script(`upstream-${id}`, ({ json }) =>
      json({
        choices: [
          { index: 0, message: { role: "assistant", content: `Sure!\n![cat](${DATA_URL})` }, finish_reason: "stop" },
        ],
        usage: { prompt_tokens: 12, completion_tokens: 1000 },
      }),
    );
  }
  upstream.script("upstream-talker", ({ json }) =>
    json({ choices: [{ index: 0, message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }] }),
  );
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

async function post(path: string, body: object): Promise<Response> {
  return send(gateway, path, { body });
}

function lastBody(): Record<string, unknown> {
  return upstream.received.at(-1)?.body ?? {};
}

describe.each(SDKS)("%s", (_, Sdk) => {
  const client = () => new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

  it.each(["painter", "banana", "drawer"])("gets a picture of %s", async (model) => {
    const answer = await client().images.generate({ model, prompt: "A cat", size: "1024x1024" });
    expect(answer.data).toEqual([expect.objectContaining({ b64_json: PNG })]);
    expect(answer.data?.[0]?.url).toBeUndefined();
  });

  it.each(["painter", "banana", "drawer"])("gets a picture of %s as an address", async (model) => {
    const answer = await client().images.generate({ model, prompt: "A cat", response_format: "url" });
    expect(answer.data).toEqual([expect.objectContaining({ url: DATA_URL })]);
    expect(answer.data?.[0]?.b64_json).toBeUndefined();
  });

  it.each(["painter", "banana"])("gets two pictures of %s, and the tokens of both", async (model) => {
    const answer = await client().images.generate({ model, prompt: "A cat", n: 2 });
    expect(answer.data?.map(({ b64_json: data }) => data)).toEqual([PNG, PNG]);
    expect(answer.usage).toMatchObject(
      model === "painter"
        ? USAGE
        : { input_tokens: 24, output_tokens: 2580, output_tokens_details: { image_tokens: 2580 } },
    );
  });

  it.each(["painter", "banana"])("gets a stream of %s", async (model) => {
    const stream = await client().images.generate({ model, prompt: "A cat", stream: true, partial_images: 1 });
    const events = [];
    for await (const event of stream) events.push(event);
    const partial = model === "painter" ? ["image_generation.partial_image"] : [];
    expect(events.map(({ type }) => type)).toEqual([...partial, "image_generation.completed"]);
    expect(events.at(-1)).toMatchObject({ b64_json: PNG, usage: { output_tokens: model === "painter" ? 400 : 1290 } });
  });

  it("gets a picture in a chat", async () => {
    const body = { model: "painter", messages: [{ role: "user", content: "A cat" } as const] };
    const answer = await client().chat.completions.create(body);
    const message = answer.choices[0]?.message as unknown as Record<string, unknown>;
    expect(message["images"]).toEqual([{ type: "image_url", image_url: { url: DATA_URL }, index: 0 }]);
    expect(message["content"]).toBe(`![image](${DATA_URL})`);
    expect(answer.usage).toMatchObject({ prompt_tokens: 50, completion_tokens: 400 });
    expect(lastBody()).toEqual({ model: "upstream-painter", prompt: "A cat" });
    const stream = await client().chat.completions.create({ ...body, stream: true });
    let text = "";
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? "";
    expect(text).toBe(`![image](${DATA_URL})`);
  });

  it("is served by `auto`, with a model that makes pictures; a chat is not", async () => {
    const { headers } = await post("/v1/images/generations", { prompt: "A cat" });
    expect(headers.get("x-gateway-model")).toBe("painter");
    const chat = await post("/v1/chat/completions", { messages: [{ role: "user", content: "Hi" }] });
    expect(chat.headers.get("x-gateway-model")).toBe("talker");
  });

  it("is told that a model which talks makes no pictures", async () => {
    const asked = client().images.generate({ model: "talker", prompt: "A cat" });
    await expect(asked).rejects.toMatchObject({ status: 400, param: "model", code: "model_not_supported" });
  });
});

describe("Google's client", () => {
  it("gets a picture of a model that speaks Images", async () => {
    const client = new GoogleGenAI({
      apiKey: gateway.key,
      httpOptions: { baseUrl: gateway.url, retryOptions: { attempts: 1 } },
    });
    const answer = await client.models.generateContent({ model: "painter", contents: "A cat" });
    expect(answer.data).toBe(PNG);
  });
});

describe("a picture", () => {
  it("is asked for with what is known of its size, and what is not known is said", async () => {
    const answer = await post("/v1/images/generations", {
      model: "banana",
      prompt: "A cat",
      size: "1792x1024",
      quality: "hd",
      style: "vivid",
      user: "ann",
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("x-gateway-warnings")).toBe("dropped=style, dropped=quality");
    expect(lastBody()["generationConfig"]).toMatchObject({
      responseModalities: ["TEXT", "IMAGE"],
      imageConfig: { aspectRatio: "16:9", imageSize: "2K" },
    });
  });

  it("keeps the fields of its vendor where it goes to one that speaks Images", async () => {
    const body = { model: "painter", prompt: "A cat", image: [DATA_URL], seed: 7, watermark: false, guidance_scale: 3 };
    await post("/v1/images/generations", { ...body, secret_field: 1, user: "ann" });
    expect(lastBody()).toEqual({ ...body, model: "upstream-painter", user: expect.not.stringContaining("ann") });
  });

  it("is made of others, in a chat too", async () => {
    const shown = { type: "image_url", image_url: { url: DATA_URL } };
    await post("/v1/images/generations", { model: "banana", prompt: "Bluer", image: DATA_URL });
    expect(lastBody()["contents"]).toEqual([
      { role: "user", parts: [{ inlineData: { mimeType: "image/png", data: PNG } }, { text: "Bluer" }] },
    ]);
    await post("/v1/chat/completions", {
      model: "painter",
      messages: [{ role: "user", content: [{ type: "text", text: "Bluer" }, shown] }],
    });
    expect(lastBody()).toEqual({ model: "upstream-painter", prompt: "Bluer", image: [DATA_URL] });
  });

  it("is changed by what is said next, as clients send it back", async () => {
    for (const made of [
      { role: "assistant", content: `![image](${DATA_URL})` },
      { role: "assistant", content: "", images: [{ type: "image_url", image_url: { url: DATA_URL } }] },
    ]) {
      const messages = [{ role: "user", content: "A cat" }, made, { role: "user", content: "Bluer" }];
      expect((await post("/v1/chat/completions", { model: "painter", messages })).status).toBe(200);
      expect(lastBody()).toEqual({ model: "upstream-painter", prompt: "Bluer", image: [DATA_URL] });
      expect((await post("/v1/chat/completions", { model: "banana", messages })).status).toBe(200);
      expect(JSON.stringify(lastBody()["contents"])).toContain(`"inlineData":{"mimeType":"image/png","data":"${PNG}"}`);
      expect(JSON.stringify(lastBody()["contents"])).not.toContain("![image]");
    }
  });

  it("in a data URL of text reaches the model, and a damaged one is no fault of ours", async () => {
    const svg = "<svg>猫</svg>";
    for (const [url, data] of [
      [`data:image/svg+xml,${encodeURIComponent(svg)}`, Buffer.from(svg).toString("base64")],
      ["data:image/svg+xml,%", "%"],
    ]) {
      expect((await post("/v1/images/generations", { model: "banana", prompt: "Bluer", image: url })).status).toBe(200);
      expect(JSON.stringify(lastBody()["contents"])).toContain(`{"mimeType":"image/svg+xml","data":"${data}"}`);
    }
  });

  it("that is none is the prompt's fault, and what it cost is no charge", async () => {
    upstream.script("upstream-banana", ({ json }) =>
      json({
        candidates: [{ index: 0, content: { parts: [{ text: "I would rather not." }] }, finishReason: "STOP" }],
        usageMetadata: { promptTokenCount: 5, candidatesTokenCount: 5 },
      }),
    );
    const answer = await post("/v1/images/generations", { model: "banana", prompt: "Something bad" });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({
        error: expect.objectContaining({
          code: "content_policy_violation",
          message: "The model made no picture. It said: I would rather not.",
        }),
      }),
    ]);
    expect(await closedCharge(gateway, gateway.key, answer)).toMatchObject({ amountNanos: 0 });
    upstream.script("upstream-banana", answerGoogle);
  });

  it.each([
    [{}, "prompt"],
    [{ prompt: "" }, "prompt"],
    [{ prompt: 5 }, "prompt"],
    [{ prompt: "A cat", n: 11 }, "n"],
    [{ prompt: "A cat", n: 0 }, "n"],
    [{ prompt: "A cat", size: "01024x1024" }, "size"],
    [{ prompt: "A cat", size: "1024x" }, "size"],
    [{ prompt: "A cat", size: 1024 }, "size"],
    [{ prompt: "A cat", size: {} }, "size"],
    [{ prompt: "A cat", size: "1K", image_size: "4K" }, "size"],
    [{ prompt: "A cat", size: "1024x1024", width: 4096 }, "size"],
    [{ prompt: "A cat", quality: " high" }, "quality"],
    [{ prompt: "A cat", stream: "yes" }, "stream"],
    [{ prompt: "A cat", image: "file:///etc/passwd" }, "image"],
  ])("is refused: %j", async (body, param) => {
    const answer = await post("/v1/images/generations", { model: "painter", ...body });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ error: expect.objectContaining({ param }) }),
    ]);
  });
});

describe("a price for each picture", () => {
  const charged = async (path: string, body: object) => {
    const answer = await post(path, body);
    await answer.text();
    const { amountNanos, images } = await closedCharge(gateway, gateway.key, answer);
    return [answer.status, images, amountNanos];
  };
  const chat = { messages: [{ role: "user", content: "A cat" }] };

  it.each(["by-piece", "banana-by-piece", "drawer-by-piece"])(
    "is paid for what %s made, however it is asked",
    async (model) => {
      const one = [200, 1, 40_000_000];
      expect(await charged("/v1/images/generations", { model, prompt: "A cat" })).toEqual(one);
      expect(await charged("/v1/images/generations", { model, prompt: "A cat", stream: true })).toEqual(one);
      expect(await charged("/v1/chat/completions", { model, ...chat })).toEqual(one);
      expect(await charged("/v1/chat/completions", { model, ...chat, stream: true })).toEqual(one);
    },
  );

  it("depends on the size that other vendors and Google's clients write in words of their own", async () => {
    for (const size of [
      { image_size: "1536x1024" },
      { width: 1536, height: 1024 },
      { image_size: { width: 1536, height: 1024 } },
      { size: "3:2", image_size: "1536x1024" },
    ]) {
      expect(await charged("/v1/images/generations", { model: "by-piece", prompt: "A cat", ...size })).toEqual([
        200, 1, 80_000_000,
      ]);
    }
    const asked = (config: object) =>
      charged("/v1beta/models/banana-by-piece:generateContent", {
        contents: [{ parts: [{ text: "A cat" }] }],
        generationConfig: config,
      });
    const dear = [200, 1, 80_000_000];
    expect(await asked({ imageConfig: { imageSize: "4K" } })).toEqual(dear);
    expect(await asked({ image_config: { image_size: "4K" } })).toEqual(dear);
    expect(await asked({ imageConfig: { imageSize: "1K" } })).toEqual([200, 1, 40_000_000]);
    const twice = {
      contents: [{ parts: [{ text: "A cat" }] }],
      generationConfig: { imageConfig: { imageSize: "1K", image_size: "4K" } },
    };
    expect((await post("/v1beta/models/banana-by-piece:generateContent", twice)).status).toBe(400);
  });

  it("is paid for each of a series, which is held for", async () => {
    upstream.script("upstream-by-piece", ({ json }) =>
      json({ data: Array.from({ length: 3 }, () => ({ url: "https://a.b/c" })) }),
    );
    const body = { model: "by-piece", prompt: "A comic", sequential_image_generation: "auto" };
    const options = { sequential_image_generation_options: { max_images: 4 } };
    expect(await charged("/v1/images/generations", { ...body, ...options })).toEqual([200, 3, 120_000_000]);
    const key = await addKey(gateway.db, { balanceNanos: 150_000_000 });
    expect((await send({ ...gateway, key }, "/v1/images/generations", { body: { ...body, ...options } })).status).toBe(
      402,
    );
    expect((await post("/v1/images/generations", { ...body, model: "banana-by-piece" })).status).toBe(400);
    upstream.script("upstream-by-piece", answerImages);
  });

  it("is paid for one that was seen, by who leaves before it is whole", async () => {
    for (const leaves of [true, false]) {
      upstream.script("upstream-leavable", async ({ openStream, event, response }) => {
        openStream();
        // A client that is gone is only noticed by what is written to it.
        for (let sent = 0; sent < (leaves ? 400 : 2) && !response.destroyed; sent++) {
          event({ type: "image_generation.partial_image", b64_json: PNG, partial_image_index: sent });
          await pause(25);
        }
        response.destroy();
      });
      const leaving = new AbortController();
      const answer = await send(gateway, "/v1/images/generations", {
        body: { model: "leavable", prompt: "A cat", stream: true, partial_images: 2 },
        signal: leaving.signal,
      });
      const reader = answer.body?.getReader();
      await reader?.read();
      if (leaves) leaving.abort();
      else while ((await reader?.read())?.done === false);
      expect(await closedCharge(gateway, gateway.key, answer)).toMatchObject(
        leaves ? { images: 1, amountNanos: 40_000_000, ending: "abandoned" } : { amountNanos: 0, ending: "failed" },
      );
    }
  });

  it("is paid for each that is streamed, whatever its events are called", async () => {
    upstream.script("upstream-by-piece", ({ openStream, event, response }) => {
      openStream();
      for (const image_index of [0, 1])
        event({ type: "image_generation.partial_succeeded", image_index, url: "https://a.b/c" });
      event({
        type: "image_generation.completed",
        usage: { generated_images: 2, output_tokens: 800, total_tokens: 800 },
      });
      response.end("data: [DONE]\n\n");
    });
    const body = { model: "by-piece", prompt: "A comic", n: 2, stream: true };
    const answer = await post("/v1/images/generations", body);
    const types = [...(await answer.text()).matchAll(/"type":"(.*?)"/g)].map(([, type]) => type);
    expect(types).toEqual(["image_generation.completed", "image_generation.completed"]);
    expect(await closedCharge(gateway, gateway.key, answer)).toMatchObject({
      images: 2,
      outputImageTokens: 800,
      amountNanos: 80_000_000,
      ending: "complete",
    });
    upstream.script("upstream-by-piece", answerImages);
  });

  it("depends on the size, in whatever way that is written, and on the number", async () => {
    expect(await charged("/v1/images/generations", { model: "by-piece", prompt: "A cat", size: "1536x1024" })).toEqual([
      200, 1, 80_000_000,
    ]);
    expect(
      await charged("/v1/images/generations", { model: "by-piece", prompt: "A cat", size: "1536*1024", n: 3 }),
    ).toEqual([200, 3, 240_000_000]);
  });

  it("is held before a picture is made, also in a chat", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 30_000_000 });
    for (const [path, body] of [
      ["/v1/images/generations", { prompt: "A cat" }],
      ["/v1/chat/completions", chat],
    ] as const) {
      const before = upstream.received.length;
      const answer = await send({ ...gateway, key }, path, { body: { model: "by-piece", ...body } });
      expect([answer.status, upstream.received.length], path).toEqual([402, before]);
    }
  });

  it("is paid for each that a chat brings, also for more than were held for", async () => {
    const picture = { inlineData: { mimeType: "image/png", data: PNG } };
    const sketch = { thought: true, ...picture };
    upstream.script("upstream-banana-by-piece", ({ json }) =>
      json({
        candidates: [
          { index: 0, content: { parts: [sketch, picture, { text: "and" }, picture] }, finishReason: "STOP" },
        ],
        usageMetadata: GOOGLE_USAGE,
      }),
    );
    expect(await charged("/v1/chat/completions", { model: "banana-by-piece", ...chat })).toEqual([200, 2, 80_000_000]);
    upstream.script("upstream-banana-by-piece", answerGoogle);
  });

  it("is no upstream's word: more pictures than were asked for cost nothing", async () => {
    upstream.script("upstream-by-piece", ({ json }) =>
      json({ data: [{ b64_json: PNG }, { b64_json: PNG }], usage: { ...USAGE, images: 50 } }),
    );
    expect(await charged("/v1/images/generations", { model: "by-piece", prompt: "A cat" })).toEqual([
      200, 1, 40_000_000,
    ]);
    upstream.script("upstream-by-piece", answerImages);
    const shown = (count: number) => Array.from({ length: count }, () => `![a](${DATA_URL})`).join("\n");
    upstream.script("upstream-drawer-by-piece", ({ json }) =>
      json({ choices: [{ index: 0, message: { role: "assistant", content: shown(30) }, finish_reason: "stop" }] }),
    );
    for (const n of [undefined, 2]) {
      const answer = await post("/v1/images/generations", { model: "drawer-by-piece", prompt: "A cat", n });
      expect(((await answer.json()) as OpenAI.ImagesResponse).data).toHaveLength(n ?? 1);
      const { images, amountNanos } = await closedCharge(gateway, gateway.key, answer);
      expect([images, amountNanos]).toEqual([n ?? 1, (n ?? 1) * 40_000_000]);
    }
  });
});

describe("the address of a picture", () => {
  const asked = async (address: string, format = "b64_json") => {
    upstream.script("upstream-linker", ({ json }) => json({ created: 7, data: [{ url: address }], usage: USAGE }));
    const body = { model: "linker", prompt: "A cat", response_format: format };
    const answer = await post("/v1/images/generations", body);
    return ((await answer.json()) as OpenAI.ImagesResponse).data?.[0];
  };
  const files = async (serve: (path: string) => [number, Record<string, string>, string | Buffer]) => {
    const host = createServer(({ url: path = "" }, response) => {
      const [status, headers, body] = serve(path);
      response.writeHead(status, headers).end(body);
    }).listen(0, "127.0.0.1");
    await once(host, "listening");
    return { at: `http://127.0.0.1:${(host.address() as AddressInfo).port}`, host };
  };

  it("becomes the picture for who asks for that, wherever the address leads", async () => {
    const { at, host } = await files((path) =>
      path === "/moved" ? [302, { location: "/1.png" }, ""] : [200, { "content-type": "image/png" }, PNG_BYTES],
    );
    for (const path of ["/1.png", "/moved"]) expect(await asked(at + path), path).toEqual({ b64_json: PNG });
    expect(await asked(`${at}/1.png`, "url")).toEqual({ url: `${at}/1.png` });
    host.close();
  });

  it("is asked no more often than pictures were asked for", async () => {
    const paths: string[] = [];
    const { at, host } = await files((path) => {
      paths.push(path);
      return [200, { "content-type": "image/png" }, PNG_BYTES];
    });
    upstream.script("upstream-linker", ({ json }) =>
      json({ created: 7, data: Array.from({ length: 100 }, (_, one) => ({ url: `${at}/${one}.png` })), usage: USAGE }),
    );
    await (
      await post("/v1/images/generations", { model: "linker", prompt: "A cat", n: 2, response_format: "b64_json" })
    ).text();
    expect(paths.toSorted()).toEqual(["/0.png", "/1.png"]);
    host.close();
  });

  it("stays where there is no picture, or too much of it", async () => {
    const { at, host } = await files((path) => {
      if (path === "/page") return [200, { "content-type": "text/html" }, "<p>"];
      if (path === "/large") return [200, { "content-type": "image/png" }, Buffer.alloc(17 * 1024 * 1024)];
      if (path === "/round") return [302, { location: "/round" }, ""];
      return [404, { "content-type": "image/png" }, PNG_BYTES];
    });
    for (const path of ["/page", "/large", "/round", "/gone"]) {
      expect(await asked(at + path), path).toEqual({ url: at + path });
    }
    host.close();
    expect(await asked(`${at}/dead`)).toEqual({ url: `${at}/dead` });
  });
});

const PNG_BYTES = Buffer.from(PNG, "base64");

/** The files of the form that the upstream got last. */
async function filesSent(): Promise<
  readonly (readonly [name: string, filename: string, type: string, data: string])[]
> {
  const entries = [...(upstream.received.at(-1)?.form ?? [])].filter(
    (entry): entry is [string, File] => entry[1] instanceof File,
  );
  return Promise.all(
    entries.map(
      async ([name, file]) =>
        [name, file.name, file.type, Buffer.from(await file.arrayBuffer()).toString("base64")] as const,
    ),
  );
}

describe.each(SDKS)("an edit, by %s", (_, Sdk) => {
  const client = () => new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const picture = async (name = "cat.png") => toFile(PNG_BYTES, name, { type: "image/png" });

  it("goes up as it came, with its files", async () => {
    const answer = await client().images.edit({
      model: "painter",
      prompt: "5",
      image: [await picture(), await picture("猫.png")],
      mask: await picture("mask.png"),
      n: 2,
      user: "ann",
    });
    expect(answer.data).toHaveLength(2);
    const { path, body } = upstream.received.at(-1) ?? {};
    expect(path).toBe("/v1/images/edits");
    expect(body).toMatchObject({
      model: "upstream-painter",
      prompt: "5",
      n: "2",
      user: expect.not.stringContaining("ann"),
    });
    expect((await filesSent()).toSorted()).toEqual([
      ["image[]", "cat.png", "image/png", PNG],
      ["image[]", "猫.png", "image/png", PNG],
      ["mask", "mask.png", "image/png", PNG],
    ]);
  });

  it("is streamed with the events of edits", async () => {
    const stream = await client().images.edit({
      model: "painter",
      prompt: "Bluer",
      image: await picture(),
      stream: true,
    });
    const types = [];
    for await (const { type } of stream) types.push(type);
    expect(types).toEqual(["image_edit.partial_image", "image_edit.completed"]);
  });

  it("reaches a model of another format", async () => {
    const answer = await client().images.edit({ model: "banana", prompt: "Bluer", image: await picture() });
    expect(answer.data?.[0]?.b64_json).toBe(PNG);
    expect(lastBody()["contents"]).toEqual([
      { role: "user", parts: [{ inlineData: { mimeType: "image/png", data: PNG } }, { text: "Bluer" }] },
    ]);
  });

  it("with a mask is refused where no mask can be carried", async () => {
    const asked = client().images.edit({
      model: "banana",
      prompt: "Bluer",
      image: await picture(),
      mask: await picture(),
    });
    await expect(asked).rejects.toMatchObject({ status: 400, param: "mask" });
  });

  it("varies a picture", async () => {
    const answer = await client().images.createVariation({ model: "painter", image: await picture(), n: 2 });
    expect(answer.data).toHaveLength(2);
    expect(upstream.received.at(-1)?.path).toBe("/v1/images/variations");
  });
});

describe("OpenAI's own models", () => {
  it("get pictures as files, however they came", async () => {
    const shown = { type: "image_url", image_url: { url: DATA_URL } };
    const asks = [
      ["/v1/images/generations", { prompt: "Bluer", image: DATA_URL, response_format: "b64_json", size: "1024x1024" }],
      ["/v1/images/edits", { prompt: "Bluer", images: [{ image_url: DATA_URL }], size: "1024x1024" }],
      ["/v1/chat/completions", { messages: [{ role: "user", content: [shown, { type: "text", text: "Bluer" }] }] }],
    ] as const;
    for (const [path, body] of asks) {
      expect((await post(path, { model: "gpt-image", ...body })).status, path).toBe(200);
      const { path: asked, body: fields } = upstream.received.at(-1) ?? {};
      expect(asked, path).toBe("/v1/images/edits");
      expect(fields, path).toMatchObject({ model: "gpt-image-1", prompt: "Bluer" });
      expect(fields, path).not.toHaveProperty("response_format");
      expect(await filesSent(), path).toEqual([["image[]", "image.png", "image/png", PNG]]);
    }
  });
});

describe("a form", () => {
  const boundary = "----b";
  const part = (head: string, value: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`;
  const whole =
    part('name="model"', "painter") + part('name="prompt"', "Bluer") + part('name="image"; filename="a.png"', "x");
  const sendForm = async (body: string | Uint8Array, type = `multipart/form-data; boundary=${boundary}`) =>
    send(gateway, "/v1/images/edits", { body, headers: { "content-type": type } });

  it("is read as it should be, also where it comes in pieces", async () => {
    expect((await sendForm(`${whole}--${boundary}--\r\n`)).status).toBe(200);
    const bytes = new TextEncoder().encode(`${whole}--${boundary}--\r\n`);
    const answer = await fetch(`${gateway.url}/v1/images/edits`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${gateway.key}`,
        "content-type": `multipart/form-data; boundary="${boundary}"`,
      },
      duplex: "half",
      body: new ReadableStream({
        async start(controller) {
          for (const byte of bytes) {
            controller.enqueue(new Uint8Array([byte]));
            if (byte === 13) await new Promise((resolve) => setTimeout(resolve, 1));
          }
          controller.close();
        },
      }),
    } as RequestInit);
    expect(answer.status).toBe(200);
    expect(await filesSent()).toEqual([["image", "a.png", "application/octet-stream", "eA=="]]);
  });

  it.each([
    ["truncated", whole, undefined],
    ["without a boundary", `${whole}--${boundary}--\r\n`, "multipart/form-data"],
    ["with another boundary", `${whole}--${boundary}--\r\n`, "multipart/form-data; boundary=c"],
    ["with a part without a name", `${part('filename="a"', "x")}--${boundary}--\r\n`, undefined],
    ["empty", "", undefined],
  ])("is refused: %s", async (_name, body, type) => {
    const answer = await sendForm(body, type);
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("form")]);
  });

  it.each(["model", "n", "images", "image_url[]"])("is refused with a file as its %s", async (name) => {
    const before = upstream.received.length;
    const answer = await sendForm(`${whole}${part(`name="${name}"; filename="a"`, "10")}--${boundary}--\r\n`);
    expect([answer.status, await answer.json(), upstream.received.length]).toEqual([
      400,
      expect.objectContaining({ error: expect.objectContaining({ param: name.replace("[]", "") }) }),
      before,
    ]);
  });

  it("that is too large is refused", async () => {
    const large = part('name="image"; filename="a.png"', "x".repeat(27_300_000));
    const answer = await sendForm(`${large}--${boundary}--\r\n`);
    expect(answer.status).toBe(413);
  });

  it("is answered once, however often it is sent with its key", async () => {
    const headers = { "content-type": `multipart/form-data; boundary=${boundary}`, "idempotency-key": "picture-1" };
    const body = `${whole}--${boundary}--\r\n`;
    const before = upstream.received.length;
    const texts = [];
    for (const _ of [1, 2]) texts.push(await (await send(gateway, "/v1/images/edits", { body, headers })).text());
    expect(upstream.received.length).toBe(before + 1);
    expect(texts[1]).toBe(texts[0]);
    const other = await send(gateway, "/v1/images/edits", { body: body.replace("Bluer", "Redder"), headers });
    expect(other.status).toBe(400);
  });

  it("is no form for an endpoint that takes JSON", async () => {
    const answer = await send(gateway, "/v1/images/generations", {
      body: `${whole}--${boundary}--\r\n`,
      headers: { "content-type": `multipart/form-data; boundary=${boundary}` },
    });
    expect(answer.status).toBe(415);
  });
});
