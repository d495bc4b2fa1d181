import { describe, expect, it } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import { isObject, type JsonObject } from "../../../src/core/json.ts";
import { fromBeta, speaksBeta } from "../../../src/wire/openai/realtime-beta.ts";
import { faultOf } from "../support.ts";
import {
  ODD_VALUES,
  PCM,
  SETTINGS,
  TOOL,
  VAD,
  WHISPER,
  draftOf,
  toPresent,
  toPresentSession,
} from "./realtime-beta-shapes.ts";

describe("speaksBeta", () => {
  it.each(
    SETTINGS.filter(([, beta, present]) => JSON.stringify(beta) !== JSON.stringify(present)).map(([name, beta]) => ({
      name,
      beta,
    })),
  )("sees a session of the beta by $name", ({ beta }) => {
    expect(speaksBeta({ type: "session.update", session: beta })).toBe(true);
    expect(speaksBeta({ type: "transcription_session.update", session: { ...beta, type: null } })).toBe(true);
    expect(speaksBeta({ type: "session.update", session: { type: "realtime", ...beta } })).toBe(false);
    expect(speaksBeta({ type: "session.updated", session: beta })).toBe(false);
    expect(speaksBeta({ session: beta })).toBe(false);
  });

  it.each([
    [{ temperature: 0.8 }, true],
    [{ instructions: "Be brief" }, false],
    [{ audio: { output: { voice: "alloy" } } }, false],
    [{ output_modalities: ["text"] }, false],
    [{}, false],
    [null, false],
    ["voice", false],
    [["voice"], false],
    [undefined, false],
  ])("of %j: %s", (session, expected) => {
    expect(speaksBeta({ type: "session.update", session })).toBe(expected);
  });
});

describe("fromBeta: a session", () => {
  it.each(SETTINGS)("with %s", (_name, beta, present) => {
    expect(toPresentSession(beta)).toEqual({ type: "realtime", ...present });
  });

  it("with everything", () => {
    const beta = Object.assign({ temperature: 0.8, client_secret: null }, ...SETTINGS.map(([, flat]) => flat));
    expect(toPresent({ event_id: "c1", type: "session.update", session: beta })).toEqual({
      event_id: "c1",
      type: "session.update",
      session: {
        type: "realtime",
        output_modalities: ["text"],
        audio: {
          input: {
            format: { type: "audio/pcma" },
            transcription: null,
            noise_reduction: { type: "near_field" },
            turn_detection: null,
          },
          output: { format: { type: "audio/pcma" }, voice: "alloy", speed: 1.25 },
        },
        max_output_tokens: "inf",
        instructions: "Be brief",
        tools: [TOOL],
        tool_choice: "auto",
        prompt: { id: "pmpt_1" },
        tracing: "auto",
        include: ["x"],
      },
    });
  });

  it("keeps the text of what stays", () => {
    const text = '{"type":"session.update", "session" : {"seed":12345678901234567890,"voice":"ash", "n":1.0 } }';
    const draft = new JsonDraft(JSON.parse(text) as JsonObject, text);
    fromBeta(draft);
    expect(draft.toString()).toBe(
      '{"type":"session.update", "session" : {"seed":12345678901234567890, "n":1.0,' +
        '"audio":{"output":{"voice":"ash"}},"type":"realtime" } }',
    );
  });

  it("takes either order of modalities, and audio alone", () => {
    for (const modalities of [["audio", "text"], ["audio"]]) {
      expect(toPresentSession({ modalities })).toEqual({ type: "realtime", output_modalities: ["audio"] });
    }
  });

  it("keeps what is where it is today, and prefers it", () => {
    const audio = { input: { format: PCM, x: 1 }, output: { voice: "marin" } };
    const mixed = { type: "realtime", audio, voice: "ash", speed: 1.5, input_audio_format: "g711_ulaw" };
    expect(toPresentSession(mixed)).toEqual({
      type: "realtime",
      audio: { ...audio, output: { voice: "marin", speed: 1.5 } },
    });
    expect(toPresentSession({ audio: null, voice: "ash" })).toEqual({
      type: "realtime",
      audio: { output: { voice: "ash" } },
    });
  });

  it("of transcription", () => {
    const session = {
      modalities: ["text"],
      input_audio_format: "pcm16",
      input_audio_transcription: WHISPER,
      turn_detection: VAD,
      input_audio_noise_reduction: null,
      include: ["item.input_audio_transcription.logprobs"],
    };
    expect(toPresent({ type: "transcription_session.update", session })).toEqual({
      type: "session.update",
      session: {
        type: "transcription",
        audio: { input: { format: PCM, transcription: WHISPER, turn_detection: VAD, noise_reduction: null } },
        include: ["item.input_audio_transcription.logprobs"],
      },
    });
  });

  it.each([
    ["modalities", [[], ["text", 5], ["video"], "audio", 5, {}]],
    ["input_audio_format", ["mp3", 5, [], {}, ""]],
    ["output_audio_format", ["audio/pcm", 24_000, PCM]],
  ])("refuses what %s cannot be", (name, values) => {
    for (const value of values) {
      const event = draftOf({ type: "session.update", session: { [name]: value } });
      expect(faultOf(() => fromBeta(event))).toBe(`invalid_parameter session.${name}`);
    }
  });

  it.each([
    ["session.audio", "all"],
    ["session.audio", ["x"]],
    ["session.audio.output", { output: "loud" }],
  ])("has no place for a voice where %s is no object", (param, audio) => {
    const event = draftOf({ type: "session.update", session: { audio, voice: "ash" } });
    expect(faultOf(() => fromBeta(event))).toBe(`invalid_parameter ${param}`);
  });

  it.each(["modalities", "input_audio_format", "voice"])("leaves it to the upstream what null as %s is", (name) => {
    expect(JSON.stringify(toPresentSession({ [name]: null }))).toContain(":null");
  });
});

