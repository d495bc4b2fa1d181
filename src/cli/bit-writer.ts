/** Writes bits, as H.264 has them. */
export class BitWriter {
  readonly #bytes: number[] = [];
  #last = 0;
  /** Bits of `#last` that are written. */
  #count = 0;

  /** @param value of so many bits, the highest first */
  write(value: number, bits: number): void {
    for (let at = bits - 1; at >= 0; at--) {
      this.#last = (this.#last << 1) | ((value >> at) & 1);
      if (++this.#count < 8) continue;
      this.#bytes.push(this.#last);
      [this.#last, this.#count] = [0, 0];
    }
  }

  /** A number in Exp-Golomb code: the smaller, the shorter. */
  exponential(value: number): void {
    const bits = 32 - Math.clz32(value + 1);
    this.write(0, bits - 1);
    this.write(value + 1, bits);
  }

  /** Up to the next whole byte. */
  align(): void {
    while (this.#count > 0) this.write(0, 1);
  }

  end(): void {
    this.write(1, 1);
    this.align();
  }

  bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** Two zeros and a byte up to 3 stand for other things, so they are kept apart. */
export function withEscapes(bytes: Buffer): Buffer {
  const escaped: number[] = [];
  let zeros = 0;
  for (const byte of bytes) {
    if (zeros >= 2 && byte <= 3) {
      escaped.push(3);
      zeros = 0;
    }
    escaped.push(byte);
    zeros = byte === 0 ? zeros + 1 : 0;
  }
  return Buffer.from(escaped);
}
