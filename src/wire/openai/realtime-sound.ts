/** What a session of OpenAI's realtime protocol says of its sound, and how long sound is. Pure. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Said, Transcript } from "../realtime-types.ts";
import { textBytes } from "../request-members.ts";
import { numberIn, textIn, textOrEmpty } from "../values.ts";

/** Bytes of sound in a second: 24,000 samples of two bytes, telephone's 8,000 of one, and the least of what is compressed. */
export const PCM_RATE = 48_000;
const TELEPHONE_RATE = 8000;
const LEAST_RATE = 1000;
const TELEPHONE = /pcmu|pcma|g711/;
const PCM = /pcm/;

interface Sides {
  readonly input: JsonObject;
  readonly output: JsonObject;
}

export function audioIn({ audio }: JsonObject): Sides {
  const { input, output } = isObject(audio) ? audio : {};
  return { input: isObject(input) ? input : {}, output: isObject(output) ? output : {} };
}

/** Bytes in a second of one side of a session; undefined where the session does not say. */
export function rateOf({ format }: JsonObject): number | undefined {
  const type = isObject(format) ? textIn(format["type"]) : textIn(format);
  if (type === undefined) return undefined;
  if (TELEPHONE.test(type)) return TELEPHONE_RATE;
  if (!PCM.test(type)) return LEAST_RATE;
  const samples = isObject(format) ? numberIn(format["rate"]) : undefined;
  return samples === undefined ? PCM_RATE : Math.max(LEAST_RATE, 2 * samples);
}

/** Of sound in base64. */
export function soundMs(data: unknown, rate: number): number {
  return typeof data === "string" ? (data.length * 0.75 * 1000) / rate : 0;
}

/** Whether a session has what the client says written down. */
export function transcribing(session: unknown): Pick<Said, "transcribes"> {
  const { transcription } = audioIn(isObject(session) ? session : {}).input;
  if (!isObject(transcription)) return {};
  return { transcribes: { promptBytes: textBytes(textOrEmpty(transcription["prompt"])) } };
}

export function transcriptIn({ item_id: item, delta, transcript }: JsonObject): Transcript {
  return { item: textOrEmpty(item), text: textIn(transcript) ?? textOrEmpty(delta) };
}
