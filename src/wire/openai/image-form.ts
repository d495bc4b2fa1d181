/** OpenAI takes pictures as files of a form; clients and other vendors also send them in JSON. */
import { fromBase64, toBase64 } from "../../core/base64.ts";
import { bytesOf, fieldPart, type Form, type FormPart } from "../../core/form-parts.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Source } from "../../operation/chat/conversation.ts";
import { filesIn } from "../form-request.ts";
import { sourceOfUrl, typeOfPicture } from "../media.ts";
import { unsupported } from "../unsupported.ts";
import { PICTURE_FIELDS, picturesIn } from "./image-members.ts";

/** A request in JSON as a form; undefined = an address is among its pictures, which no form can hold. */
export function formOf(body: JsonObject): Form | undefined {
  const pictures = picturesIn(body).map(({ url, param }) => ({ source: sourceOfUrl(url, "image/png"), param }));
  const files = pictures.flatMap(({ source, param }) =>
    source.kind === "data" ? [fileOf(source.data, param === "mask" ? "mask" : "image[]")] : [],
  );
  if (files.length < pictures.length) return undefined;
  const fields = Object.entries(body).filter(([name, value]) => {
    const isPicture = (PICTURE_FIELDS as readonly string[]).includes(name);
    return !isPicture && value !== undefined && value !== null;
  });
  return [...fields.map(([name, value]) => fieldPart(name, written(value))), ...files];
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** @throws Fault `unsupported_feature` for a text that is no base64 */
function fileOf(data: string, name: string): FormPart {
  const type = typeOfPicture(data) ?? "image/png";
  try {
    return { name, filename: `image.${type.replace("image/", "")}`, type, pieces: [fromBase64(data)] };
  } catch {
    throw unsupported("image", "is no picture in base64", "不是有效的 base64 图片");
  }
}

/** The files of a form, without the mask. Each stands in memory as base64 once. */
export function picturesOfForm(payload: Payload): readonly Source[] {
  return filesIn(payload, "image").map((part) => {
    const data = toBase64(bytesOf(part));
    return { kind: "data", type: typeOfPicture(data) ?? part.type ?? "image/png", data };
  });
}
