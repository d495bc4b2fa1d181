/**
 * Inflates a body in small steps. workerd inflates all that it is given at once, so 1 MB of gzip becomes a GiB before the
 * first byte of it can be counted. Therefore a little is written, and all that it became is read, before the next.
 */

/** The values of `Content-Encoding` that are accepted. */
export const FORMATS = ["gzip", "deflate"] as const;
type Format = (typeof FORMATS)[number];

export function isFormat(encoding: string): encoding is Format {
  return (FORMATS as readonly string[]).includes(encoding);
}

/** Deflate makes at most 1,032 bytes of one, so a step holds at most 2 MiB. */
const STEP_BYTES = 2048;
const READ_BYTES = 16_384;

/** @throws TypeError for damaged data */
export async function* inflate(pieces: AsyncIterable<Uint8Array>, format: Format): AsyncGenerator<Uint8Array> {
  const { readable, writable } = new DecompressionStream(format);
  const writer = writable.getWriter();
  const output = new Output(readable);
  const turns = new Turns();
  try {
    for await (const piece of pieces) {
      for (let at = 0; at < piece.byteLength; at += STEP_BYTES) {
        await writer.write(piece.subarray(at, at + STEP_BYTES));
        yield* output.present(turns);
      }
    }
    const closed = writer.close();
    yield* output.rest();
    await closed;
  } finally {
    output.cancel();
    writer.abort().catch(() => undefined);
  }
}

/** Reads what was inflated, into the same memory again and again. One read is always pending. */
class Output {
  readonly #reader: ReadableStreamBYOBReader;
  #pending: Promise<ReadableStreamReadResult<Uint8Array>>;

  constructor(readable: ReadableStream<Uint8Array>) {
    this.#reader = readable.getReader({ mode: "byob" });
    this.#pending = this.#reader.read(new Uint8Array(READ_BYTES));
  }

  /** All that is there now. */
  async *present(turns: Turns): AsyncGenerator<Uint8Array> {
    let isFull = true;
    while (isFull) {
      const turn = turns.next();
      const result = await Promise.race([this.#pending, turn]);
      if (result?.value === undefined) return;
      await turn;
      isFull = result.value.byteLength === READ_BYTES;
      yield this.#take(result.value);
    }
  }

  /** All that is left until the end. */
  async *rest(): AsyncGenerator<Uint8Array> {
    for (let result = await this.#pending; !result.done; result = await this.#pending) yield this.#take(result.value);
  }

  cancel(): void {
    this.#pending.catch(() => undefined);
    this.#reader.cancel().catch(() => undefined);
  }

  /** A copy of what was read: the next read uses its memory. */
  #take(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    this.#pending = this.#reader.read(new Uint8Array(bytes.buffer as ArrayBuffer));
    return copy;
  }
}

/** Turns of the event loop: a read of bytes that are there already ends before a later turn does. */
class Turns {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #token = new Uint8Array(1);

  constructor() {
    const { readable, writable } = new IdentityTransformStream();
    this.#writer = writable.getWriter();
    this.#reader = readable.getReader();
  }

  async next(): Promise<undefined> {
    await Promise.all([this.#writer.write(this.#token), this.#reader.read()]);
    return undefined;
  }
}
