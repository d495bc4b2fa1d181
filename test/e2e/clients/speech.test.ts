/** OpenAI's own clients have text said aloud: as bytes and as events, charged by what it is and by what came of it. */
import { once } from "node:events";
import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { send } from "../call.ts";
import { chargesOf, closedCharge, expectSoundBooks, pause } from "../money/books.ts";
import { SDKS } from "./openai-sdks.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

const TEXT = "Hello, 世界";
/** One second. */
const PCM = Buffer.from(Uint8Array.from({ length: 48_000 }, (_, at) => (at * 7) % 256));

/** Two seconds of WAV. */
function wav(): Buffer {
  const head = Buffer.alloc(44);
  head.write("RIFF", 0);
  head.write("WAVEfmt ", 8);
  head.writeUInt32LE(48_000, 28);
  return Buffer.concat([head, PCM, PCM]);
}

/** Frames of MPEG 2, layer III, at 64 kbit/s: a second has 8,000 bytes. */
function mp3(seconds: number): Buffer {
  const frames = Buffer.alloc(8000 * seconds, 1);
  frames.set([0xff, 0xf3, 0x84, 0xc4], 0);
  return frames;
}

const SOUNDS: Readonly<Record<string, readonly [type: string, sound: Buffer]>> = {
  mp3: ["audio/mpeg", mp3(3)],
  pcm: ["application/octet-stream", PCM],
  wav: ["audio/wav", wav()],
  opus: ["audio/opus", Buffer.from("OggS and so on")],
};

function say({ body, response, openStream, event }: Exchange): void {
  const { response_format: format = "mp3", stream_format: stream } = body as Record<string, string>;
  const [type, sound] = SOUNDS[format] ?? ["audio/mpeg", Buffer.from("?")];
  if (stream === "sse") {
    openStream();
    for (let at = 0; at < sound.length; at += 10_000) {
      event({ type: "speech.audio.delta", audio: sound.subarray(at, at + 10_000).toString("base64") });
    }
    event({ type: "speech.audio.done", usage: { input_tokens: 14, output_tokens: 101, total_tokens: 115 } });
    response.end();
    return;
  }
  response.writeHead(200, { "content-type": type });
  for (let at = 0; at < sound.length; at += 10_000) response.write(sound.subarray(at, at + 10_000));
  response.end();
}

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "openai", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "other", baseUrl: upstream.baseUrl });
  const free = { inputNanos: 0, outputNanos: 0 };
  const model = (id: string, rates: object[], price = free, upstreams = ["openai"]) =>
    addModel(db, {
      id,
      operation: "speech",
      price,
      rates,
      routes: upstreams.map((upstreamId, priority) => ({
        upstreamId,
        wire: "openai.speech",
        upstreamModel: `${upstreamId}-${id}`,
        priority: -priority,
      })),
    });
  await model("by-character", [{ unit: "characters", nanos: 1_000_000 }]);
  await model("by-second", [{ unit: "durationMs", nanos: 5_000_000 }]);
  await model("by-token", [{ unit: "outputAudio", nanos: 12_000_000 }], { inputNanos: 600_000, outputNanos: 0 });
  await model("two", [{ unit: "characters", nanos: 1_000_000 }], free, ["openai", "other"]);
  await addModel(db, { id: "talker", autoWeight: 1, routes: [{ upstreamId: "openai" }] });
  for (const id of ["by-character", "by-second", "by-token", "two"]) upstream.script(`openai-${id}`, say);
  upstream.script("other-two", say);
  await model("deaf", [{ unit: "characters", nanos: 1_000_000 }]);
  upstream.script("openai-deaf", (exchange) =>
    say({ ...exchange, body: { ...exchange.body, stream_format: "audio" } }),
  );
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

async function post(body: object, key = gateway.key): Promise<Response> {
  return send({ ...gateway, key }, "/v1/audio/speech", { body: { input: TEXT, voice: "alloy", ...body } });
}

async function charged(body: object) {
  const answer = await post(body);
  const bytes = Buffer.from(await answer.arrayBuffer());
  const charge = await closedCharge(gateway, gateway.key, answer);
  return { answer, bytes, charge };
}

