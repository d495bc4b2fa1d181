/** How much a conversation holds at most: a model reads all of it again for each answer. Pure; sees sizes, never a text. */

/** What a message adds. */
export interface Added {
  /** Of its text, with the marks around it. */
  readonly bytes: number;
  /** Of its sound. */
  readonly soundMs: number;
  readonly pictures: number;
  /** Pieces of sound that are whole with it. */
  readonly pieces: number;
}

export const NOTHING_ADDED: Added = { bytes: 0, soundMs: 0, pictures: 0, pieces: 0 };

/** No vendor makes more tokens of a second of sound. */
const MOST_TOKENS_PER_SECOND = 50;
/** People say fewer in a second, as tokens of text. */
const MOST_WORDS_PER_SECOND = 10;

/** What is deleted from a conversation is not taken off: nobody but the upstream knows what it still reads. */
export class ConversationSize {
  #bytes = 0;
  #soundMs = 0;
  #pictures = 0;
  #pieces = 0;
  #answerTokens = 0;
  #answerSoundTokens = 0;

  add({ bytes, soundMs, pictures, pieces }: Added): void {
    this.#bytes += bytes;
    this.#soundMs += soundMs;
    this.#pictures += pictures;
    this.#pieces += pieces;
  }

  /** The message did not become a part of it. */
  takeBack({ bytes, soundMs, pictures, pieces }: Added): void {
    this.add({ bytes: -bytes, soundMs: -soundMs, pictures: -pictures, pieces: -pieces });
  }

  /** Takes an answer, which belongs to the conversation from now on. */
  answered(tokens: number, soundTokens: number): void {
    this.#answerTokens += tokens;
    this.#answerSoundTokens += soundTokens;
  }

  /** Bytes of text: it has no more tokens. */
  get bytes(): number {
    return this.#bytes + this.#answerTokens;
  }

  get pictures(): number {
    return this.#pictures;
  }

  get pieces(): number {
    return this.#pieces;
  }

  /** Of the answers. */
  get answerSoundTokens(): number {
    return this.#answerSoundTokens;
  }

  /** Of what the client said. */
  get soundMs(): number {
    return this.#soundMs;
  }

  get mostSoundTokens(): number {
    return Math.ceil((this.#soundMs * MOST_TOKENS_PER_SECOND) / 1000) + this.#answerSoundTokens;
  }

  /** What it takes at most to write down what the client said. */
  get mostToWriteDown(): { readonly inputAudio: number; readonly output: number; readonly durationMs: number } {
    return {
      inputAudio: Math.ceil((this.#soundMs * MOST_TOKENS_PER_SECOND) / 1000),
      output: Math.ceil((this.#soundMs * MOST_WORDS_PER_SECOND) / 1000),
      durationMs: Math.ceil(this.#soundMs),
    };
  }
}
