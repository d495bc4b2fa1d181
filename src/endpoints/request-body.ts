/** Reads a request's body, up to the size that is allowed. */
import { Fault } from "../core/fault.ts";
import { parseObject } from "../core/json.ts";
import { jsonPayload, NO_PAYLOAD, type JsonPayload, type Payload } from "../core/payload.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";

/** The kinds of bodies that an endpoint may accept. */
export type BodyKind = "json" | "form";

const ENCODINGS = ["gzip", "deflate"] as const;

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
  const bytes = await readBytes(request, maxBytes);
  if (kind === "form") return { kind, form: await readForm(bytes, type) };
  return parse(bytes);
}

/** Like {@link readPayload}, for endpoints that accept only JSON. */
export async function readJson(request: Request, maxBytes: number): Promise<JsonPayload> {
  if (kindOf(request.headers.get("content-type") ?? "") !== "json") throw new Fault("unsupported_media_type");
  return parse(await readBytes(request, maxBytes));
}

function parse(bytes: Uint8Array): JsonPayload {
  const text = decode(bytes);
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

/**
 * A plain body with a `content-length` is read in one piece. Any other is counted while it arrives, after it was
 * inflated.
 */
async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const isPlain = encoding === "" || encoding === "identity";
  const format = ENCODINGS.find((known) => known === encoding);
  if (!isPlain && format === undefined)
    throw new Fault("unsupported_media_type", { headers: { "accept-encoding": ENCODINGS.join(", ") } });
  const length = request.headers.get("content-length");
  if (isPlain && Number(length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  try {
    if (isPlain && length !== null) return new Uint8Array(await request.arrayBuffer());
    const body = format === undefined ? request.body : request.body?.pipeThrough(new DecompressionStream(format));
    return await readCounted(body ?? null, maxBytes);
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw unreadable(error);
  }
}

async function readCounted(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const pieces: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      length += value.byteLength;
      if (length > maxBytes) throw tooLarge(maxBytes);
      pieces.push(value);
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    throw error;
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.byteLength;
  }
  return bytes;
}

function decode(bytes: Uint8Array): string {
  try {
    return withoutMark(utf8Decoder(true).decode(bytes));
  } catch (error) {
    throw unreadable(error);
  }
}

function unreadable(cause: unknown): Fault {
  const detail = {
    en: "The request body could not be read: it is not UTF-8, or its compression is damaged.",
    zh: "无法读取请求体:不是 UTF-8 编码,或压缩数据已损坏。",
  };
  return new Fault("bad_json", { detail, cause });
}

function tooLarge(limit: number): Fault {
  const detail = {
    en: "The request body is larger than {limit} bytes.",
    zh: "请求体超过 {limit} 字节的上限。",
  };
  return new Fault("body_too_large", { detail, values: { limit } });
}
