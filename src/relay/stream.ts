/** The framed path of a stream: one loop from an upstream's bytes to a client's text. */
import { Fault } from "../core/fault.ts";
import { FrameReader } from "../core/frame.ts";
import { utf8Decoder } from "../core/text.ts";
import { UpstreamError } from "../core/upstream-error.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Secret } from "../upstream/types.ts";
import type { Passage } from "../wire/passage.ts";
import type { Step } from "../wire/types.ts";
import type { DeadlineWatch } from "./deadline-watch.ts";

export interface UpstreamStreamOptions {
  readonly passage: Passage;
  readonly watch: DeadlineWatch;
  /** Words that an error in the stream must not show. */
  readonly secrets: readonly Secret[];
  /** The longest silence after the stream was accepted. */
  readonly idleMs: number;
}

/** Without `isOver` the stream is read to its end; without `write` its text stays in the passage. */
export interface Moving {
  readonly isOver?: () => boolean;
  /**
   * Takes text, or the bytes of a read as they came where nothing in them was edited. The bytes are good until the promise
   * settles.
   */
  readonly write?: (piece: string | Uint8Array) => Promise<void>;
}

/** A longer stream is refused where nothing of it can leave: it would not fit into an isolate's memory. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;

/** The most bytes of one read. */
const READ_BYTES = 16 * 1024;

/** How long a finish chunk waits for the usage that upstreams send after it. */
const USAGE_WAIT_MS = 500;

/** An upstream's stream, from its first byte to its last. */
export class UpstreamStream {
  readonly #source: ReadableStreamBYOBReader;
  readonly #options: UpstreamStreamOptions;
  readonly #frames = new FrameReader();
  readonly #decoder = utf8Decoder(false);
  /** Steps that came before {@link meterWith} was called. */
  #unmetered: Step[] = [];
  #meter: ((step: Step) => void) | undefined;
  /** A read under way, which outlives a write that fails meanwhile. */
  #reading: Promise<ReadableStreamReadResult<Uint8Array<ArrayBuffer>>> | undefined;
  /** Each read fills the memory of the one before: its bytes are good until the next read. */
  #memory = new ArrayBuffer(READ_BYTES);
  #isMeaningful = false;
  #isAccepted = false;
  #isOver = false;
  #isStopped = false;
  #unsentBytes = 0;

