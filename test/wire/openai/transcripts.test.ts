/** What answers to recordings say that they used, and how broken ones are told from empty ones. */
import { describe, expect, it } from "vitest";
import { fieldPart, textOfPart, type FormPart } from "../../../src/core/form-parts.ts";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import { jsonPayload, NO_PAYLOAD, type Payload } from "../../../src/core/payload.ts";
import { readHeardUsage } from "../../../src/wire/openai/heard-usage.ts";
import { TranscriptFold } from "../../../src/wire/openai/transcript-fold.ts";
import { transcriptions } from "../../../src/wire/openai/transcriptions.ts";
import { frame, MATCH, TARGET } from "../support.ts";

const FILE: FormPart = { name: "file", filename: "a.mp3", pieces: [new Uint8Array(16_000)] };

function asked(fields: Readonly<Record<string, string>> = {}, ...more: readonly FormPart[]) {
  const form = [FILE, ...Object.entries(fields).map(([name, value]) => fieldPart(name, value)), ...more];
  return transcriptions.read({ kind: "form", form }, { ...MATCH, path: "/audio/transcriptions" });
}

function read(payload: Payload, fields: Readonly<Record<string, string>> = {}) {
  return transcriptions.answers(TARGET, asked(fields)).whole(payload);
}

const text = (words: string, type = "text/plain"): Payload => ({
  kind: "bytes",
  type,
  body: new Uint8Array(new TextEncoder().encode(words)),
});

describe("usage", () => {
  it.each([
    [{ usage: { type: "duration", seconds: 9 } }, { durationMs: 9000 }],
    [{ duration: 8.47 }, { durationMs: 8470 }],
    [{ duration: "8.47" }, { durationMs: 8470 }],
    [{ duration: 0 }, undefined],
    [{ duration: 7, usage: { type: "duration", seconds: 8 } }, { durationMs: 8000 }],
    [
      { usage: { prompt_audio_seconds: 3, prompt_tokens: 4, completion_tokens: 5 } },
      { inputAudio: 4, output: 5, durationMs: 3000 },
    ],
    [
      { usage: { input_tokens: 34, input_token_details: { text_tokens: 4, audio_tokens: 30 }, output_tokens: 6 } },
      { input: 4, inputAudio: 30, output: 6 },
    ],
    [{ usage: { input_tokens: 34, output_tokens: 6 } }, { input: 0, inputAudio: 34, output: 6 }],
    [{ usage: { input_tokens: 34, input_token_details: { text_tokens: 4 } } }, { input: 4, inputAudio: 30 }],
    [{ usage: { output_tokens: 6 } }, { output: 6 }],
    [{ usage: "much" }, undefined],
    [{ text: "Hi" }, undefined],
    [{ usage: { seconds: "long" } }, { durationMs: Number.NaN }],
    [{ usage: { input_tokens: 1.5 } }, { input: Number.NaN, inputAudio: Number.NaN }],
    [{ usage: { input_tokens: 5, input_token_details: { audio_tokens: 9 } } }, { input: -4, inputAudio: 9 }],
  ])("%j", (body, usage) => {
    expect(readHeardUsage(body)).toEqual(usage);
  });
});

describe("a request", () => {
  it("counts what a model reads of it, without the voices of speakers", () => {
    const plain = asked({ model: "m", prompt: "Names: Ann" });
    const voices = asked({
      model: "m",
      prompt: "Names: Ann",
      known_speaker_references: `data:audio/wav;base64,${"A".repeat(9999)}`,
    });
    expect(voices.demand.promptBytes - plain.demand.promptBytes).toBeLessThan(100);
    expect(asked({ prompt: "Ann" }, fieldPart("keywords[]", "Bo"), fieldPart("keywords[]", "Cy")).promptText()).toBe(
      "Ann\nBo\nCy",
    );
    expect(plain.demand).toMatchObject({
      operation: "transcribe",
      units: { durationMs: 1000 },
      recording: { isGuess: true },
    });
  });

  it("has no fewer bytes than none, also where its voices are no text", () => {
    const broken = { name: "known_speaker_references[]", pieces: [new Uint8Array(9999).fill(0xff)] };
    expect(asked({}, broken).demand.promptBytes).toBeGreaterThan(0);
  });

  it("keeps repeated fields in their order, and drops what would have an upstream fetch", () => {
    const more = ["word", "segment"].map((value) => fieldPart("timestamp_granularities[]", value));
    const request = asked({ model: "m", url: "https://example.com/a.mp3", user: "ann" }, ...more);
    const { payload, dropped } = transcriptions.write(request, TARGET);
    const sent = payload.kind === "form" ? payload.form : [];
    const shown = sent.filter(({ filename }) => filename === undefined).map((part) => [part.name, textOfPart(part)]);
    expect(shown).toEqual([
      ["timestamp_granularities[]", "word"],
      ["timestamp_granularities[]", "segment"],
      ["model", TARGET.model],
      ["user", TARGET.account],
    ]);
    expect(dropped).toEqual(["url"]);
    expect(sent.find(({ name }) => name === "file")?.pieces).toBe(FILE.pieces);
  });
});

