/**
 * What the two generations of the Realtime protocol say. Shapes of the beta: openai-node 6, `resources/beta/realtime`.
 * Shapes of the present protocol: openai-node, `resources/realtime`, September 2026.
 */
import { expect } from "vitest";
import { JsonDraft } from "../../../src/core/json-edit.ts";
import type { JsonObject } from "../../../src/core/json.ts";
import { fromBeta, toBeta } from "../../../src/wire/openai/realtime-beta.ts";

/** A draft of the text, which has spaces that `JSON.stringify` would not write. */
export function draftOf(event: unknown): JsonDraft {
  const text = JSON.stringify(event, null, 1);
  return new JsonDraft(JSON.parse(text) as JsonObject, text);
}

/** What the draft's text says, which must be what the draft's value says. */
export function saidBy(draft: JsonDraft): JsonObject {
  const said = JSON.parse(draft.toString()) as JsonObject;
  expect(said).toEqual(draft.value);
  return said;
}

export function toPresent(event: unknown): JsonObject {
  const draft = draftOf(event);
  fromBeta(draft);
  return saidBy(draft);
}

/** Undefined: left out. */
export function shownToBeta(event: unknown): JsonObject | undefined {
  const draft = draftOf(event);
  return toBeta(draft) ? saidBy(draft) : undefined;
}

export function toPresentSession(session: unknown): unknown {
  return toPresent({ type: "session.update", session })["session"];
}

export const PCM = { type: "audio/pcm", rate: 24_000 };
export const VAD = { type: "server_vad", threshold: 0.5, prefix_padding_ms: 300, silence_duration_ms: 500 };
export const WHISPER = { model: "whisper-1", language: "en" };
export const TOOL = { type: "function", name: "f", description: "d", parameters: { type: "object" } };

/** What the beta says of a session, and what the present protocol says. */
export const SETTINGS: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["both modalities", { modalities: ["text", "audio"] }, { output_modalities: ["audio"] }],
  ["text alone", { modalities: ["text"] }, { output_modalities: ["text"] }],
  ["a voice", { voice: "alloy" }, { audio: { output: { voice: "alloy" } } }],
  ["a speed", { speed: 1.25 }, { audio: { output: { speed: 1.25 } } }],
  ["PCM input", { input_audio_format: "pcm16" }, { audio: { input: { format: PCM } } }],
  ["μ-law input", { input_audio_format: "g711_ulaw" }, { audio: { input: { format: { type: "audio/pcmu" } } } }],
  ["A-law input", { input_audio_format: "g711_alaw" }, { audio: { input: { format: { type: "audio/pcma" } } } }],
  ["PCM output", { output_audio_format: "pcm16" }, { audio: { output: { format: PCM } } }],
  ["μ-law output", { output_audio_format: "g711_ulaw" }, { audio: { output: { format: { type: "audio/pcmu" } } } }],
  ["A-law output", { output_audio_format: "g711_alaw" }, { audio: { output: { format: { type: "audio/pcma" } } } }],
  ["a transcript", { input_audio_transcription: WHISPER }, { audio: { input: { transcription: WHISPER } } }],
  ["no transcript", { input_audio_transcription: null }, { audio: { input: { transcription: null } } }],
  [
    "less noise",
    { input_audio_noise_reduction: { type: "near_field" } },
    { audio: { input: { noise_reduction: { type: "near_field" } } } },
  ],
  ["turn detection", { turn_detection: VAD }, { audio: { input: { turn_detection: VAD } } }],
  ["no turn detection", { turn_detection: null }, { audio: { input: { turn_detection: null } } }],
  ["a limit", { max_response_output_tokens: 4096 }, { max_output_tokens: 4096 }],
  ["no limit", { max_response_output_tokens: "inf" }, { max_output_tokens: "inf" }],
  ["instructions", { instructions: "Be brief" }, { instructions: "Be brief" }],
  ["tools", { tools: [TOOL], tool_choice: "auto" }, { tools: [TOOL], tool_choice: "auto" }],
  ["a prompt", { prompt: { id: "pmpt_1" } }, { prompt: { id: "pmpt_1" } }],
  ["tracing", { tracing: "auto" }, { tracing: "auto" }],
  ["logprobs", { include: ["x"] }, { include: ["x"] }],
  ["nothing", {}, {}],
];

/** The names of a server's events: today's, and the beta's. */
export const NAMES: readonly (readonly [string, string])[] = [
  ["response.output_text.delta", "response.text.delta"],
  ["response.output_text.done", "response.text.done"],
  ["response.output_audio.delta", "response.audio.delta"],
  ["response.output_audio.done", "response.audio.done"],
  ["response.output_audio_transcript.delta", "response.audio_transcript.delta"],
  ["response.output_audio_transcript.done", "response.audio_transcript.done"],
  ["conversation.item.added", "conversation.item.created"],
];

export const ODD_VALUES = [null, 5, "x", true, [], [null], ["x"], {}, { type: 5 }, { type: "constructor" }];
