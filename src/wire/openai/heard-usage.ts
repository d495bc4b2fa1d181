/** What an answer to a recording says that it used. @see https://platform.openai.com/docs/api-reference/audio/json-object */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";
import { countIn, numberIn, only } from "../values.ts";
import { readUsage } from "./usage.ts";

/**
 * Seconds, tokens or both, in disjoint counts; undefined = it tells neither. A value that cannot be true becomes NaN or negative.
 * @param body an answer, or the last event of a stream
 */
export function readHeardUsage({ usage, duration }: JsonObject): Usage | undefined {
  const told = isObject(usage) ? usage : {};
  // Mistral has the third name.
  const durationMs = millisecondsIn(told["seconds"] ?? told["duration"] ?? told["prompt_audio_seconds"] ?? duration);
  const counts = { ...tokensIn(told), ...only({ durationMs }) };
  return Object.keys(counts).length === 0 ? undefined : counts;
}

/** Without details, the whole prompt is sound. Some servers count as in a chat. */
function tokensIn(usage: JsonObject): Usage {
  const { input_tokens: prompt, output_tokens: output } = usage;
  if (prompt === undefined && output === undefined) {
    const { input, ...rest } = readUsage(usage) ?? {};
    return input === undefined || rest.inputAudio !== undefined
      ? only({ input, ...rest })
      : { ...rest, inputAudio: input };
  }
  const details = usage["input_token_details"] ?? usage["input_tokens_details"];
  const { text_tokens: text, audio_tokens: audio } = isObject(details) ? details : {};
  const whole = countIn(prompt);
  const sound = countIn(audio) ?? (whole === undefined ? undefined : whole - (countIn(text) ?? 0));
  return only({
    input: whole === undefined || sound === undefined ? undefined : whole - sound,
    inputAudio: sound,
    output: countIn(output),
  });
}

/** Seconds, also as a text. Servers that do not know them say 0. */
function millisecondsIn(seconds: unknown): number | undefined {
  const number = typeof seconds === "string" && seconds.trim() !== "" ? Number(seconds) : numberIn(seconds);
  if (seconds === undefined || seconds === null || number === 0) return undefined;
  return number === undefined ? Number.NaN : Math.ceil(number * 1000);
}
