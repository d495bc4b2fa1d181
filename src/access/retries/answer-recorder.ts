/** A copy of an answer for the retries of its request. */
export interface KeptAnswer {
  /** Those that belong to the answer and not to the moment. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

/** A longer answer is not kept. */
export const MAX_KEPT_LENGTH = 1024 * 1024;

export class AnswerRecorder {
  readonly #decoder = new TextDecoder();
  #pieces: string[] | undefined;
  #length = 0;
  #headers: Readonly<Record<string, string>> = {};
  #isWhole = false;

  /** @param isOn false = nothing is kept until {@link start} */
  constructor(isOn: boolean) {
    if (isOn) this.start();
  }

  start(): void {
    this.#pieces ??= [];
  }

  add(piece: string | Uint8Array): void {
    if (this.#pieces === undefined || this.#length > MAX_KEPT_LENGTH) return;
    const text = typeof piece === "string" ? piece : this.#decoder.decode(piece, { stream: true });
    this.#length += text.length;
    if (this.#length <= MAX_KEPT_LENGTH) this.#pieces.push(text);
    else this.#pieces = [];
  }

  /** Nothing is missing. */
  whole(headers: Readonly<Record<string, string>>): void {
    this.#headers = headers;
    this.#isWhole = true;
  }

  /** undefined = there is no whole answer; null = it was too long to be kept. */
  get answer(): KeptAnswer | null | undefined {
    if (!this.#isWhole || this.#pieces === undefined) return undefined;
    return this.#length > MAX_KEPT_LENGTH ? null : { headers: this.#headers, text: this.#pieces.join("") };
  }
}
