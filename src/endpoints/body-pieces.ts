/** A request's body in pieces, inflated, and counted while it arrives. */
import { Fault } from "../core/fault.ts";
import { within } from "../core/within.ts";
import { FORMATS, inflate, isFormat } from "./inflate.ts";

/** How much of a body that is refused is read on. A client that cannot write its body may not read the refusal. */
const DISCARD_BYTES = 1024 * 1024;
const DISCARD_MS = 1000;

/**
 * A plain body with a `content-length` comes in one piece.
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
  if (isPlain && length !== null && Number(length) <= maxBytes) {
    yield new Uint8Array(await request.arrayBuffer());
    return;
  }
  const source = new Source(request.body);
  try {
    if (isPlain && length !== null) throw await source.refusal(maxBytes);
    let total = 0;
    for await (const piece of isFormat(encoding) ? inflate(source.pieces(), encoding) : source.pieces()) {
      total += piece.byteLength;
      if (total > maxBytes) throw await source.refusal(maxBytes);
      yield piece;
    }
  } finally {
    source.cancel();
  }
}

class Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;

  constructor(body: ReadableStream<Uint8Array>) {
    this.#reader = body.getReader();
  }

  async *pieces(): AsyncGenerator<Uint8Array> {
    for (let piece = await this.#reader.read(); !piece.done; piece = await this.#reader.read()) yield piece.value;
  }

  /** Reads on for a while, and returns the fault for a body that is too large. */
  async refusal(limit: number): Promise<Fault> {
    await within(DISCARD_MS, this.#discard()).catch(() => undefined);
    const detail = {
      en: "The request body is larger than {limit} bytes.",
      zh: "请求体超过 {limit} 字节的上限。",
    };
    return new Fault("body_too_large", { detail, values: { limit } });
  }

  /** Nobody waits until the body is cancelled. */
  cancel(): void {
    this.#reader.cancel().catch(() => undefined);
  }

  async #discard(): Promise<void> {
    let left = DISCARD_BYTES;
    for await (const piece of this.pieces()) {
      left -= piece.byteLength;
      if (left <= 0) return;
    }
  }
}
