/** The tokens of pictures. @see https://platform.openai.com/docs/api-reference/images/object */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Usage } from "../../core/units.ts";
import { numberIn, only } from "../values.ts";

/** In disjoint counts; undefined when it is absent. A value that cannot be true becomes NaN or negative. */
export function readImageUsage(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { input_tokens: input, output_tokens: output } = usage;
  if (input === undefined && output === undefined) return undefined;
  const [prompt, made] = [count(input), count(output)];
  const inputImage = detail(usage["input_tokens_details"], "image_tokens");
  // What is made is pictures, unless the upstream says that some of it is text.
  const text = detail(usage["output_tokens_details"], "text_tokens");
  return {
    input: prompt - inputImage,
    ...(inputImage === 0 ? {} : { inputImage }),
    output: text,
    outputImage: made - text,
  };
}

export function writeImageUsage(usage: Usage): JsonObject {
  const { input = 0, cachedRead = 0, inputImage = 0, output = 0, reasoning = 0, outputImage = 0 } = usage;
  const [read, made] = [input + cachedRead + inputImage, output + reasoning + outputImage];
  return {
    input_tokens: read,
    input_tokens_details: { text_tokens: input + cachedRead, image_tokens: inputImage },
    output_tokens: made,
    output_tokens_details: { text_tokens: output + reasoning, image_tokens: outputImage },
    total_tokens: read + made,
  };
}

/** The sum of what several pictures tell: each its own tokens, or the last those of all. undefined = none tells any. */
export function sumOfUsage(usages: readonly unknown[]): JsonObject | undefined {
  const known = usages.map(readImageUsage).filter((usage) => usage !== undefined);
  if (known.length === 0) return undefined;
  const sum = (unit: keyof Usage) => known.reduce((total, usage) => total + (usage[unit] ?? 0), 0);
  return writeImageUsage(
    only({
      input: sum("input"),
      inputImage: sum("inputImage"),
      output: sum("output"),
      outputImage: sum("outputImage"),
    }),
  );
}

function detail(details: unknown, name: string): number {
  return isObject(details) ? count(details[name]) : 0;
}

function count(value: unknown): number {
  if (value === undefined || value === null) return 0;
  const number = numberIn(value);
  return number !== undefined && Number.isSafeInteger(number) ? number : Number.NaN;
}
