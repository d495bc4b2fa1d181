import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { toBeta } from "../../../src/wire/openai/realtime-beta.ts";
import { NAMES, ODD_VALUES, PCM, SETTINGS, VAD, WHISPER, draftOf, shownToBeta } from "./realtime-beta-shapes.ts";

describe("toBeta: a session", () => {
  it.each(SETTINGS)("with %s", (_name, beta, present) => {
    for (const type of ["session.created", "session.updated"]) {
      const session = { type: "realtime", id: "sess_1", expires_at: 1, model: "m", ...present };
      expect(shownToBeta({ type, event_id: "e0", session })).toEqual({
        type,
        event_id: "e0",
        session: { id: "sess_1", expires_at: 1, model: "m", object: "realtime.session", ...beta },
      });
    }
  });

  it("of transcription", () => {
    const audio = { input: { format: PCM, transcription: WHISPER, noise_reduction: null, turn_detection: VAD } };
    for (const step of ["created", "updated"]) {
      const session = { type: "transcription", id: "sess_1", object: "realtime.transcription_session", audio };
      expect(shownToBeta({ type: `session.${step}`, session })).toEqual({
        type: `transcription_session.${step}`,
        session: {
          id: "sess_1",
          object: "realtime.transcription_session",
          input_audio_format: "pcm16",
          input_audio_transcription: WHISPER,
          input_audio_noise_reduction: null,
          turn_detection: VAD,
        },
      });
    }
  });

  it("leaves out what the beta cannot say of audio", () => {
    const audio = {
      input: { format: { type: "audio/opus" }, new: 1 },
      output: { format: 5, voice: { id: "v" } },
      x: 1,
    };
    expect(shownToBeta({ type: "session.updated", session: { type: "realtime", audio, truncation: "auto" } })).toEqual({
      type: "session.updated",
      session: { voice: { id: "v" }, truncation: "auto", object: "realtime.session" },
    });
  });
});

describe("toBeta: other events", () => {
  it.each(NAMES)("%s", (present, beta) => {
    const text = `{"type" :"${present}","n":1.0, "delta":"a\\u00e9"}`;
    const draft = new JsonDraft(JSON.parse(text) as JsonObject, text);
    expect(toBeta(draft)).toBe(true);
    expect(draft.toString()).toBe(text.replace(present, beta));
  });

  it("leaves out that an item is done: the beta says so with the events of its response", () => {
    expect(shownToBeta({ type: "conversation.item.done", item: { id: "i" } })).toBeUndefined();
  });

  const PRESENT_CONTENT = [{ type: "output_text", text: "a" }, { type: "output_audio", transcript: "b" }, null];
  const BETA_CONTENT = [{ type: "text", text: "a" }, { type: "audio", transcript: "b" }, null];

  it.each([
    ["conversation.item.added", "conversation.item.created"],
    ["conversation.item.created", "conversation.item.created"],
    ["conversation.item.retrieved", "conversation.item.retrieved"],
    ["response.output_item.added", "response.output_item.added"],
    ["response.output_item.done", "response.output_item.done"],
  ])("the item of %s", (type, name) => {
    const item = { id: "i", type: "message", role: "assistant" };
    expect(shownToBeta({ type, previous_item_id: null, item: { ...item, content: PRESENT_CONTENT } })).toEqual({
      type: name,
      previous_item_id: null,
      item: { ...item, content: BETA_CONTENT },
    });
  });

  it.each(["response.content_part.added", "response.content_part.done"])("the part of %s", (type) => {
    expect(shownToBeta({ type, part: { type: "output_text", text: "" } })).toEqual({
      type,
      part: { type: "text", text: "" },
    });
    expect(shownToBeta({ type, part: { type: "output_audio" } })).toEqual({ type, part: { type: "audio" } });
  });

  it.each(["response.created", "response.done"])("the response of %s", (type) => {
    const usage = { total_tokens: 3, input_tokens: 1, output_tokens: 2 };
    const same = { id: "resp_1", object: "realtime.response", status: "completed", max_output_tokens: "inf", usage };
    const response = {
      ...same,
      output: [null, { type: "message", content: PRESENT_CONTENT }, { type: "function_call", arguments: "{}" }],
      output_modalities: ["audio"],
      audio: { output: { format: PCM, voice: "marin" } },
    };
    expect(shownToBeta({ type, response })).toEqual({
      type,
      response: {
        ...same,
        output: [null, { type: "message", content: BETA_CONTENT }, { type: "function_call", arguments: "{}" }],
        modalities: ["text", "audio"],
        voice: "marin",
        output_audio_format: "pcm16",
      },
    });
  });

  it.each([
    { type: "error", error: { type: "invalid_request_error", param: "session.voice" } },
    { type: "rate_limits.updated", rate_limits: [{ name: "requests", limit: 5 }] },
    { type: "conversation.created", conversation: { id: "c" } },
    { type: "conversation.item.input_audio_transcription.completed", transcript: "hi", usage: { type: "tokens" } },
    { type: "conversation.item.created", item: { content: [{ type: "input_text", text: "hi" }] } },
    { type: "conversation.item.deleted", item_id: "i" },
    { type: "input_audio_buffer.speech_started", audio_start_ms: 5 },
    { type: "response.function_call_arguments.delta", delta: "{" },
    { type: "response.content_part.added", part: { type: "audio", transcript: "" } },
    { type: "response.done", response: { status: "failed", output: [], modalities: ["text"], voice: "ash" } },
    { type: "session.created", session: { id: "s", modalities: ["text"], voice: "ash", turn_detection: null } },
    { type: "session.created", session: { type: "translation", audio: { output: { language: "fr" } } } },
    { type: "new.event", part: { type: "output_text" }, session: { type: "realtime" } },
    { type: "constructor" },
    { type: 5 },
    {},
  ])("keeps the bytes of %j", (event) => {
    const draft = draftOf(event);
    const before = draft.toString();
    expect(toBeta(draft)).toBe(true);
    expect(draft.toString()).toBe(before);
  });

  it.each(["session.created", "response.done", "response.content_part.done", "response.output_item.done"])(
    "edits no more of %s than it is about",
    (type) => {
      const members = {
        session: { type: "realtime" },
        response: { output_modalities: ["audio"] },
        part: { type: "output_text" },
        item: { content: PRESENT_CONTENT },
      };
      const shown = shownToBeta({ type, ...members }) ?? {};
      const edited = Object.entries(members).filter(([name, member]) => !isDeepStrictEqual(shown[name], member));
      expect(edited).toHaveLength(1);
    },
  );

  it.each(ODD_VALUES)("bears %j anywhere", (odd) => {
    const events = [
      { type: "session.created", session: odd },
      { type: "session.updated", session: { type: "realtime", audio: odd, output_modalities: odd } },
      { type: "session.updated", session: { type: "transcription", audio: { input: odd, output: odd } } },
      { type: "session.updated", session: { audio: { input: { format: odd } }, type: odd } },
      { type: "response.created", response: odd },
      { type: "response.done", response: { output: odd, output_modalities: odd, audio: { output: odd } } },
      { type: "response.done", response: { output: [odd, { content: odd }] } },
      { type: "response.content_part.done", part: odd },
      { type: "conversation.item.added", item: odd },
      { type: "response.output_item.done", item: { content: [odd] } },
    ];
    for (const event of events) expect(shownToBeta(event)).toBeDefined();
    expect(shownToBeta({ type: "response.done", response: { output_modalities: odd } })).toEqual({
      type: "response.done",
      response: { modalities: odd },
    });
  });
});