describe.each(SDKS)("%s", (_, Sdk) => {
  const client = () => new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });

  it.each(["mp3", "pcm", "wav", "opus"] as const)("gets %s, byte for byte", async (format) => {
    const answer = await client().audio.speech.create({
      model: "by-character",
      input: TEXT,
      voice: "alloy",
      response_format: format,
      speed: 1.5,
      instructions: "Whisper.",
    });
    expect(Buffer.from(await answer.arrayBuffer()).equals(SOUNDS[format]?.[1] ?? Buffer.alloc(0))).toBe(true);
    expect(answer.headers.get("content-type")).toBe(format === "mp3" ? "audio/mpeg" : `audio/${format}`);
    expect(upstream.received.at(-1)).toMatchObject({
      path: "/v1/audio/speech",
      body: {
        model: "openai-by-character",
        voice: "alloy",
        response_format: format,
        speed: 1.5,
        instructions: "Whisper.",
      },
    });
  });

  it("gets events", async () => {
    const answer = await client().audio.speech.create({
      model: "by-character",
      input: TEXT,
      voice: "alloy",
      response_format: "pcm",
      stream_format: "sse",
    });
    const events = (await answer.text()).split("\n\n").filter(Boolean);
    const parsed = events.map((event) => JSON.parse(event.replace("data: ", "")) as { type: string; audio?: string });
    expect(Buffer.concat(parsed.map(({ audio = "" }) => Buffer.from(audio, "base64"))).equals(PCM)).toBe(true);
    expect(parsed.at(-1)).toMatchObject({ type: "speech.audio.done", usage: { output_tokens: 101 } });
  });

  it("gets events also where the upstream gives bytes", async () => {
    const answer = await client().audio.speech.create({
      model: "deaf",
      input: TEXT,
      voice: "alloy",
      response_format: "pcm",
      stream_format: "sse",
    });
    expect(answer.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events = (await answer.text()).split("\n\n").filter(Boolean);
    const parsed = events.map((event) => JSON.parse(event.replace("data: ", "")) as { type: string; audio?: string });
    expect(Buffer.concat(parsed.map(({ audio = "" }) => Buffer.from(audio, "base64"))).equals(PCM)).toBe(true);
    expect(parsed.at(-1)).toMatchObject({ type: "speech.audio.done", usage: { output_tokens: 25 } });
  });

  it("is told that a model which talks says nothing aloud", async () => {
    const asked = client().audio.speech.create({ model: "talker", input: TEXT, voice: "alloy" });
    await expect(asked).rejects.toMatchObject({ status: 400, param: "model" });
  });
});

