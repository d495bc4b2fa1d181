/** What requests for pictures, their answers and events hold. */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";

export const GENERATIONS = "/images/generations";
export const EDITS = "/images/edits";
export const VARIATIONS = "/images/variations";

/** `image_generation.completed`, `image_edit.completed`: a picture is whole. */
export const COMPLETED = ".completed";
/** What a picture looks like on its way. */
export const PARTIAL = ".partial_image";

/** Whether a request asks for a series of pictures, in Seedream's words. */
export function makesSeries({ sequential_image_generation: series }: JsonObject): boolean {
  return series !== undefined && series !== null && series !== "disabled";
}

interface Given {
  /** An address, a data URL, or base64 alone. */
  readonly url: string;
  readonly param: string;
}

export const PICTURE_FIELDS = ["image", "images", "image_url", "image_urls", "mask"] as const;

/** The pictures that a request in JSON begins with, the mask last. */
export function picturesIn(body: JsonObject): readonly Given[] {
  return PICTURE_FIELDS.flatMap((param) => {
    const value = body[param];
    const items: readonly unknown[] = Array.isArray(value) ? value : [value];
    return items.flatMap((item) => {
      const url = isObject(item) ? (item["image_url"] ?? item["url"]) : item;
      const text = isObject(url) ? url["url"] : url;
      return typeof text === "string" && text !== "" ? [{ url: text, param }] : [];
    });
  });
}

/** The pictures of an answer. */
export function madeIn(body: JsonObject): readonly JsonObject[] {
  return objectsOf(body["data"]).filter(isPicture);
}

export function isPicture({ b64_json: data, url }: JsonObject): boolean {
  return [data, url].some((value) => typeof value === "string" && value !== "");
}
