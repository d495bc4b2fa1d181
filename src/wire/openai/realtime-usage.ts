/** Usage in the events of OpenAI's realtime protocol, in disjoint counts. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";
import { countIn, numberIn, only } from "../values.ts";

/**
 * Of `response.done`; undefined = absent. A value that cannot be true becomes NaN or negative, and billing refuses it.
 * @see https://platform.openai.com/docs/api-reference/realtime-server-events/response/done
 */
export function readAnswerUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { input_tokens: prompt, output_tokens: written } = usage;
  if (prompt === undefined && written === undefined) return undefined;
  const input = detailsIn(usage["input_token_details"]);
  const cached = detailsIn(input["cached_tokens_details"]);
  const output = detailsIn(usage["output_token_details"]);
  const cachedRead = countIn(input["cached_tokens"]) ?? 0;
  const inputAudio = (countIn(input["audio_tokens"]) ?? 0) - (countIn(cached["audio_tokens"]) ?? 0);
  const inputImage = (countIn(input["image_tokens"]) ?? 0) - (countIn(cached["image_tokens"]) ?? 0);
  const outputAudio = countIn(output["audio_tokens"]) ?? 0;
  return {
    input: (countIn(prompt) ?? 0) - cachedRead - inputAudio - inputImage,
    cachedRead,
    inputAudio,
    inputImage,
    output: (countIn(written) ?? 0) - outputAudio,
    outputAudio,
  };
}

/** Of a transcription, by tokens or by its length. */
export function readTranscriptionUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  if (usage["type"] === "duration") {
    const seconds = numberIn(usage["seconds"]);
    return only({ durationMs: seconds === undefined ? undefined : Math.round(seconds * 1000) });
  }
  const { audio_tokens: sound } = detailsIn(usage["input_token_details"]);
  const all = countIn(usage["input_tokens"]);
  const inputAudio = countIn(sound) ?? all;
  return only({
    input: all === undefined || inputAudio === undefined ? undefined : all - inputAudio,
    inputAudio,
    output: countIn(usage["output_tokens"]),
  });
}

function detailsIn(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
