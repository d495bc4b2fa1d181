import { describe, expect, it } from "vitest";
import { Fault } from "../../../src/core/fault.ts";
import { realtime } from "../../../src/wire/openai/realtime.ts";
import type { Talk } from "../../../src/wire/realtime-types.ts";

const TARGET = {
  model: "upstream-name",
  publicModel: "talker",
  fields: new Set<string>(),
  fees: new Set<never>(),
  account: "a1",
};

function talkOf(headers: Record<string, string> = {}, fields: typeof TARGET.fields | "open" = TARGET.fields): Talk {
  const query = (name: string) => (name === "model" ? "alias" : undefined);
  const asked = realtime.read({ params: {}, headers: new Headers(headers), query });
  return realtime.begin({ ...TARGET, fields }, asked);
}

const asItIs = <Told>(error: Told) => error;
const say = (talk: Talk, event: object) => talk.fromClient(JSON.stringify(event));
const hear = (talk: Talk, event: object) => talk.fromUpstream(JSON.stringify(event), asItIs);
const sent = (talk: Talk, event: object) => JSON.parse(say(talk, event).text) as Record<string, unknown>;

/** A second of PCM, in base64. */
const SECOND = Buffer.alloc(48_000).toString("base64");

describe("a client's message", () => {
  it("adds its text, its sound by the format, and its pictures", () => {
    const talk = talkOf();
    expect(say(talk, { type: "input_audio_buffer.append", audio: SECOND }).added).toMatchObject({
      bytes: 0,
      soundMs: 1000,
      pictures: 0,
    });
    const text = { type: "message", content: [{ type: "input_text", text: "é".repeat(100) }] };
    const { added, asks } = say(talk, { type: "conversation.item.create", item: text });
    expect(added).toMatchObject({ soundMs: 0, pictures: 0 });
    expect(added.bytes).toBeGreaterThan(200);
    expect(added.bytes).toBeLessThan(400);
    expect(asks).toBe(false);
    const media = {
      content: [
        { type: "input_audio", audio: SECOND },
        { type: "input_image", image_url: `data:image/png;base64,${"A".repeat(5000)}` },
        { type: "input_image", image_url: "https://pictures.test/1.png" },
      ],
    };
    const shown = say(talk, { type: "conversation.item.create", item: media }).added;
    expect(shown).toMatchObject({ soundMs: 1000, pictures: 2 });
    expect(shown.bytes).toBeLessThan(500);
  });

  it("of sound is as long as it is at the slowest format that was ever set, whoever set it", () => {
    const talk = talkOf();
    const format = (type: string) => ({
      type: "session.update",
      session: { type: "realtime", audio: { input: { format: { type } } } },
    });
    const lengthNow = () => say(talk, { type: "input_audio_buffer.append", audio: SECOND }).added.soundMs;
    say(talk, format("audio/pcm"));
    expect(lengthNow()).toBe(1000);
    say(talk, format("audio/pcmu"));
    expect(lengthNow()).toBe(6000);
    say(talk, format("audio/pcm"));
    expect(lengthNow()).toBe(6000);
    const told = talkOf();
    hear(told, { type: "session.created", session: { audio: { input: { format: { type: "audio/pcma" } } } } });
    expect(say(told, { type: "input_audio_buffer.append", audio: SECOND }).added.soundMs).toBe(6000);
  });

  it("asks for an answer only as `response.create`, with what it brings", () => {
    const talk = talkOf();
    const input = [{ type: "message", content: [{ type: "input_audio", audio: SECOND }] }];
    expect(say(talk, { type: "response.create", response: { input, metadata: { topic: "x" } } })).toMatchObject({
      asks: true,
      added: { soundMs: 1000 },
    });
    for (const type of ["response.cancel", "input_audio_buffer.commit", "input_audio_buffer.clear"]) {
      expect(say(talk, { type }).asks).toBe(false);
    }
  });

  it("has the upstream's model for the public one and for the name that was asked", () => {
    const transcription = (model: string) => ({
      type: "session.update",
      session: { type: "realtime", audio: { input: { transcription: { model } } } },
    });
    const named = (model: string) => JSON.stringify(sent(talkOf(), transcription(model)));
    expect(named("talker")).toContain('"model":"upstream-name"');
    expect(named("alias")).toContain('"model":"upstream-name"');
    expect(named("whisper-1")).toContain('"model":"whisper-1"');
  });

  it("stays with the model of the conversation", () => {
    const { session } = sent(talkOf(), { type: "session.update", session: { type: "realtime", model: "dearer" } });
    expect(session).toEqual({ type: "realtime", model: "upstream-name" });
  });

  it("names the account in place of a person", () => {
    const { session } = sent(talkOf(), {
      type: "session.update",
      session: { type: "realtime", safety_identifier: "me" },
    });
    expect(session).toEqual({ type: "realtime", safety_identifier: "a1" });
  });

  it("passes whole to an upstream that is open", () => {
    const event = { type: "new.event", session: { tools: [{ type: "mcp" }] } };
    expect(sent(talkOf({}, "open"), event)).toEqual(event);
    const tools = { type: "session.update", session: { type: "realtime", tools: [{ type: "mcp" }], unheard_of: 1 } };
    expect(sent(talkOf({}, "open"), tools)).toEqual(tools);
    expect(() => say(talkOf(), event)).toThrow(Fault);
  });
});

