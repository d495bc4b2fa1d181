import { Fault } from "../core/fault.ts";
import { KEEP_ALIVE } from "../core/frame.ts";

export interface ClientStreamOptions {
  /** A comment is written where nothing was for so long. */
  readonly keepAliveMs: number;
  /** Called when a comment finds that the client is gone. */
  readonly gone: () => void;
  /** Fires when there is nothing more to come; a client that does not even read the rest is left. */
  readonly over: AbortSignal;
}

const encoder = new TextEncoder();

/** A client's end of a stream. */
export class ClientStream {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #keepAlive: ReturnType<typeof setInterval>;
  #isIdle = true;
  #isWriting = false;

  constructor(to: WritableStream<Uint8Array>, { keepAliveMs, gone, over }: ClientStreamOptions) {
    this.#writer = to.getWriter();
    this.#keepAlive = setInterval(() => {
      if (this.#isWriting && over.aborted) this.leave();
      else if (this.#isIdle && !this.#isWriting) this.write(KEEP_ALIVE).catch(gone);
      this.#isIdle = true;
    }, keepAliveMs);
  }

  /** @throws Fault `client_closed` when the client can no longer be written to */
  async write(text: string): Promise<void> {
    this.#isIdle = false;
    this.#isWriting = true;
    try {
      await this.#writer.write(encoder.encode(text));
    } catch (error) {
      throw new Fault("client_closed", { cause: error });
    } finally {
      this.#isWriting = false;
    }
  }

  /** The end of a whole stream. Does not reject: a client that has left misses nothing. */
  async close(): Promise<void> {
    clearInterval(this.#keepAlive);
    await this.#writer.close().catch(() => undefined);
  }

  /** Lets go of a client that is gone, or that no longer reads. */
  leave(): void {
    clearInterval(this.#keepAlive);
    this.#writer.abort().catch(() => undefined);
  }
}
