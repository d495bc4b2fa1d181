/**
 * Text that is said aloud.
 * @see https://platform.openai.com/docs/api-reference/audio/createSpeech
 */
import { fromBase64, toBase64 } from "../../core/base64.ts";
import { DONE, writeFrame, type Frame } from "../../core/frame.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Usage } from "../../core/units.ts";
import { longestMs, SoundMeter, soundTokens } from "../../operation/speech/sound.ts";
import { EventWriter } from "../event-writer.ts";
import { fieldTable, words, type FieldGroup } from "../fields/field-table.ts";
import { invalid, missing } from "../invalid.ts";
import { PROVIDER } from "../provider.ts";
import { broken, eventDraft, NOTHING } from "../reading.ts";
import { jsonOf } from "../request-members.ts";
import { scrub } from "../scrub.ts";
import type { AnswerReader, ClientRequest, MediaFrames, ModelText, Step, Whole, Wire } from "../types.ts";
import { numberIn, textIn } from "../values.ts";
import { readWhole, writeWhole } from "../whole-request.ts";
import { errorIn } from "./error-in.ts";
import { EVERYWHERE } from "./request-fields.ts";

/** OpenAI's own limit, in characters. */
export const MAX_INPUT = 4096;

export const speech: Wire = {
  name: "openai.speech",
  operation: "speech",
  read: readSpeech,
  address: () => ({ method: "POST", path: "/audio/speech" }),
  write: (request, target) => ({ ...writeWhole(request, target, SPEECH_FIELDS), headers: { accept: "*/*" } }),
  answers: (_target, request) => new SpeechReader(request),
  client: (request) => new SpeechWriter(request),
};

export const SPEECH_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Speech",
    rule: "pass",
    names: words("model input voice response_format speed instructions stream_format"),
  },
  {
    title: "Other vendors' voices (MiniMax, Qwen, SiliconFlow, Groq, Kokoro, Fish Audio)",
    rule: "pass",
    names:
      words(`language language_type language_boost lang_code sample_rate bitrate channel gain volume pitch emotion style
      voice_setting audio_setting pronunciation_dict timbre_weights voice_modify subtitle_enable normalize normalization_options
      references prompt_text temperature top_p chunk_length latency`),
  },
  ...EVERYWHERE,
];
const SPEECH_FIELDS = fieldTable(SPEECH_GROUPS, { provider: PROVIDER });

const FORMATS: Readonly<Record<string, string>> = {
  mp3: "audio/mpeg",
  opus: "audio/opus",
  aac: "audio/aac",
  flac: "audio/flac",
  wav: "audio/wav",
  pcm: "audio/pcm",
};

function readSpeech(payload: Payload): ClientRequest {
  const { value: body } = jsonOf(payload);
  const { input, speed } = askedIn(body);
  const ms = longestMs(input, speed);
  const request = readWhole(speech, payload, {
    operation: "speech",
    fields: SPEECH_FIELDS,
    maxOutput: soundTokens(ms),
    units: { characters: charactersIn(input), durationMs: ms },
    promptText: () => input,
  });
  return { ...request, stream: streamsIn(body) };
}

/** As people count them, and vendors: each is a code point. */
function charactersIn(text: string): number {
  return Array.from(text).length;
}

interface Asked {
  readonly input: string;
  readonly speed: number;
  readonly format: string;
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function askedIn({ input, speed, response_format: format }: JsonObject): Asked {
  if (input === undefined || input === null || input === "") throw missing("input");
  if (typeof input !== "string") throw invalid("input", "must be a text", "必须是文本");
  if (charactersIn(input) > MAX_INPUT) {
    throw invalid("input", `must have at most ${MAX_INPUT} characters`, `最多 ${MAX_INPUT} 个字符`);
  }
  const pace = speed === undefined || speed === null ? 1 : numberIn(speed);
  if (pace === undefined || pace < 0.25 || pace > 4) {
    throw invalid("speed", "must be a number from 0.25 to 4", "必须是 0.25 到 4 之间的数字");
  }
  return { input, speed: pace, format: textIn(format) ?? "mp3" };
}

/** @throws Fault `invalid_parameter` */
function streamsIn({ stream_format: format }: JsonObject): boolean {
  if (format === undefined || format === null || format === "audio") return false;
  if (format === "sse") return true;
  throw invalid("stream_format", "must be 'audio' or 'sse'", "必须是 'audio' 或 'sse'");
}

const DOCUMENTED: ReadonlySet<string> = new Set(words("type audio usage"));

/** Whether PCM may have other than 24,000 samples a second, as some vendors let a client choose: its bytes do not tell then. */
function hasOwnRate({ sample_rate: rate, channel, audio_setting: setting }: JsonObject): boolean {
  return (rate ?? 24_000) !== 24_000 || (channel ?? 1) !== 1 || (setting ?? null) !== null;
}

class SpeechReader implements AnswerReader {
  readonly #format: string;
  readonly #characters: number;
  readonly #meter: SoundMeter;
  #isOver = false;