describe("an upstream's message", () => {
  it("tells when an answer begins, grows and ends", () => {
    const talk = talkOf();
    expect(hear(talk, { type: "response.created", response: { id: "r1" } })).toMatchObject({ began: "r1" });
    for (const type of [
      "response.output_text.delta",
      "response.output_audio_transcript.delta",
      "response.function_call_arguments.delta",
    ]) {
      const { made } = hear(talk, { type, response_id: "r1", delta: "word" });
      expect(made).toEqual({ answer: "r1", text: { output: "word", reasoning: "" } });
    }
    const { made } = hear(talk, { type: "response.output_audio.delta", response_id: "r1", delta: SECOND });
    expect(made?.text.soundMs).toBe(1000);
    const usage = { input_tokens: 10, output_tokens: 5 };
    const { ended } = hear(talk, { type: "response.done", response: { id: "r1", status: "failed", usage } });
    expect(ended).toEqual({
      answer: "r1",
      usage: { input: 10, cachedRead: 0, inputAudio: 0, inputImage: 0, output: 5, outputAudio: 0 },
    });
  });

  it("tells why an answer failed, also one that never began", () => {
    const talk = talkOf();
    const error = { type: "server_error", code: "server_error" };
    const done = (response: object) => hear(talk, { type: "response.done", response: { id: "r", ...response } }).failed;
    expect(done({ status: "failed", status_details: { type: "failed", error } })).toEqual(error);
    expect(done({ status: "failed" })).toEqual({});
    for (const status of ["completed", "cancelled", "incomplete"]) {
      expect(done({ status, status_details: { type: status, error } })).toBeUndefined();
    }
    const { event_id: id } = sent(talk, { type: "response.create" });
    const refused = { ...error, event_id: id };
    expect(hear(talk, { type: "error", error: refused }).failed).toEqual(refused);
    // An error that is about something else says nothing of answers.
    expect(hear(talk, { type: "error", error: refused }).failed).toBeUndefined();
  });

  it("counts each token in one place alone", () => {
    const usage = {
      input_tokens: 1000,
      output_tokens: 300,
      input_token_details: {
        text_tokens: 400,
        audio_tokens: 500,
        image_tokens: 100,
        cached_tokens: 350,
        cached_tokens_details: { text_tokens: 100, audio_tokens: 200, image_tokens: 50 },
      },
      output_token_details: { text_tokens: 100, audio_tokens: 200 },
    };
    expect(hear(talkOf(), { type: "response.done", response: { id: "r", usage } }).ended?.usage).toEqual({
      input: 300,
      cachedRead: 350,
      inputAudio: 300,
      inputImage: 50,
      output: 100,
      outputAudio: 200,
    });
  });

  it("is no message of the protocol: the upstream is at fault", () => {
    for (const text of ["", "[]", "null", "{"]) expect(() => talkOf().fromUpstream(text, asItIs)).toThrow(Fault);
    for (const event of [
      {},
      { type: 7 },
      { type: "response.done" },
      { type: "session.created", session: 5 },
      { type: "error" },
    ]) {
      expect(() => hear(talkOf(), event)).not.toThrow();
    }
  });

  it("reaches a client of the beta in its words, and one that showed late from then on", () => {
    const delta = { type: "response.output_text.delta", response_id: "r", delta: "x" };
    const early = talkOf({ "openai-beta": "realtime=v1" });
    expect(hear(early, delta).text).toContain('"response.text.delta"');
    expect(hear(early, { type: "conversation.item.done" })).toEqual({});
    const browser = talkOf({ "sec-websocket-protocol": "realtime, openai-beta.realtime-v1" });
    expect(hear(browser, delta).text).toContain('"response.text.delta"');
    const late = talkOf();
    expect(hear(late, delta).text).toContain('"response.output_text.delta"');
    say(late, { type: "session.update", session: { modalities: ["text"] } });
    expect(hear(late, delta).text).toContain('"response.text.delta"');
    expect(hear(late, delta).made?.text.output).toBe("x");
  });
});
