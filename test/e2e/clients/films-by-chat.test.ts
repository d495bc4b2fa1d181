/** Chats with models that make films, by the clients of several vendors. */
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { FILM, startVideoUpstream, type VideoUpstream } from "../../support/video-upstream.ts";
import { call, send } from "../call.ts";
import { chargesOf, expectSoundBooks, pause } from "../money/books.ts";

const PNG =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const SECOND = 100_000_000;

let gateway: Gateway;
let upstream: VideoUpstream;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startVideoUpstream()]);
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  for (const id of ["films", "failing"]) {
    await addModel(gateway.db, {
      id,
      operation: "video",
      capabilities: '["image"]',
      price: { inputNanos: 0, outputNanos: 0 },
      rates: [{ unit: "durationMs", nanos: SECOND }],
      routes: [{ upstreamId: "one", wire: "openai.videos", upstreamModel: id }],
    });
  }
  upstream.tell("films", ({ asked, body }) =>
    asked < 2 ? { status: "in_progress", progress: 40 } : { status: "completed", seconds: body["seconds"] ?? "4" },
  );
  const error = { code: "moderation_blocked", type: "invalid_request_error", message: "not this" };
  upstream.tell("failing", () => ({ status: "failed", error }));
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

const openai = (apiKey: string) => new OpenAI({ apiKey, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
const lastFilm = (prompt: string) => upstream.films.findLast(({ body }) => body["prompt"] === prompt);

/** The address in Markdown. */
function linkIn(text: string): string {
  return /\[video\]\((\S+)\)/.exec(text)?.[1] ?? "";
}

describe("a chat with a model of films", () => {
  it("streams how far the film is, then where it is, for anybody who has the link", async () => {
    const key = await addKey(gateway.db);
    const stream = await openai(key).chat.completions.create({
      model: "films",
      stream: true,
      seconds: "8",
      messages: [
        { role: "system", content: "You make films." },
        {
          role: "user",
          content: [
            { type: "text", text: "a cat" },
            { type: "image_url", image_url: { url: PNG } },
            { type: "image_url", image_url: { url: PNG } },
          ],
        },
      ],
    } as never as OpenAI.ChatCompletionCreateParamsStreaming);
    let [id, thoughts, text, reason] = ["", "", "", ""];
    for await (const { id: own, choices } of stream) {
      id = own;
      const [choice] = choices;
      thoughts += (choice?.delta as { reasoning_content?: string } | undefined)?.reasoning_content ?? "";
      text += choice?.delta.content ?? "";
      reason = choice?.finish_reason ?? reason;
    }
    expect(thoughts).toMatch(/40%/);
    expect(reason).toBe("stop");
    expect(linkIn(text)).toContain(gateway.url);
    expect(Buffer.from(await (await fetch(linkIn(text))).arrayBuffer()).equals(FILM)).toBe(true);
    const film = lastFilm("a cat");
    expect(film?.body).toMatchObject({ seconds: "8" });
    expect(film?.form?.getAll("input_reference")).toHaveLength(2);
    const found = await call(gateway, `/v1/videos/${id}`, { headers: { authorization: `Bearer ${key}` } });
    expect(found.body).toMatchObject({ status: "completed", prompt: "a cat" });
    expect(await chargesOf(gateway, key)).toMatchObject([{ state: "settled", amountNanos: 8 * SECOND }]);
  });

  it("answers in one piece, in the form of its client", async () => {
    const key = await addKey(gateway.db);
    const messages = [{ role: "user" as const, content: "a dog" }];
    const [completion, message] = await Promise.all([
      openai(key).chat.completions.create({ model: "films", messages }),
      new Anthropic({ apiKey: key, baseURL: gateway.url }).messages.create({
        model: "films",
        max_tokens: 100,
        messages,
      }),
    ]);
    expect(linkIn(completion.choices[0]?.message.content ?? "")).toMatch(/\/content\?token=/);
    expect(completion).toMatchObject({ model: "films", choices: [{ finish_reason: "stop" }] });
    const [block] = message.content;
    expect(linkIn(block?.type === "text" ? block.text : "")).toMatch(/\/content\?token=/);
    expect(message).toMatchObject({ model: "films", stop_reason: "end_turn" });
  });

  it("tells why a film failed, and costs nothing", async () => {
    const key = await addKey(gateway.db);
    const ask = async (stream: boolean) =>
      send(gateway, "/v1/chat/completions", {
        body: { model: "failing", stream, messages: [{ role: "user", content: "no" }] },
        headers: { authorization: `Bearer ${key}` },
      });
    const [whole, stream] = await Promise.all([ask(false), ask(true)]);
    expect(whole.status).toBeGreaterThanOrEqual(400);
    expect(await whole.text()).toContain("not this");
    expect(stream.status).toBe(200);
    const text = await stream.text();
    expect(text).toContain("not this");
    expect(text).not.toContain('finish_reason":"stop');
    expect((await chargesOf(gateway, key)).map(({ state }) => state)).toEqual(["void", "void"]);
  });

  it("goes on with the film of a client that has left", async () => {
    const key = await addKey(gateway.db);
    const left = new AbortController();
    const answer = await send(gateway, "/v1/chat/completions", {
      body: { model: "films", stream: true, messages: [{ role: "user", content: "a bird" }] },
      headers: { authorization: `Bearer ${key}` },
      signal: left.signal,
    });
    const reader = answer.body?.getReader();
    const first = new TextDecoder().decode((await reader?.read())?.value);
    left.abort();
    const id = /"id":"([^"]+)"/.exec(first)?.[1] ?? "";
    for (let tries = 0; tries < 60; tries++) {
      const { body } = await call(gateway, `/v1/videos/${id}`, { headers: { authorization: `Bearer ${key}` } });
      if (body["status"] === "completed") return;
      await pause(500);
    }
    throw new Error("it did not go on");
  });

  it("says what is missing", async () => {
    const body = {
      model: "films",
      messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: PNG } }] }],
    };
    expect(await call(gateway, "/v1/chat/completions", { body })).toMatchObject({
      status: 400,
      body: { error: { param: "messages" } },
    });
    const long = { ...body, seconds: 1000, messages: [{ role: "user", content: "x" }] };
    expect(await call(gateway, "/v1/chat/completions", { body: long })).toMatchObject({
      status: 400,
      body: { error: { param: "seconds" } },
    });
  });
});
