const MARK_BYTES = 4;
/** Looked through at once. */
const READ_BYTES = 256;

/** Bytes that lie in several pieces, read where they are needed. Nothing is joined: a large file stands in memory once. */
export class BytePieces {
  readonly size: number;
  readonly #pieces: readonly Uint8Array[];
  /** Where the piece begins that was read last: most reads go on from there. */
  #piece = 0;
  #start = 0;

  constructor(pieces: readonly Uint8Array[]) {
    this.#pieces = pieces;
    this.size = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Copies bytes from a place on. @returns how many: fewer than the target takes where the bytes end */
  read(target: Uint8Array, at: number): number {
    while (at < this.#start) {
      this.#piece--;
      this.#start -= this.#pieces[this.#piece]?.byteLength ?? 0;
    }
    let copied = 0;
    while (copied < target.byteLength) {
      const piece = this.#pieces[this.#piece];
      if (piece === undefined) break;
      const skipped = at + copied - this.#start;
      if (skipped >= piece.byteLength) {
        this.#piece++;
        this.#start += piece.byteLength;
        continue;
      }
      const part = piece.subarray(skipped, skipped + target.byteLength - copied);
      target.set(part, copied);
      copied += part.byteLength;
    }
    return copied;
  }

  /** A copy of some bytes: fewer where they end before. */
  copy(at: number, length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - at)));
    this.read(bytes, at);
    return bytes;
  }

  /** Where four bytes next stand, as one number. @returns -1 = nowhere */
  find(mark: number, from: number): number {
    const part = new Uint8Array(READ_BYTES);
    const view = new DataView(part.buffer);
    for (let at = from; at + MARK_BYTES <= this.size; at += READ_BYTES - MARK_BYTES + 1) {
      const last = this.read(part, at) - MARK_BYTES;
      for (let place = 0; place <= last; place++) if (view.getUint32(place) === mark) return at + place;
    }
    return -1;
  }

  /** Views of a part of the bytes. */
  slice(from: number, to: number): readonly Uint8Array[] {
    let start = 0;
    return this.#pieces.flatMap((piece) => {
      const part = piece.subarray(Math.max(0, from - start), Math.max(0, to - start));
      start += piece.byteLength;
      return part.byteLength === 0 ? [] : [part];
    });
  }
}
