/** A request's body in pieces, inflated, and counted while it arrives. */
import { Fault } from "../core/fault.ts";
import { FORMATS, inflate, isFormat } from "./inflate.ts";

/**
 * A plain body with a `content-length` comes in one piece. What is left of a body that is refused can still be read.
 * @throws Fault `unsupported_media_type`, `body_too_large`, and what reading and inflating throw
 */
export async function* bodyPieces(request: Request, maxBytes: number): AsyncGenerator<Uint8Array> {
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const isPlain = encoding === "" || encoding === "identity";
  if (!isPlain && !isFormat(encoding)) {
    throw new Fault("unsupported_media_type", { headers: { "accept-encoding": FORMATS.join(", ") } });
  }
  const length = request.headers.get("content-length");
  if (request.body === null) return;
  if (isPlain && length !== null) {
    if (Number(length) > maxBytes) throw tooLarge(maxBytes);
    yield new Uint8Array(await request.arrayBuffer());
    return;
  }
  let total = 0;
  const pieces = piecesOf(request.body);
  for await (const piece of isFormat(encoding) ? inflate(pieces, encoding) : pieces) {
    total += piece.byteLength;
    if (total > maxBytes) throw tooLarge(maxBytes);
    yield piece;
  }
}

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) yield piece.value;
  } finally {
    reader.releaseLock();
  }
}

export function tooLarge(limit: number): Fault {
  const detail = {
    en: "The request body is larger than {limit} bytes.",
    zh: "请求体超过 {limit} 字节的上限。",
  };
  return new Fault("body_too_large", { detail, values: { limit } });
}