describe("a format", () => {
  it("is one: nobody knows which of two an upstream takes", () => {
    const twice = [fieldPart("response_format", "json"), fieldPart("response_format", "text")];
    expect(() => asked({}, ...twice)).toThrow(expect.objectContaining({ kind: "invalid_parameter" }) as Error);
  });
});

describe("a whole answer", () => {
  it("may be empty, for nobody speaks", () => {
    expect(read(jsonPayload({ text: "" })).text.output).toBe("");
    expect(read(NO_PAYLOAD, { response_format: "text" }).body).toMatchObject({ type: "text/plain; charset=utf-8" });
  });

  it.each<[string, Payload, Readonly<Record<string, string>>]>([
    ["nothing where JSON was asked for", NO_PAYLOAD, {}],
    ["text where JSON was asked for", text("Hello"), {}],
    ["JSON without a text", jsonPayload({ duration: 1 }), {}],
    ["no captions", NO_PAYLOAD, { response_format: "vtt" }],
    ["captions without times", text("Hello"), { response_format: "srt" }],
    ["a page", text("<html><body>Sign in", "text/plain"), { response_format: "text" }],
  ])("is none that is %s", (_, payload, fields) => {
    expect(() => read(payload, fields)).toThrow(expect.objectContaining({ kind: "upstream_error" }) as Error);
  });

  it("may be a text in a format that nobody has documented", () => {
    const body = read(text("start\tend\ttext"), { response_format: "tsv" });
    expect(body).toMatchObject({ body: { type: "text/plain; charset=utf-8" }, text: { output: "start\tend\ttext" } });
    expect(read(jsonPayload({ text: "Hi" }), { response_format: "tsv" }).text.output).toBe("Hi");
    expect(asked({ response_format: "tsv", stream: "true" }).stream).toBe(false);
  });

  it("names the model as the client does, and no costs", () => {
    const { body } = read(
      jsonPayload({ text: "Hi", model: "upstream-name", x_groq: { id: "req" }, usage: { seconds: 1, cost: 3 } }),
    );
    expect((body as JsonDraft).toString()).toBe(`{"text":"Hi","model":"${TARGET.publicModel}","usage":{"seconds":1}}`);
  });

  it("counts what captions say", () => {
    const srt = text("1\n00:00:00,000 --> 00:00:02,000\nHello\n");
    expect(read(srt, { response_format: "srt" }).text.output).toBe("Hello");
  });
});

describe("a stream", () => {
  const stream = () => transcriptions.answers({ ...TARGET, stream: true }, asked({ stream: "true" }));

  it("that ends before the transcript is whole is broken", () => {
    const reader = stream();
    expect(reader.step(frame({ type: "transcript.text.delta", delta: "Hi" }))).toMatchObject({
      isMeaningful: true,
      isLast: false,
    });
    expect(() => reader.end()).toThrow(expect.objectContaining({ kind: "upstream_error" }) as Error);
    expect(() => stream().step({ data: "[DONE]" })).toThrow(
      expect.objectContaining({ kind: "upstream_error" }) as Error,
    );
  });

  it("of a recording in which nobody speaks is whole, also in vLLM's way", () => {
    const reader = stream();
    reader.step(frame({ choices: [{ delta: { content: "" }, finish_reason: "stop" }] }));
    const last = reader.step({ data: "[DONE]" });
    expect(last).toMatchObject({ isMeaningful: true, isLast: true });
    expect(last.pieces.map(({ draft }) => draft.value)).toEqual([{ type: "transcript.text.done", text: "" }]);
  });

  it("that does not end is broken", () => {
    const reader = stream();
    const delta = "x".repeat(1024 * 1024);
    const say = () => reader.step(frame({ type: "transcript.text.delta", delta }));
    expect(() => Array.from({ length: 100 }, say)).toThrow(
      expect.objectContaining({ kind: "upstream_error" }) as Error,
    );
  });

  it("becomes whole, however many segments it has", () => {
    const fold = new TranscriptFold();
    const segment = { type: "transcript.text.segment", start: 0, end: 2, text: "" };
    for (let n = 0; n < 200_000; n++) fold.add({ draft: new JsonDraft(segment) });
    expect(fold.answer().value["duration"]).toBe(2);
  });

  it("has its words counted once", () => {
    const reader = stream();
    const said = [
      reader.step(frame({ type: "transcript.text.delta", delta: "Hi" })),
      reader.step(frame({ type: "transcript.text.done", text: "Hi" })),
    ];
    expect(said.map((step) => step.text.output)).toEqual(["Hi", ""]);
    expect(said.at(-1)).toMatchObject({ isLast: true, finishes: true, usage: {} });
    expect(stream().step(frame({ type: "transcript.text.done", text: "Hi" })).text.output).toBe("Hi");
  });
});
