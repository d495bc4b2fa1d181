/** Reads a request's body, up to the size that is allowed. */
import { Fault } from "../core/fault.ts";
import { joined } from "../core/joined.ts";
import { parseObject } from "../core/json.ts";
import { MAX_JSON_VALUES, ValueCounter } from "../core/json-values.ts";
import { jsonPayload, NO_PAYLOAD, type JsonPayload, type Payload } from "../core/payload.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";
import { bodyPieces } from "./body-pieces.ts";
import { readForm, type FormSizes } from "./read-form.ts";

/** The kinds of bodies that an endpoint may accept. */
export type BodyKind = "json" | "form";

/**
 * The body as a payload. GET and HEAD have none.
 * @param accepts the kinds that the endpoint accepts; a body without a content type is JSON
 * @throws Fault `unsupported_media_type`, `body_too_large`, `bad_json`
 */
export async function readPayload(
  request: Request,
  sizes: FormSizes,
  accepts: readonly BodyKind[] = ["json"],
): Promise<Payload> {
  if (request.method === "GET" || request.method === "HEAD") return NO_PAYLOAD;
  const type = request.headers.get("content-type")?.trim() ?? "";
  const kind = kindOf(type);
  if (kind === undefined || !accepts.includes(kind)) throw new Fault("unsupported_media_type");
  if (kind === "form") return { kind, form: await readForm(request, type, sizes) };
  return parse(await readText(request, sizes.maxBytes));
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

/** For a body that the gateway put together. @throws Fault `body_too_large` */
export function refuseManyValues(text: string): void {
  refuseMore(new ValueCounter(), new TextEncoder().encode(text));
}

function refuseMore(values: ValueCounter, piece: Uint8Array): void {
  values.add(piece);
  if (values.exceedsLimit) throw tooManyValues();
}

/** Counts the values before the text is made: bytes take less memory while they are collected. */
async function readText(request: Request, maxBytes: number): Promise<string> {
  const values = new ValueCounter();
  const bytes = await readBytes(request, maxBytes, (piece) => refuseMore(values, piece));
  try {
    return withoutMark(utf8Decoder(true).decode(bytes));
  } catch (error) {
    throw unreadable(error);
  }
}

/** @param look sees each piece when it arrives, and may throw a fault */
async function readBytes(
  request: Request,
  maxBytes: number,
  look: (piece: Uint8Array) => void = () => undefined,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  try {
    for await (const piece of bodyPieces(request, maxBytes)) {
      look(piece);
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof Fault ? error : unreadable(error);
  }
  return joined(pieces);
}

function tooManyValues(): Fault {
  return new Fault("body_too_large", {
    detail: {
      en: `The request body holds more than ${MAX_JSON_VALUES} JSON values.`,
      zh: `请求体包含的 JSON 值超过 ${MAX_JSON_VALUES} 个。`,
    },
  });
}

function unreadable(cause: unknown): Fault {
  const detail = {
    en: "The request body could not be read: it is not UTF-8, or its compression is damaged.",
    zh: "无法读取请求体:不是 UTF-8 编码,或压缩数据已损坏。",
  };
  return new Fault("bad_json", { detail, cause });
}
