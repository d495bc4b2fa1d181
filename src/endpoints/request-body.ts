/** Reads a request's body, up to the size that is allowed. */
import { Fault } from "../core/fault.ts";
import { parseObject } from "../core/json.ts";
import { MAX_JSON_VALUES, ValueCounter } from "../core/json-values.ts";
import { jsonPayload, NO_PAYLOAD, type JsonPayload, type Payload } from "../core/payload.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";
import { bodyPieces } from "./body-pieces.ts";

/** The kinds of bodies that an endpoint may accept. */
export type BodyKind = "json" | "form";

/**
 * The body as a payload. GET and HEAD have none.
 * @param accepts the kinds that the endpoint accepts; a body without a content type is JSON
 * @throws Fault `unsupported_media_type`, `body_too_large`, `bad_json`
 */
export async function readPayload(
  request: Request,
  maxBytes: number,
  accepts: readonly BodyKind[] = ["json"],
): Promise<Payload> {
  if (request.method === "GET" || request.method === "HEAD") return NO_PAYLOAD;
  const type = request.headers.get("content-type")?.trim() ?? "";
  const kind = kindOf(type);
  if (kind === undefined || !accepts.includes(kind)) throw new Fault("unsupported_media_type");
  if (kind === "form") return { kind, form: await readForm(await readBytes(request, maxBytes), type) };
  return parse(await readText(request, maxBytes));
}

/** Like {@link readPayload}, for endpoints that accept only JSON. */
export async function readJson(request: Request, maxBytes: number): Promise<JsonPayload> {
  if (kindOf(request.headers.get("content-type") ?? "") !== "json") throw new Fault("unsupported_media_type");
  return parse(await readText(request, maxBytes));
}

function parse(text: string): JsonPayload {
  return jsonPayload(parseObject(text), text);
}

function kindOf(contentType: string): BodyKind | undefined {
  const type = contentType.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type === "" || type === "application/json" || /^application\/[\w.-]+\+json$/.test(type)) return "json";
  return type === "multipart/form-data" ? "form" : undefined;
}

async function readForm(bytes: Uint8Array<ArrayBuffer>, type: string): Promise<FormData> {
  try {
    return await new Response(bytes, { headers: { "content-type": type } }).formData();
  } catch (error) {
    const detail = { en: "The form in the request body is damaged.", zh: "请求体中的表单已损坏。" };
    throw new Fault("bad_json", { detail, cause: error });
  }
}

/** Decodes each piece at once, so that the bytes and the text of an inflated body are never both there as a whole. */
async function readText(request: Request, maxBytes: number): Promise<string> {
  const decoder = utf8Decoder(true);
  const values = new ValueCounter();
  const parts: string[] = [];
  try {
    for await (const piece of bodyPieces(request, maxBytes)) {
      values.add(piece);
      if (values.exceedsLimit) throw tooManyValues();
      parts.push(decoder.decode(piece, { stream: true }));
    }
    parts.push(decoder.decode());
  } catch (error) {
    throw asUnreadable(error);
  }
  return withoutMark(parts.join(""));
}

async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of bodyPieces(request, maxBytes)) pieces.push(piece.slice());
  } catch (error) {
    throw asUnreadable(error);
  }
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.byteLength, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

function tooManyValues(): Fault {
  return new Fault("body_too_large", {
    detail: {
      en: `The request body holds more than ${MAX_JSON_VALUES} JSON values.`,
      zh: `请求体包含的 JSON 值超过 ${MAX_JSON_VALUES} 个。`,
    },
  });
}

function asUnreadable(error: unknown): Fault {
  if (error instanceof Fault) return error;
  const detail = {
    en: "The request body could not be read: it is not UTF-8, or its compression is damaged.",
    zh: "无法读取请求体:不是 UTF-8 编码,或压缩数据已损坏。",
  };
  return new Fault("bad_json", { detail, cause: error });
}