  constructor({ payload }: ClientRequest) {
    const { value: body } = jsonOf(payload);
    const { input, speed, format } = askedIn(body);
    this.#format = format;
    this.#characters = charactersIn(input);
    const isUnknown = format === "pcm" && hasOwnRate(body);
    this.#meter = new SoundMeter(isUnknown ? "unknown" : format, input, speed);
  }

  /** Sound comes as bytes, whatever kind of media an upstream says it is. What was read as a text is no sound. */
  whole(payload: Payload): Whole {
    if (payload.kind === "json")
      throw new UpstreamError(errorIn(payload.value) ?? { message: "an answer without sound" });
    if (payload.kind !== "bytes" || !(payload.body instanceof ReadableStream)) throw broken("an answer without sound");
    const type = payload.type.startsWith("audio/")
      ? payload.type
      : (FORMATS[this.#format] ?? "application/octet-stream");
    return { body: { ...payload, type }, usage: this.#usage(), text: { output: "", reasoning: "" } };
  }

  media(bytes: Uint8Array): ModelText {
    return { output: "", reasoning: "", soundMs: this.#meter.add(bytes) };
  }

  step({ data, event }: Frame): Step {
    if (data.trim() === DONE) return { ...this.end(), isLast: true };
    const draft = eventDraft(data);
    const error = errorIn(draft.value, event);
    if (error !== undefined) throw new UpstreamError(error);
    scrub(draft, DOCUMENTED);
    const { type, audio, usage } = draft.value;
    const pieces = [{ draft }];
    if (type === "speech.audio.done") {
      this.#isOver = true;
      return { ...NOTHING, pieces, finishes: true, isLast: true, usage: this.#usage(usage) };
    }
    if (typeof audio !== "string" || audio === "") return { ...NOTHING, pieces };
    return { ...NOTHING, pieces, isMeaningful: true, usage: this.#usage(), text: this.media(bytesIn(audio)) };
  }

  end(): Step {
    if (this.#isOver) return NOTHING;
    throw broken("the stream ended before it was whole", this.#usage());
  }

  cut(): Step {
    return { ...NOTHING, isLast: true };
  }

  /** The characters are ours to count. */
  #usage(reported?: unknown): Usage {
    const { input_tokens: input, output_tokens: output } = isObject(reported) ? reported : {};
    return {
      characters: this.#characters,
      ...(typeof input === "number" ? { input } : {}),
      ...(typeof output === "number" ? { output: 0, outputAudio: output } : {}),
    };
  }
}

const EVENTS: MediaFrames = {
  frame: (bytes) => writeFrame(JSON.stringify({ type: "speech.audio.delta", audio: toBase64(bytes) })),
  end: (counted) => {
    const { input = 0, outputAudio = 0 } = counted();
    const usage = { input_tokens: input, output_tokens: outputAudio, total_tokens: input + outputAudio };
    return writeFrame(JSON.stringify({ type: "speech.audio.done", usage }));
  },
};

/** @throws Fault `upstream_error` for a text that is no base64 */
function bytesIn(audio: string): Uint8Array {
  try {
    return fromBase64(audio);
  } catch (error) {
    throw broken(`sound that is no base64: ${String(error)}`);
  }
}

class SpeechWriter extends EventWriter {
  readonly media?: MediaFrames;

  constructor({ stream }: ClientRequest) {
    super();
    if (stream === true) this.media = EVENTS;
  }

  whole(body: Whole["body"]): Payload {
    if ("kind" in body) return body;
    throw broken("an answer without sound");
  }
}
