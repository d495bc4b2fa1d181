/** OpenAI's own clients have recordings written down: in every format, whole and as they are heard, by seconds and by tokens. */
import { toFile } from "openai";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { mp3File, wavFile, webmFile } from "../../support/recordings.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { expectNoLeak, HIDDEN } from "../call.ts";
import { chargesOf, closedCharge, expectSoundBooks } from "../money/books.ts";
import { SDKS } from "./openai-sdks.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

const TEXT = "Hello, 世界";
const SRT = "1\n00:00:00,000 --> 00:00:02,000\nHello, 世界\n";
const VTT = "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nHello, 世界\n";
const SEGMENT = { id: 0, seek: 0, start: 0, end: 2, text: TEXT, tokens: [1], temperature: 0 };
const WORDS = [{ word: "Hello", start: 0, end: 1 }];
const TOKENS = {
  type: "tokens",
  input_tokens: 34,
  input_token_details: { text_tokens: 4, audio_tokens: 30 },
  output_tokens: 6,
  total_tokens: 40,
};
const SPOKEN = { type: "transcript.text.segment", id: "seg_1", speaker: "A", start: 0, end: 2, text: TEXT };

function textAnswer({ response }: Exchange, text: string, type = "text/plain; charset=utf-8"): void {
  response.writeHead(200, { "content-type": type }).end(text);
}

/** @param usage what the upstream says that it used */
const hears =
  (usage?: object) =>
  (exchange: Exchange): void => {
    const { body, form, json, openStream, event, response, path } = exchange;
    const told = usage === undefined ? {} : { usage };
    if (body["stream"] === "true") {
      openStream();
      if (body["response_format"] === "diarized_json") event(SPOKEN);
      for (const delta of [TEXT.slice(0, 5), TEXT.slice(5)]) event({ type: "transcript.text.delta", delta });
      event({ type: "transcript.text.done", text: TEXT, ...told });
      response.end();
      return;
    }
    const task = path.endsWith("/translations") ? "translate" : "transcribe";
    switch (body["response_format"] ?? "json") {
      case "text":
        return textAnswer(exchange, `${TEXT}\n`);
      case "srt":
        return textAnswer(exchange, SRT);
      case "vtt":
        return textAnswer(exchange, VTT, "text/vtt");
      case "verbose_json": {
        const words = form?.getAll("timestamp_granularities[]").includes("word") === true ? { words: WORDS } : {};
        return json({ task, language: "english", duration: 2, text: TEXT, segments: [SEGMENT], ...words, ...told });
      }
      case "diarized_json":
        return json({ task, duration: 2, text: TEXT, segments: [SPOKEN], ...told });
      default:
        return json({ text: TEXT, ...told });
    }
  };

const FREE = { inputNanos: 0, outputNanos: 0 };
const BY_SECOND = [{ unit: "durationMs", nanos: 5_000_000 }];
/** Nanos of a millisecond. */
const RATE = 5000;

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway(), startUpstream()]);
  const { db } = gateway;
  await addUpstream(db, { id: "openai", baseUrl: upstream.baseUrl, name: HIDDEN.name });
  await addUpstream(db, { id: "other", baseUrl: upstream.baseUrl });
  const model = (id: string, rates: object[], price = FREE, upstreams = ["openai"]) =>
    addModel(db, {
      id,
      operation: "transcribe",
      autoWeight: id === "by-second" ? 1 : 0,
      price,
      rates,
      routes: upstreams.map((upstreamId, priority) => ({
        upstreamId,
        wire: "openai.transcriptions",
        upstreamModel: `${HIDDEN.model}-${upstreamId}-${id}`,
        priority: -priority,
      })),
    });
  await model("by-second", BY_SECOND);
  await model("by-token", [{ unit: "inputAudio", nanos: 6_000_000 }], {
    inputNanos: 2_500_000,
    outputNanos: 10_000_000,
  });
  await model("two", BY_SECOND, FREE, ["openai", "other"]);
  await addModel(db, {
    id: "hasty",
    operation: "transcribe",
    price: FREE,
    rates: [{ ...BY_SECOND[0], costNanos: 4_000_000 }],
    answerMs: 300,
    routes: [{ upstreamId: "openai", wire: "openai.transcriptions", upstreamModel: `${HIDDEN.model}-openai-hasty` }],
  });
  await addModel(db, { id: "talker", autoWeight: 1, routes: [{ upstreamId: "openai" }] });
  script("by-second", hears());
  script("by-token", hears(TOKENS));
  script("two", hears());
  upstream.script(`${HIDDEN.model}-other-two`, hears());
});

