/**
 * The settings of a Realtime session or response. The beta has them all on one level; the present protocol nests most of
 * them. One table serves both directions.
 * @see https://platform.openai.com/docs/guides/realtime#beta-to-ga-migration
 */
import type { JsonPlace } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { invalid } from "../invalid.ts";

/** How the values of a setting differ between the two generations. Null is the same in both. */
interface ValuePair {
  /** @throws Fault `invalid_parameter` for a value that the beta does not have */
  readonly nest: (value: unknown, param: string) => unknown;
  /** @returns undefined for a value that the beta does not have: the client does not see the setting */
  readonly flatten: (value: unknown) => unknown;
}

interface Setting {
  /** Its name in the beta. */
  readonly flat: string;
  /** The objects around it today, the outermost first. */
  readonly within: readonly string[];
  /** Its name today. */
  readonly name: string;
  /** Undefined: the values are the same. */
  readonly values?: ValuePair;
}

const INPUT = ["audio", "input"];
const OUTPUT = ["audio", "output"];

const FORMATS: readonly { readonly flat: string; readonly nested: Readonly<JsonObject> }[] = [
  { flat: "pcm16", nested: { type: "audio/pcm", rate: 24_000 } },
  { flat: "g711_ulaw", nested: { type: "audio/pcmu" } },
  { flat: "g711_alaw", nested: { type: "audio/pcma" } },
];

const FORMAT_VALUES: ValuePair = {
  nest: (value, param) => {
    const found = FORMATS.find(({ flat }) => flat === value);
    if (found === undefined) {
      throw invalid(param, "must be 'pcm16', 'g711_ulaw' or 'g711_alaw'", "必须是 'pcm16'、'g711_ulaw' 或 'g711_alaw'");
    }
    return { ...found.nested };
  },
  flatten: (value) => {
    const type = isObject(value) ? value["type"] : undefined;
    return FORMATS.find(({ nested }) => nested["type"] === type)?.flat;
  },
};

/** Audio comes with its transcript. The beta calls this `["text", "audio"]`; the present protocol calls it `["audio"]`. */
const MODALITY_VALUES: ValuePair = {
  nest: (value, param) => {
    if (!Array.isArray(value) || value.length === 0 || !value.every(isModality)) {
      throw invalid(param, `must be ["text"] or ["text", "audio"]`, `必须是 ["text"] 或 ["text", "audio"]`);
    }
    return value.includes("audio") ? ["audio"] : ["text"];
  },
  flatten: (value) => (Array.isArray(value) && value.includes("audio") ? ["text", "audio"] : value),
};

function isModality(value: unknown): boolean {
  return value === "text" || value === "audio";
}

/** The settings that the present protocol reports of a response. */
export const RESPONSE_SETTINGS: readonly Setting[] = [
  { flat: "modalities", within: [], name: "output_modalities", values: MODALITY_VALUES },
  { flat: "voice", within: OUTPUT, name: "voice" },
  { flat: "output_audio_format", within: OUTPUT, name: "format", values: FORMAT_VALUES },
];

/**
 * The settings that a client may ask of a response. A response that a server sends has `max_output_tokens` in both
 * generations.
 */
export const REQUESTED_SETTINGS: readonly Setting[] = [
  ...RESPONSE_SETTINGS,
  { flat: "max_response_output_tokens", within: [], name: "max_output_tokens" },
];

export const SESSION_SETTINGS: readonly Setting[] = [
  ...REQUESTED_SETTINGS,
  { flat: "speed", within: OUTPUT, name: "speed" },
  { flat: "input_audio_format", within: INPUT, name: "format", values: FORMAT_VALUES },
  { flat: "input_audio_transcription", within: INPUT, name: "transcription" },
  { flat: "input_audio_noise_reduction", within: INPUT, name: "noise_reduction" },
  { flat: "turn_detection", within: INPUT, name: "turn_detection" },
];

/**
 * Moves the beta's settings to where they are today. If a setting already has a value there, that value wins.
 * @param param the name of the object, for faults
 * @throws Fault `invalid_parameter`
 */
export function nest(place: JsonPlace, settings: readonly Setting[], param: string): void {
  for (const { flat, within, name, values } of settings) {
    const value = place.value[flat];
    if (value === undefined) continue;
    const nested = value === null || values === undefined ? value : values.nest(value, `${param}.${flat}`);
    place.set(flat, undefined);
    const holder = holderIn(place, within, param);
    if (holder.value[name] === undefined) holder.set(name, nested);
  }
}

/** The object at the end of `within`. It is made where there is none. */
function holderIn(place: JsonPlace, within: readonly string[], param: string): JsonPlace {
  let holder = place;
  let path = param;
  for (const name of within) {
    path += `.${name}`;
    const inner = holder.value[name];
    if (inner !== undefined && inner !== null && !isObject(inner))
      throw invalid(path, "must be an object", "必须是对象");
    holder = holder.ownObject(name);
  }
  return holder;
}

/** Moves the settings to where the beta has them. Other members of `audio` are left out. */
export function flatten(place: JsonPlace, settings: readonly Setting[]): void {
  for (const { flat, within, name, values } of settings) {
    const nested = valueIn(place.value, within, name);
    if (within.length === 0) place.set(name, undefined);
    const value = nested === null || values === undefined ? nested : values.flatten(nested);
    if (value !== undefined) place.set(flat, value);
  }
  place.set("audio", undefined);
}

function valueIn(value: JsonObject, within: readonly string[], name: string): unknown {
  let holder: unknown = value;
  for (const step of within) holder = isObject(holder) ? holder[step] : undefined;
  return isObject(holder) ? holder[name] : undefined;
}