describe("speech", () => {
  it("is charged by the characters of its text", async () => {
    const { charge } = await charged({ model: "by-character" });
    expect(charge).toMatchObject({ characters: 9, amountNanos: 9000 });
  });

  it.each([
    ["mp3", 3000],
    ["pcm", 1000],
    ["wav", 2000],
    // Its bytes do not tell: seven letters and two characters take about 0.9 s.
    ["opus", 895],
  ])("is charged by its seconds, which %s tells", async (format, ms) => {
    for (const stream_format of ["audio", "sse"]) {
      const { charge } = await charged({ model: "by-second", response_format: format, stream_format });
      expect(charge.durationMs, stream_format).toBe(ms);
      expect(charge.amountNanos, stream_format).toBe(ms * 5000);
    }
  });

  it("of a rate of its own is charged by its text, because its bytes do not tell how long it is", async () => {
    const { charge } = await charged({ model: "by-second", response_format: "pcm", sample_rate: 8000 });
    expect(charge.durationMs).toBe(895);
    const usual = await charged({ model: "by-second", response_format: "pcm", sample_rate: 24_000 });
    expect(usual.charge.durationMs).toBe(1000);
  });

  it("is charged by the tokens that its upstream tells, else by about as many as its seconds have", async () => {
    const told = await charged({ model: "by-token", response_format: "pcm", stream_format: "sse" });
    expect(told.charge).toMatchObject({ inputTokens: 14, outputAudioTokens: 101, estimated: false });
    const untold = await charged({ model: "by-token", response_format: "pcm" });
    expect(untold.charge).toMatchObject({ outputAudioTokens: 25, estimated: true });
  });

  it("has its seconds held for, and never costs more than was held", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 1_000_000 });
    const before = upstream.received.length;
    expect([(await post({ model: "by-second" }, key)).status, upstream.received.length]).toEqual([402, before]);
    upstream.script("openai-by-second", ({ response }) => {
      response.writeHead(200, { "content-type": "audio/mpeg" }).end(mp3(600));
    });
    const { charge, bytes } = await charged({ model: "by-second", input: "Hi" });
    expect(bytes.length).toBe(4_800_000);
    // Three times as long as the text takes, and two seconds.
    expect(charge.durationMs).toBe(2390);
    upstream.script("openai-by-second", say);
  });

  it("comes of another upstream where the first has none, says so in JSON, or says something else", async () => {
    for (const answer of [
      (exchange: Exchange) => say({ ...exchange, body: { ...exchange.body, stream_format: "sse" } }),
      ({ response }: Exchange) => void response.writeHead(200, { "content-type": "text/html" }).end("<p>Sign in"),
      ({ response }: Exchange) => void response.writeHead(200, { "content-type": "audio/mpeg" }).end(),
      ({ json }: Exchange) => json({ error: { message: "boom", code: "server_error" } }),
      ({ response }: Exchange) => void response.destroy(),
    ]) {
      upstream.script("openai-two", answer);
      const { answer: got, bytes } = await charged({ model: "two" });
      expect([got.status, bytes.equals(mp3(3))]).toEqual([200, true]);
    }
  });

  it("that breaks off is seen to break where its length is known", async () => {
    upstream.script("openai-by-second", async ({ response }) => {
      response.writeHead(200, { "content-type": "audio/mpeg", "content-length": "24000" });
      response.write(mp3(1));
      await pause(100);
      response.destroy();
    });
    const answer = await post({ model: "by-second" });
    await expect(answer.arrayBuffer()).rejects.toThrow();
    expect(await closedCharge(gateway, gateway.key, answer)).toMatchObject({ durationMs: 1000, ending: "failed" });
    upstream.script("openai-by-second", say);
  });

  it("is charged by what came before its client left, and its upstream is let go", async () => {
    let closed: Promise<void> | undefined;
    upstream.script("openai-by-second", async (exchange) => {
      ({ closed } = exchange);
      exchange.response.writeHead(200, { "content-type": "audio/mpeg" });
      // A client that is gone is only noticed by what is written to it.
      for (let sent = 0; sent < 400 && !exchange.response.destroyed; sent++) {
        exchange.response.write(mp3(1));
        await pause(25);
      }
    });
    const leaving = new AbortController();
    const answer = await send(gateway, "/v1/audio/speech", {
      body: { model: "by-second", input: TEXT, voice: "alloy" },
      signal: leaving.signal,
    });
    const reader = answer.body?.getReader();
    await reader?.read();
    leaving.abort();
    await closed;
    const charge = await closedCharge(gateway, gateway.key, answer);
    expect(charge.ending).toBe("abandoned");
    expect(charge.durationMs).toBeGreaterThanOrEqual(1000);
    expect(charge.amountNanos).toBe((charge.durationMs ?? 0) * 5000);
    upstream.script("openai-by-second", say);
  });

  it("is charged by what came where its client does not read, at the end of the time", async () => {
    const own = await startGateway({ vars: { TOTAL_MS: "2000" } });
    await addUpstream(own.db, { id: "openai", baseUrl: upstream.baseUrl });
    const price = { inputNanos: 0, outputNanos: 0 };
    const routes = [{ upstreamId: "openai", wire: "openai.speech", upstreamModel: "endless" }];
    const rates = [{ unit: "durationMs", nanos: 5_000_000 }];
    await addModel(own.db, { id: "endless", operation: "speech", price, rates, routes });
    upstream.script("endless", async ({ response, closed }) => {
      response.writeHead(200, { "content-type": "audio/pcm" });
      for (let sent = 0; sent < 2000 && !response.destroyed; sent++) {
        if (!response.write(Buffer.alloc(65_536))) await Promise.race([once(response, "drain"), closed]);
      }
      response.end();
    });
    const body = JSON.stringify({ model: "endless", input: "x".repeat(4000), voice: "a", response_format: "pcm" });
    const { hostname, port } = new URL(own.url);
    const socket = connect(Number(port), hostname);
    const head = [`host: ${hostname}`, `authorization: Bearer ${own.key}`, "content-type: application/json"];
    socket.write(
      `POST /v1/audio/speech HTTP/1.1\r\n${head.join("\r\n")}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
    );
    await pause(4000);
    const [charge] = await chargesOf(own, own.key);
    expect(charge).toMatchObject({ state: "settled", ending: "abandoned" });
    expect(charge?.durationMs).toBeGreaterThan(0);
    socket.destroy();
    await own.close();
  });

  it.each([
    [{ input: "" }, "input"],
    [{ input: 5 }, "input"],
    [{ input: "x".repeat(4097) }, "input"],
    [{ speed: 5 }, "speed"],
    [{ speed: "fast" }, "speed"],
    [{ stream_format: "mp3" }, "stream_format"],
  ])("is refused: %j", async (body, param) => {
    const charges = await chargesOf(gateway, gateway.key);
    const answer = await post({ model: "by-character", ...body });
    expect([answer.status, await answer.json()]).toEqual([
      400,
      expect.objectContaining({ error: expect.objectContaining({ param }) }),
    ]);
    expect(await chargesOf(gateway, gateway.key)).toHaveLength(charges.length);
  });
});