afterAll(async () => {
  await expectSoundBooks(gateway);
  await Promise.all([gateway.close(), upstream.close()]);
});

function script(model: string, answer: (exchange: Exchange) => unknown): void {
  upstream.script(`${HIDDEN.model}-openai-${model}`, answer);
}

type Fields = Readonly<Record<string, string | readonly string[]>>;

function formOf(fields: Fields, file: Uint8Array | undefined, name = "a.wav"): FormData {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(field, one);
  if (file !== undefined) form.append("file", new Blob([new Uint8Array(file)]), name);
  return form;
}

async function post(
  fields: Fields,
  file: Uint8Array | undefined = wavFile(3),
  { path = "/v1/audio/transcriptions", name = "a.wav", key = gateway.key, headers = {} } = {},
): Promise<Response> {
  const body = formOf(fields, file, name);
  return fetch(gateway.url + path, { method: "POST", headers: { authorization: `Bearer ${key}`, ...headers }, body });
}

async function charged(...asked: Parameters<typeof post>) {
  const answer = await post(...asked);
  const text = await answer.text();
  const charge = await closedCharge(gateway, gateway.key, answer);
  return { answer, text, charge };
}

describe.each(SDKS)("%s", (_, Sdk) => {
  const client = () => new Sdk({ apiKey: gateway.key, baseURL: `${gateway.url}/v1`, maxRetries: 0 });
  const file = async () => toFile(wavFile(3), "talk.wav", { type: "audio/wav" });

  it("gets JSON; the upstream gets the file as it was, with its name", async () => {
    const answer = await client().audio.transcriptions.create({
      model: "by-second",
      file: await file(),
      language: "en",
      prompt: "Names: Ann",
      temperature: 0.2,
    });
    expect(answer).toMatchObject({ text: TEXT });
    const { path, form, headers } = upstream.received.at(-1) ?? {};
    expect(path).toBe("/v1/audio/transcriptions");
    expect(Number(headers?.["content-length"])).toBeGreaterThan(wavFile(3).length);
    const sent = form?.get("file") as File;
    expect([sent.name, sent.type]).toEqual(["talk.wav", "audio/wav"]);
    expect(Buffer.from(await sent.arrayBuffer()).equals(wavFile(3))).toBe(true);
    expect(Object.fromEntries([...(form ?? [])].filter(([name]) => name !== "file"))).toEqual({
      model: `${HIDDEN.model}-openai-by-second`,
      language: "en",
      prompt: "Names: Ann",
      temperature: "0.2",
    });
  });

  it.each([
    ["text", `${TEXT}\n`, "text/plain; charset=utf-8"],
    ["srt", SRT, "text/plain; charset=utf-8"],
    ["vtt", VTT, "text/vtt; charset=utf-8"],
  ] as const)("gets %s", async (format, text, type) => {
    const asked = client().audio.transcriptions.create({
      model: "by-second",
      file: await file(),
      response_format: format,
    });
    const { data, response } = await asked.withResponse();
    expect([data, response.headers.get("content-type")]).toEqual([text, type]);
  });

  it("gets words and segments with their times", async () => {
    const answer = await client().audio.transcriptions.create({
      model: "by-second",
      file: await file(),
      response_format: "verbose_json",
      timestamp_granularities: ["word", "segment"],
    });
    expect(answer).toEqual({
      task: "transcribe",
      language: "english",
      duration: 2,
      text: TEXT,
      segments: [SEGMENT],
      words: WORDS,
    });
    expect(upstream.received.at(-1)?.form?.getAll("timestamp_granularities[]")).toEqual(["word", "segment"]);
  });

  it("gets who speaks", async () => {
    const answer = await client().audio.transcriptions.create({
      model: "by-token",
      file: await file(),
      response_format: "diarized_json",
      chunking_strategy: { type: "server_vad", threshold: 0.5 },
      known_speaker_names: ["Ann", "Bo"],
      known_speaker_references: ["data:audio/wav;base64,AAAA", "data:audio/wav;base64,BBBB"],
    });
    expect(answer).toMatchObject({ text: TEXT, segments: [SPOKEN], usage: TOKENS });
    const { form } = upstream.received.at(-1) ?? {};
    expect(form?.getAll("known_speaker_names[]")).toEqual(["Ann", "Bo"]);
    expect(form?.getAll("known_speaker_references[]")).toHaveLength(2);
    expect([form?.get("chunking_strategy[type]"), form?.get("chunking_strategy[threshold]")]).toEqual([
      "server_vad",
      "0.5",
    ]);
  });

  it("gets a stream, also where the upstream answers whole", async () => {
    for (const answer of [hears(TOKENS), (exchange: Exchange) => exchange.json({ text: TEXT, usage: TOKENS })]) {
      script("by-token", answer);
      const stream = await client().audio.transcriptions.create({
        model: "by-token",
        file: await file(),
        stream: true,
      });
      const events = [];
      for await (const event of stream) events.push(event);
      const deltas = events.flatMap((event) => (event.type === "transcript.text.delta" ? event.delta : []));
      expect(deltas.join("")).toBe(TEXT);
      expect(events.at(-1)).toEqual({ type: "transcript.text.done", text: TEXT, usage: TOKENS });
    }
    script("by-token", hears(TOKENS));
  });

  it("gets a stream with who speaks, also where the upstream answers whole", async () => {
    const whole = (exchange: Exchange) => hears(TOKENS)({ ...exchange, body: { ...exchange.body, stream: "false" } });
    for (const answer of [hears(TOKENS), whole]) {
      script("by-token", answer);
      const stream = await client().audio.transcriptions.create({
        model: "by-token",
        file: await file(),
        response_format: "diarized_json",
        stream: true,
      });
      const events = [];
      for await (const event of stream) events.push(event);
      expect(events[0]).toEqual(SPOKEN);
      expect(events.at(-1)).toMatchObject({ type: "transcript.text.done", text: TEXT });
    }
    script("by-token", hears(TOKENS));
  });

  it("gets a whole answer where the upstream streams all the same", async () => {
    script("by-token", (exchange) => hears(TOKENS)({ ...exchange, body: { ...exchange.body, stream: "true" } }));
    const answer = await client().audio.transcriptions.create({ model: "by-token", file: await file() });
    expect(answer).toEqual({ text: TEXT, usage: TOKENS });
    const diarized = await client().audio.transcriptions.create({
      model: "by-token",
      file: await file(),
      response_format: "diarized_json",
    });
    expect(diarized).toEqual({ task: "transcribe", duration: 2, text: TEXT, segments: [SPOKEN], usage: TOKENS });
    script("by-token", hears(TOKENS));
  });

  it("gets a translation, in JSON and as text", async () => {
    const answer = await client().audio.translations.create({ model: "by-second", file: await file() });
    expect(answer).toMatchObject({ text: TEXT });
    expect(upstream.received.at(-1)?.path).toBe("/v1/audio/translations");
    const verbose = await client().audio.translations.create({
      model: "by-second",
      file: await file(),
      response_format: "verbose_json",
    });
    expect(verbose).toMatchObject({ task: "translate", duration: 2 });
    const text = await client().audio.translations.create({
      model: "by-second",
      file: await file(),
      response_format: "text",
    });
    expect(text as unknown).toBe(`${TEXT}\n`);
  });

  it("is told that a model which talks writes nothing down", async () => {
    const asked = client().audio.transcriptions.create({ model: "talker", file: await file() });
    await expect(asked).rejects.toMatchObject({ status: 400, param: "model", code: "model_not_supported" });
  });
});

