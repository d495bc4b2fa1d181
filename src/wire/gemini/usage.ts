import { objectsOf, type JsonObject } from "../../core/json.ts";
import { leastUsage, type Fee, type Usage } from "../../core/units.ts";
import { member } from "./names.ts";

/**
 * Google's `usageMetadata` in disjoint counts; undefined when it is absent. A value that cannot be true becomes NaN or
 * negative, and billing refuses it.
 * @see https://ai.google.dev/api/generate-content#UsageMetadata
 */
export function readUsage(usage: unknown, fees: ReadonlySet<Fee> = new Set()): Usage | undefined {
  const count = (name: string) => countIn(member(usage, name));
  const prompt = count("promptTokenCount");
  const candidates = count("candidatesTokenCount");
  const thoughts = count("thoughtsTokenCount");
  if (prompt === undefined && candidates === undefined && thoughts === undefined) return undefined;
  const cachedRead = count("cachedContentTokenCount");
  const [inputAudio, inputImage] = modalities(usage, "promptTokensDetails");
  const [outputAudio, outputImage] = modalities(usage, "candidatesTokensDetails");
  const fresh = (prompt ?? 0) + (count("toolUsePromptTokenCount") ?? 0) - (cachedRead ?? 0);
  const counts = {
    // Media may be cached, and is then counted as cached.
    input: fresh - atMost(inputAudio, fresh) - atMost(inputImage, fresh - atMost(inputAudio, fresh)),
    cachedRead,
    inputAudio: inputAudio === 0 ? undefined : atMost(inputAudio, fresh),
    inputImage: inputImage === 0 ? undefined : atMost(inputImage, fresh - atMost(inputAudio, fresh)),
    output: candidates === undefined ? 0 : candidates - outputAudio - outputImage,
    reasoning: thoughts,
    outputAudio: outputAudio === 0 ? undefined : outputAudio,
    outputImage: outputImage === 0 ? undefined : outputImage,
  };
  return {
    ...leastUsage(fees),
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value !== undefined)),
  };
}

/** Tokens of audio, and of pictures and films. */
function modalities(usage: unknown, name: string): [audio: number, image: number] {
  let [audio, image] = [0, 0];
  for (const detail of objectsOf(member(usage, name))) {
    const tokens = countIn(member(detail, "tokenCount")) ?? 0;
    if (detail["modality"] === "AUDIO") audio += tokens;
    if (detail["modality"] === "IMAGE" || detail["modality"] === "VIDEO") image += tokens;
  }
  return [audio, image];
}

function atMost(value: number, limit: number): number {
  return Math.min(value, Math.max(0, limit));
}

/** Tokens of the answer itself, of all kinds. */
export function candidatesIn({ output = 0, outputAudio = 0, outputImage = 0 }: Usage): number {
  return output + outputAudio + outputImage;
}

/** Disjoint counts as Google's `usageMetadata`. */
export function writeUsage(usage: Usage): JsonObject {
  const { input = 0, cachedRead = 0, cacheWrite = 0, cacheWrite1h = 0, inputAudio = 0, inputImage = 0 } = usage;
  const { reasoning = 0 } = usage;
  const prompt = input + cachedRead + cacheWrite + cacheWrite1h + inputAudio + inputImage;
  const candidates = candidatesIn(usage);
  return {
    promptTokenCount: prompt,
    ...(cachedRead > 0 ? { cachedContentTokenCount: cachedRead } : {}),
    candidatesTokenCount: candidates,
    ...(reasoning > 0 ? { thoughtsTokenCount: reasoning } : {}),
    totalTokenCount: prompt + candidates + reasoning,
  };
}

/** Large numbers may come as text. NaN for a value that cannot be a count. */
function countIn(value: unknown): number | undefined {
  if (value === undefined || value === null) return undefined;
  const count = typeof value === "string" && /^\d+$/.test(value) ? Number(value) : value;
  return typeof count === "number" && Number.isSafeInteger(count) ? count : Number.NaN;
}