describe("fromBeta: other events", () => {
  it("a response", () => {
    const response = {
      modalities: ["audio", "text"],
      voice: "sage",
      output_audio_format: "g711_ulaw",
      max_response_output_tokens: 200,
      temperature: 0.7,
      conversation: "none",
      metadata: { topic: "x" },
      instructions: "Say hello",
      tools: [TOOL],
      tool_choice: "required",
      input: [
        { type: "item_reference", id: "i1" },
        { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
        { type: "message", role: "assistant", content: [{ type: "text", text: "hello" }] },
      ],
    };
    expect(toPresent({ type: "response.create", response })).toEqual({
      type: "response.create",
      response: {
        output_modalities: ["audio"],
        audio: { output: { voice: "sage", format: { type: "audio/pcmu" } } },
        max_output_tokens: 200,
        conversation: "none",
        metadata: { topic: "x" },
        instructions: "Say hello",
        tools: [TOOL],
        tool_choice: "required",
        input: [
          { type: "item_reference", id: "i1" },
          { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] },
          { type: "message", role: "assistant", content: [{ type: "output_text", text: "hello" }] },
        ],
      },
    });
    expect(faultOf(() => fromBeta(draftOf({ type: "response.create", response: { modalities: "text" } })))).toBe(
      "invalid_parameter response.modalities",
    );
  });

  it("an item of the assistant", () => {
    const content = [{ type: "text", text: "a" }, null, { type: "audio", transcript: "b" }, { type: "other" }];
    expect(
      toPresent({ type: "conversation.item.create", item: { type: "message", role: "assistant", content } }),
    ).toEqual({
      type: "conversation.item.create",
      item: {
        type: "message",
        role: "assistant",
        content: [
          { type: "output_text", text: "a" },
          null,
          { type: "output_audio", transcript: "b" },
          { type: "other" },
        ],
      },
    });
  });

  it.each([
    { type: "input_audio_buffer.append", audio: "AAAA" },
    { type: "input_audio_buffer.commit" },
    { type: "input_audio_buffer.clear", event_id: "c1" },
    { type: "conversation.item.truncate", item_id: "i", content_index: 0, audio_end_ms: 1500 },
    { type: "conversation.item.delete", item_id: "i" },
    { type: "conversation.item.retrieve", item_id: "i" },
    { type: "response.cancel", response_id: "r" },
    { type: "response.create" },
    { type: "response.create", response: { instructions: "x", max_output_tokens: 5 } },
    { type: "session.update", session: { type: "realtime", output_modalities: ["text"], audio: { output: {} } } },
    {
      type: "conversation.item.create",
      previous_item_id: null,
      item: {
        type: "message",
        role: "user",
        content: [
          { type: "input_text", text: "hi" },
          { type: "input_audio", audio: "AAAA" },
        ],
      },
    },
    { type: "conversation.item.create", item: { type: "message", role: "user", content: [{ type: "text" }] } },
    { type: "conversation.item.create", item: { type: "function_call_output", call_id: "c", output: "{}" } },
    { type: "new.event", session: { voice: "ash" }, response: { modalities: 5 }, item: { role: "assistant" } },
    { type: "constructor" },
    { type: null, session: { voice: "ash" } },
    { session: { voice: "ash" } },
    {},
  ])("keeps the bytes of %j", (event) => {
    const draft = draftOf(event);
    const before = draft.toString();
    fromBeta(draft);
    expect(draft.toString()).toBe(before);
  });

  it.each(ODD_VALUES.filter((odd) => !isObject(odd)))("leaves it to the upstream that %j is no object", (odd) => {
    for (const event of [
      { type: "session.update", session: odd },
      { type: "response.create", response: odd },
      { type: "response.create", response: { input: odd } },
      { type: "conversation.item.create", item: odd },
      { type: "conversation.item.create", item: { role: "assistant", content: odd } },
    ]) {
      expect(toPresent(event)).toEqual(event);
    }
    const expected = { type: "session.update", session: odd };
    expect(toPresent({ type: "transcription_session.update", session: odd })).toEqual(expected);
  });
});
