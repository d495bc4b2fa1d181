/** The size of pictures, in Google's words. @see https://ai.google.dev/gemini-api/docs/image-generation */
import type { JsonObject } from "../../core/json.ts";
import type { PictureWishes } from "../../operation/chat/conversation.ts";
import { invalid } from "../invalid.ts";
import { inner, member } from "./names.ts";

/** Width by height. */
const RATIOS = ["1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"] as const;
/** The longest side that the usual size has, and the next one. */
const USUAL = 1536;
const DOUBLE = 2560;

/** The size that a client of Google's asks for, as prices name it. @throws Fault `invalid_parameter` */
export function sizeAsked(config: JsonObject): string | undefined {
  const size = member(inner(config, "imageConfig"), "imageSize");
  if (size === undefined || size === null) return undefined;
  if (typeof size === "string" && /^\w{1,8}$/.test(size)) return size.toLowerCase();
  throw invalid("generationConfig.imageConfig.imageSize", "must be such as '2K'", "应如 '2K'");
}

export function imageConfigOf({ size }: PictureWishes = {}): JsonObject | undefined {
  if (size === undefined) return undefined;
  if (/^[124]k$/i.test(size)) return { imageSize: size.toUpperCase() };
  if (/^\d+:\d+$/.test(size)) return { aspectRatio: size };
  const [, width, height] = /^(\d+)\D(\d+)$/.exec(size) ?? [];
  if (width === undefined || height === undefined) return undefined;
  const longest = Math.max(Number(width), Number(height));
  return {
    aspectRatio: nearest(Number(width) / Number(height)),
    ...(longest <= USUAL ? {} : { imageSize: longest <= DOUBLE ? "2K" : "4K" }),
  };
}

/** By the factor between the two. */
function nearest(wanted: number): string {
  const farness = (ratio: string) => {
    const [width = 1, height = 1] = ratio.split(":").map(Number);
    return Math.abs(Math.log(wanted / (width / height)));
  };
  return RATIOS.toSorted((one, other) => farness(one) - farness(other))[0] ?? "1:1";
}