describe("a recording", () => {
  it("is charged by its own seconds where the upstream tells none", async () => {
    for (const [file, ms] of [
      [wavFile(3), 3000],
      [mp3File(500), 13_062],
      [webmFile(8), 8000],
    ] as const) {
      const { charge } = await charged({ model: "by-second" }, file);
      expect(charge).toMatchObject({ durationMs: ms, amountNanos: ms * RATE, estimated: false });
    }
  });

  it("is charged by the seconds that the upstream tells, in whatever format", async () => {
    for (const [told, ms] of [
      [{ usage: { type: "duration", seconds: 3 } }, 3000],
      [{ duration: 2.5 }, 2500],
      [{ duration: "2.5" }, 2500],
    ] as const) {
      script("by-second", ({ json }) => json({ text: TEXT, ...told }));
      const { charge } = await charged({ model: "by-second" });
      expect(charge).toMatchObject({ durationMs: ms, amountNanos: ms * RATE, estimated: false });
    }
    script("by-second", hears());
  });

  it.each([-1, 1e9, 0.001, "long", Number.MAX_VALUE])(
    "is not as long as an upstream says that lies: %s",
    async (seconds) => {
      script("by-second", ({ json }) => json({ text: TEXT, usage: { type: "duration", seconds } }));
      const { answer, charge } = await charged({ model: "by-second" }, wavFile(60));
      expect(answer.status).toBe(200);
      expect(charge).toMatchObject({ durationMs: 60_000, amountNanos: 60_000 * RATE, estimated: true });
      script("by-second", hears());
    },
  );

  it("whose length no container tells is charged by its bytes, and the receipt says so", async () => {
    const { charge } = await charged({ model: "by-second" }, Buffer.alloc(160_000, 1));
    expect(charge).toMatchObject({ durationMs: 10_000, amountNanos: 10_000 * RATE, estimated: true });
    script("by-second", ({ json }) => json({ text: TEXT, duration: 8 }));
    const told = await charged({ model: "by-second" }, Buffer.alloc(160_000, 1));
    expect(told.charge).toMatchObject({ durationMs: 8000, estimated: false });
    script("by-second", hears());
  });

  it("that is longer than was held for is paid for, as far as the account can", async () => {
    script("by-second", ({ json }) => json({ text: TEXT, duration: 30 }));
    const key = await addKey(gateway.db, { balanceNanos: 1_000_000_000 });
    const answer = await post({ model: "by-second" }, Buffer.alloc(160_000, 1), { key });
    await answer.text();
    expect(await closedCharge(gateway, key, answer)).toMatchObject({ durationMs: 30_000, amountNanos: 30_000 * RATE });
    script("by-second", hears());
  });

  it("is held for before anybody hears it", async () => {
    const key = await addKey(gateway.db, { balanceNanos: 2999 * RATE });
    const before = upstream.received.length;
    expect((await post({ model: "by-second" }, wavFile(3), { key })).status).toBe(402);
    expect(upstream.received.length).toBe(before);
    const enough = await addKey(gateway.db, { balanceNanos: 3000 * RATE });
    expect((await post({ model: "by-second" }, wavFile(3), { key: enough })).status).toBe(200);
  });

  it("is charged by the tokens that its upstream tells, whole and as a stream", async () => {
    for (const stream of ["false", "true"]) {
      const { charge } = await charged({ model: "by-token", stream });
      expect(charge).toMatchObject({ inputTokens: 4, inputAudioTokens: 30, outputTokens: 6, estimated: false });
      expect(charge.amountNanos).toBe(4 * 2500 + 30 * 6000 + 6 * 10_000);
    }
  });

  it("is charged by about as many tokens as it has where its upstream tells none", async () => {
    script("by-token", hears());
    for (const fields of [{}, { stream: "true" }, { response_format: "srt" }, { response_format: "text" }]) {
      const { charge } = await charged({ model: "by-token", ...fields });
      expect(charge).toMatchObject({ inputTokens: 0, inputAudioTokens: 30, estimated: true });
      expect(charge.outputTokens).toBeGreaterThan(2);
      expect(charge.outputTokens).toBeLessThan(8);
    }
    script("by-token", hears(TOKENS));
  });

  it("in which nobody speaks has an empty transcript, in every format", async () => {
    for (const [format, body, type] of [
      ["json", '{"text":""}', "application/json"],
      ["text", "", "text/plain"],
      ["srt", "", "text/plain"],
      ["vtt", "WEBVTT\n\n", "text/vtt"],
    ] as const) {
      script("two", (exchange) => textAnswer(exchange, body, type));
      const { answer, text, charge } = await charged({ model: "two", response_format: format });
      expect([answer.status, text]).toEqual([200, body]);
      expect(charge).toMatchObject({ durationMs: 3000, ending: "complete" });
    }
    script("two", ({ openStream, event, response }) => {
      openStream();
      event({ type: "transcript.text.done", text: "" });
      response.end();
    });
    const { text } = await charged({ model: "two", stream: "true" });
    expect(text).toBe('data: {"type":"transcript.text.done","text":""}\n\n');
  });

  it.each<[string, Fields, (exchange: Exchange) => unknown]>([
    ["says so in JSON", {}, ({ json }) => json({ error: { message: "boom", code: "server_error" } })],
    [
      "says so in JSON in place of a text",
      { response_format: "text" },
      ({ json }) => json({ error: { message: "boom" } }),
    ],
    ["has no transcript", {}, ({ json }) => json({ duration: 2 })],
    ["is empty", {}, (exchange) => textAnswer(exchange, "")],
    [
      "is a page",
      { response_format: "text" },
      (exchange) => textAnswer(exchange, "<!DOCTYPE html><p>Sign in", "text/html"),
    ],
    ["is text, and no captions", { response_format: "vtt" }, (exchange) => textAnswer(exchange, TEXT)],
    ["is JSON, and no captions", { response_format: "srt" }, ({ json }) => json({ text: TEXT })],
    ["is sound", {}, (exchange) => textAnswer(exchange, "ID3", "audio/mpeg")],
    ["breaks", {}, ({ response }) => response.destroy()],
    [
      "fails before the first word",
      { stream: "true" },
      ({ openStream, event }) => {
        openStream();
        event({ type: "error", error: { message: "boom" } });
      },
    ],
    [
      "ends before the first word",
      { stream: "true" },
      ({ openStream, response }) => {
        openStream();
        response.end();
      },
    ],
  ])("is heard by another upstream where the first %s", async (_, fields, answer) => {
    script("two", answer);
    const { answer: got, text, charge } = await charged({ model: "two", ...fields });
    expect([got.status, got.headers.get("x-gateway-attempts")], text).toEqual([200, "2"]);
    expect(text).toContain("Hello");
    expect(charge.amountNanos).toBe(charge.durationMs === 2000 ? 2000 * RATE : 3000 * RATE);
    const { status, headers } = got;
    expectNoLeak({ status, headers, text, body: {}, blocks: [], events: [], story: text }, [upstream]);
    script("two", hears());
  });

  it("that was heard too slowly costs its client nothing, and the operator its seconds", async () => {
    script("hasty", () => undefined);
    const { answer, charge } = await charged({ model: "hasty" });
    expect(answer.status).toBe(504);
    expect(charge).toMatchObject({ state: "void", amountNanos: 0, costNanos: 3000 * 4000 });
  });

  it("whose stream breaks behind its first words tells so", async () => {
    script("by-second", ({ openStream, event }) => {
      openStream();
      event({ type: "transcript.text.delta", delta: "Hello" });
      event({ type: "error", error: { message: `${HIDDEN.name} broke at 127.0.0.1:${upstream.port}` } });
    });
    const { text, charge } = await charged({ model: "by-second", stream: "true" });
    expect(text).toContain('"delta":"Hello"');
    expect(text).toContain('"error":{');
    expect(text).not.toContain("done");
    expect(text.toLowerCase()).not.toContain("hidden");
    expect(text).not.toContain(String(upstream.port));
    expect(charge.ending).toBe("failed");
    script("by-second", hears());
  });

  it("is understood in vLLM's way of streaming, and in a text that is written as JSON", async () => {
    script("by-second", ({ openStream, event, done }) => {
      openStream();
      for (const content of ["Hello, ", "world"]) {
        event({ object: "transcription.chunk", model: HIDDEN.model, choices: [{ delta: { content } }] });
      }
      done();
    });
    const streamed = await charged({ model: "by-second", stream: "true" });
    expect(streamed.text.split("\n\n")[2]).toBe('data: {"type":"transcript.text.done","text":"Hello, world"}');
    expect(streamed.text).not.toContain("hidden");
    script("by-second", (exchange) => textAnswer(exchange, JSON.stringify("Hi\nthere"), "application/json"));
    expect((await charged({ model: "by-second", response_format: "text" })).text).toBe("Hi\nthere");
    script("by-second", ({ json }) => json({ text: "Hi" }));
    expect((await charged({ model: "by-second", response_format: "text" })).text).toBe("Hi");
    script("by-second", hears());
  });

  it("has its segments and its length also in a stream that the upstream has no events for", async () => {
    const whole = (exchange: Exchange) => hears()({ ...exchange, body: { ...exchange.body, stream: "false" } });
    script("by-second", whole);
    const { text } = await charged({ model: "by-second", response_format: "verbose_json", stream: "true" });
    const events = text.split("\n\n").filter(Boolean);
    expect(JSON.parse(events.at(-1)?.replace("data: ", "") ?? "")).toMatchObject({
      type: "transcript.text.done",
      text: TEXT,
      duration: 2,
      segments: [SEGMENT],
    });
    script("by-second", hears());
  });

  it("does not stream as text, nor as a translation", async () => {
    const text = await charged({ model: "by-second", response_format: "text", stream: "true" });
    expect(text.text).toBe(`${TEXT}\n`);
    expect(upstream.received.at(-1)?.form?.has("stream")).toBe(false);
    const path = "/v1/audio/translations";
    const translated = await charged({ model: "by-second", stream: "true" }, wavFile(3), { path });
    expect(JSON.parse(translated.text)).toMatchObject({ text: TEXT });
  });

  it("is heard by the model that stands for `auto`, over both surfaces", async () => {
    for (const path of ["/v1/audio/transcriptions", "/xlei/v1/audio/translations"]) {
      const { answer } = await charged({}, wavFile(1), { path });
      expect([answer.status, answer.headers.get("x-gateway-model")]).toEqual([200, "by-second"]);
    }
  });

  it("is not sent with an address to fetch, nor with another file", async () => {
    const { answer } = await charged({ model: "by-second", url: "https://example.com/a.mp3", file_id: "file-1" });
    expect(answer.headers.get("x-gateway-warnings")).toMatch(/dropped=url/);
    expect([...(upstream.received.at(-1)?.form?.keys() ?? [])].toSorted()).toEqual(["file", "model"]);
    const form = formOf({ model: "by-second" }, wavFile(1));
    form.append("prompt", new Blob(["x"]), "x.txt");
    const refused = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}` },
      body: form,
    });
    expect(refused.status).toBe(400);
  });

  it("that is sent again with its key is heard and paid for once, also as text", async () => {
    for (const response_format of ["json", "text"]) {
      const headers = { "idempotency-key": `once ${response_format}` };
      const first = await charged({ model: "by-second", response_format }, wavFile(1), { headers });
      const before = upstream.received.length;
      const again = await post({ model: "by-second", response_format }, wavFile(1), { headers });
      expect([await again.text(), again.headers.get("content-type")]).toEqual([
        first.text,
        first.answer.headers.get("content-type"),
      ]);
      expect(again.headers.get("idempotent-replayed")).toBe("true");
      expect(upstream.received.length).toBe(before);
    }
  });
});

describe("a request", () => {
  const refused = async (answer: Response, status: number, param: string | null) => {
    const body = (await answer.json()) as { error: { param: string | null } };
    expect([answer.status, body.error.param], JSON.stringify(body)).toEqual([status, param]);
  };

  it("without a recording is refused, and costs nothing", async () => {
    const charges = await chargesOf(gateway, gateway.key);
    await refused(await post({ model: "by-second" }, Buffer.alloc(0)), 400, "file");
    const send = async (form: FormData) =>
      fetch(`${gateway.url}/v1/audio/transcriptions`, {
        method: "POST",
        headers: { authorization: `Bearer ${gateway.key}` },
        body: form,
      });
    await refused(await send(formOf({ model: "by-second" }, undefined)), 400, "file");
    await refused(await send(formOf({ model: "by-second", file: "sound" }, undefined)), 400, "file");
    const two = formOf({ model: "by-second" }, wavFile(1));
    two.append("file", new Blob(["x"]), "b.wav");
    await refused(await send(two), 400, "file");
    await refused(await send(formOf({ model: "by-second", stream: "maybe" }, wavFile(1))), 400, "stream");
    expect(await chargesOf(gateway, gateway.key)).toHaveLength(charges.length);
  });

  it.each([
    ["JSON", "application/json", '{"model":"by-second"}', 415],
    ["a form without a boundary", "multipart/form-data", "--x\r\n", 400],
    [
      "a form that is cut",
      "multipart/form-data; boundary=x",
      '--x\r\nContent-Disposition: form-data; name="model"\r\n\r\nby',
      400,
    ],
    ["a form of another kind", "application/x-www-form-urlencoded", "model=by-second", 415],
  ])("that is %s is refused", async (_, type, body, status) => {
    const answer = await fetch(`${gateway.url}/v1/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: `Bearer ${gateway.key}`, "content-type": type },
      body,
    });
    expect([answer.status, await answer.text()]).toEqual([status, expect.stringContaining('"error"')]);
  });

  it("that is too large is refused", async () => {
    const small = await startGateway({ vars: { MAX_UPLOAD_BYTES: "100000" } });
    const answer = await fetch(`${small.url}/v1/audio/transcriptions`, {
      method: "POST",
      headers: { authorization: `Bearer ${small.key}` },
      body: formOf({ model: "by-second" }, wavFile(4)),
    });
    expect([answer.status, await answer.text()]).toEqual([413, expect.stringContaining("100000")]);
    await small.close();
  });
});
