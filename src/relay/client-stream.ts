import { Fault } from "../core/fault.ts";

export interface ClientStreamOptions {
  /** What is written when nothing else was for some time. */
  readonly keepAlive: string;
  readonly keepAliveMs: number;
  /** Called when it cannot be written, because the client is gone. */
  readonly gone: () => void;
  /** Fires when nothing more comes. A client that then does not read the rest is given up. */
  readonly over: AbortSignal;
}

const encoder = new TextEncoder();

/** The client's end of a stream. */
export class ClientStream {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #keepAlive: ReturnType<typeof setInterval>;
  #isIdle = true;
  #isWriting = false;

  constructor(to: WritableStream<Uint8Array>, { keepAlive, keepAliveMs, gone, over }: ClientStreamOptions) {
    this.#writer = to.getWriter();
    this.#keepAlive = setInterval(() => {
      if (this.#isWriting && over.aborted) this.leave();
      else if (this.#isIdle && !this.#isWriting) this.write(keepAlive).catch(gone);
      this.#isIdle = true;
    }, keepAliveMs);
  }

  /** Rejects with Fault `client_closed` when the client can no longer be written to. */
  readonly write = (piece: string | Uint8Array): Promise<void> => {
    this.#isIdle = false;
    this.#isWriting = true;
    return this.#writer.write(typeof piece === "string" ? encoder.encode(piece) : piece).then(this.#wrote, this.#lost);
  };

  readonly #wrote = (): void => {
    this.#isWriting = false;
  };

  readonly #lost = (cause: unknown): never => {
    this.#isWriting = false;
    throw new Fault("client_closed", { cause });
  };

  /** Ends a complete stream. Never rejects, even if the client has left. */
  async close(): Promise<void> {
    clearInterval(this.#keepAlive);
    await this.#writer.close().catch(() => undefined);
  }

  /** Gives up a client that is gone or no longer reads. */
  leave(): void {
    clearInterval(this.#keepAlive);
    this.#writer.abort().catch(() => undefined);
  }
}