  constructor(body: ReadableStream<Uint8Array>, options: UpstreamStreamOptions) {
    this.#options = options;
    this.#source = body.getReader({ mode: "byob" });
    options.watch.signal.addEventListener("abort", this.#cancel, { once: true });
  }

  /**
   * Reads until the upstream has answered, that is until a meaningful step. What came before it is kept.
   * @throws AttemptFailure when the stream breaks or ends before such a step, or `watch` fires
   */
  async accept(): Promise<void> {
    await this.#moveUntil(() => this.#isMeaningful);
    this.#isAccepted = true;
    this.#options.watch.rest();
  }

  /** Reads the stream to its end, for a client that wants no stream. @throws what {@link accept} throws */
  async readAll(): Promise<void> {
    await this.#moveUntil(() => false);
  }

  async #moveUntil(isOver: () => boolean): Promise<void> {
    await this.move({ isOver });
    if (this.#isMeaningful) return;
    const billed = this.#unmetered.findLast(({ usage }) => usage !== undefined)?.usage;
    throw asAttemptFailure(new Fault("upstream_error", { reason: "an empty stream", billed }));
  }

  /** Ends the stream from outside, and lets the upstream go: what has not been read is not wanted. */
  stop(): void {
    if (this.#isOver) return;
    this.#isStopped = true;
    this.#cancel();
  }

  /** The stream was ended by {@link stop} before it was whole. */
  get isStopped(): boolean {
    return this.#isStopped;
  }

  /** From now on `meter` sees each step. It sees the earlier steps at once. */
  meterWith(meter: (step: Step) => void): void {
    for (const step of this.#unmetered) meter(step);
    this.#unmetered = [];
    this.#meter = meter;
  }

  /**
   * The only loop: the text of each read goes to the client in one write. Ends with the stream, or when `isOver` returns
   * true.
   * @throws AttemptFailure when the stream breaks or `watch` fires; what `write` throws
   */
  async move({ isOver, write }: Moving): Promise<void> {
    const { passage, watch, idleMs } = this.#options;
    for (;;) {
      if (this.#isOver || isOver?.() === true) return;
      if (this.#isStopped) return this.#finish();
      if (this.#isAccepted) watch.expect("the next event", idleMs);
      const reading = (this.#reading ??= this.#source.read(new Uint8Array(this.#memory)));
      if (write !== undefined && passage.waits && (await isLate(reading))) {
        passage.flush();
        await write(passage.takeText());
      }
      let arrived: string;
      let bytes: Uint8Array | undefined;
      try {
        const { done, value } = await reading;
        this.#reading = undefined;
        if (value !== undefined) this.#memory = value.buffer;
        watch.signal.throwIfAborted();
        if (this.#isStopped) return this.#finish();
        if (write === undefined) this.#keep(value);
        arrived = this.#decoder.decode(value, { stream: true });
        bytes = value;
        this.#take(arrived, done);
      } catch (error) {
        this.#finish();
        throw this.#failureOf(error);
      }
      if (this.#isAccepted) watch.rest();
      if (this.#isOver) this.#finish();
      const text = write === undefined ? "" : passage.takeText();
      if (text !== "") await write?.(isAsItCame(text, arrived, bytes) ? bytes : text);
    }
  }

  #take(arrived: string, done: boolean): void {
    const { passage } = this.#options;
    for (const frame of done ? this.#frames.end() : this.#frames.feed(arrived)) {
      const step = passage.frame(frame);
      this.#note(step);
      if (step.isLast) {
        this.#isOver = true;
        return;
      }
    }
    if (!done) return;
    this.#isOver = true;
    this.#note(passage.end());
  }

  /** @throws Fault `upstream_error` when too much was read that could not be sent */
  #keep(value: Uint8Array | undefined): void {
    this.#unsentBytes += value?.byteLength ?? 0;
    if (this.#unsentBytes <= MAX_UNSENT_BYTES) return;
    throw new Fault("upstream_error", { reason: `more than ${MAX_UNSENT_BYTES} bytes that cannot be sent yet` });
  }

  #note(step: Step): void {
    this.#isMeaningful ||= step.isMeaningful;
    // Without its pieces, so that they can be freed.
    if (this.#meter === undefined) this.#unmetered.push({ ...step, pieces: [] });
    else this.#meter(step);
  }

  #failureOf(error: unknown): unknown {
    const { watch, secrets } = this.#options;
    if (watch.signal.aborted) return asAttemptFailure(watch.signal.reason);
    if (error instanceof Fault || error instanceof UpstreamError) return asAttemptFailure(error, secrets);
    return asAttemptFailure(
      new Fault("upstream_error", { reason: "the connection broke during the stream", cause: error }),
    );
  }

  #finish(): void {
    const { watch } = this.#options;
    this.#isOver = true;
    watch.signal.removeEventListener("abort", this.#cancel);
    // The client still has to read the rest in time.
    watch.rest();
    this.#cancel();
  }

  readonly #cancel = (): void => void this.#source.cancel().catch(() => undefined);
}

/**
 * Whether bytes say exactly a text, so that they need not be encoded again. Only of ASCII, where each character is a byte:
 * of other texts a read may begin or end within a character, or hold bytes that are no character at all.
 */
function isAsItCame(text: string, arrived: string, bytes: Uint8Array | undefined): bytes is Uint8Array {
  return bytes?.byteLength === text.length && text === arrived && !text.includes("\uFFFD");
}

async function isLate(reading: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const waited = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, USAGE_WAIT_MS, true);
  });
  const arrived = reading.then(
    () => false,
    () => false,
  );
  const late = await Promise.race([arrived, waited]);
  clearTimeout(timer);
  return late;
}
