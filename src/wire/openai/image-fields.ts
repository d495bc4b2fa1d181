/** The fields of a request for pictures, and what those say that prices depend on. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Attributes } from "../../core/units.ts";
import { fieldTable, words, type FieldGroup } from "../fields/field-table.ts";
import { invalid } from "../invalid.ts";
import { PROVIDER } from "../provider.ts";
import { numberIn, textIn } from "../values.ts";
import { EVERYWHERE } from "./request-fields.ts";

export const IMAGE_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Images",
    rule: "pass",
    names: words(`model prompt n size quality style response_format background output_format output_compression
      moderation stream partial_images input_fidelity complexity frame_count frame_duration_ms svg markup`),
  },
  {
    title: "Pictures to begin with (Seedream, Flux, Gemini, Kling and others, in JSON)",
    rule: "pass",
    names: words("image images mask image_url image_urls"),
  },
  {
    title: "Other vendors' pictures (Seedream, Qwen, Flux, Stable Diffusion, Imagen, xAI)",
    rule: "pass",
    names: words(`aspect_ratio image_size resolution width height seed negative_prompt guidance guidance_scale cfg_scale
      steps num_inference_steps sampler scheduler strength watermark prompt_extend prompt_upsampling safety_tolerance
      sequential_image_generation sequential_image_generation_options optimize_prompt_options enhance_prompt
      person_generation`),
  },
  ...EVERYWHERE,
];
export const IMAGE_FIELDS = fieldTable(IMAGE_GROUPS, { provider: PROVIDER });

/** `1024x1024`, also as other vendors write it. */
const PIXELS = /^([1-9]\d{1,4})[x×*]([1-9]\d{1,4})$/i;
const RATIO = /^\d+:\d+$/;
/** `auto`, `2K`, `16:9`. */
const WORD = /^(?!\d*[x×*]\d*$)[a-z0-9][a-z0-9.:_-]{0,31}$/i;

/**
 * Size and quality as prices name them: `1024x1024`, `hd`. `auto` leaves the choice to the upstream.
 * @throws Fault `invalid_parameter` for what could be another way to write a size that has a price, and for two sizes
 */
export function imageAttributes(body: JsonObject): Attributes {
  const { image_size: inner } = body;
  const written = {
    size: oneSize([body["size"], isObject(inner) ? pixelsIn(inner) : inner, pixelsIn(body)]),
    quality: wordOf("quality", body["quality"]),
    resolution: wordOf("resolution", body["resolution"]),
  };
  return Object.fromEntries(Object.entries(written).filter(([, value]) => value !== undefined && value !== "auto"));
}

/** A vendor obeys one of the fields that say a size: so they must say the same. A ratio says nothing of the number of pixels. */
function oneSize(values: readonly unknown[]): string | undefined {
  const known = values.map(sizeOf).filter((size) => size !== undefined);
  const said = [...new Set(known)].filter((size) => size !== "auto");
  const [size, ...others] = said.length > 1 ? said.filter((one) => !RATIO.test(one)) : said;
  if (others.length === 0) return size ?? said[0];
  throw invalid("size", "is said twice, and not the same", "出现两次且不一致");
}

function pixelsIn({ width, height }: JsonObject): string | undefined {
  const sides = [width, height];
  if (sides.every((side) => side === undefined || side === null)) return undefined;
  return sides.map((side) => textIn(side) ?? numberIn(side) ?? "auto").join("x");
}

/** @throws Fault `invalid_parameter` */
function sizeOf(size: unknown): string | undefined {
  const [, width, height] = PIXELS.exec(textIn(size) ?? "") ?? [];
  return width === undefined || height === undefined ? wordOf("size", size) : `${width}x${height}`;
}

function wordOf(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && WORD.test(value)) return value.toLowerCase();
  throw invalid(
    name,
    "is none that is known, such as '1024x1024', '2K', 'high' or 'auto'",
    "无效,例如 '1024x1024'、'2K'、'high' 或 'auto'",
  );
}
