/** Counts the values of a JSON text while its bytes arrive. Parsing many small values takes far more memory than text. */
import { BACKSLASH, COMMA, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-text.ts";

/** JSON with more values is refused: the text of one takes 2 bytes, what is parsed from it up to 100. */
export const MAX_JSON_VALUES = 200_000;

/** UTF-8 in pieces that may be cut anywhere. In bytes that are no JSON, the count means nothing. */
export class ValueCounter {
  /** Commas and opening brackets outside strings: each begins a value. */
  #values = 0;
  #isInString = false;
  /** The string so far ends with an odd number of backslashes. */
  #isEscaped = false;

  get exceedsLimit(): boolean {
    return this.#values > MAX_JSON_VALUES;
  }

  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at++) {
      if (this.#isInString) at = this.#skipString(bytes, at);
      else {
        const byte = bytes[at];
        if (byte === QUOTE) this.#isInString = true;
        else if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) this.#values++;
      }
    }
  }

  /** @returns the position of the string's closing quote, or of the last byte */
  #skipString(bytes: Uint8Array, from: number): number {
    for (let start = from; ;) {
      const quote = bytes.indexOf(QUOTE, start);
      const end = quote === -1 ? bytes.length : quote;
      let slashes = 0;
      while (slashes < end - start && bytes[end - 1 - slashes] === BACKSLASH) slashes++;
      const isOdd = slashes % 2 === 1;
      // Backslashes up to the start of this stretch go on from those before it.
      this.#isEscaped = slashes === end - start ? this.#isEscaped !== isOdd : isOdd;
      if (quote === -1) return bytes.length - 1;
      if (!this.#isEscaped) {
        this.#isInString = false;
        return quote;
      }
      this.#isEscaped = false;
      start = quote + 1;
    }
  }
}
