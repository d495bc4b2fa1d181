/** One end of a conversation: a socket whose messages wait until somebody listens. */

export interface Listener {
  /** undefined = a message that is no text. */
  message(text: string | undefined): void;
  /** Called once. @param code as the other side gave it; 1005 or 1006 = it gave none */
  closed(code: number, reason: string): void;
}

/** What a socket told. */
type Told =
  | { readonly kind: "message"; readonly text: string | undefined }
  | { readonly kind: "closed"; readonly code: number; readonly reason: string };

const NO_CODE = 1005;
const BROKEN = 1006;
const encoder = new TextEncoder();
const decoder = new TextDecoder();
/** Of the reason in a frame that closes. */
const MOST_REASON_BYTES = 120;

export class Line {
  readonly #socket: WebSocket;
  #listener: Listener | undefined;
  readonly #waiting: Told[] = [];
  readonly #first = Promise.withResolvers<Told>();
  #isClosed = false;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#tell({ kind: "message", text: typeof data === "string" ? data : undefined });
    });
    socket.addEventListener("close", ({ code, reason }) => this.#end(code, reason));
    socket.addEventListener("error", () => this.#end(BROKEN, ""));
    socket.accept();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** What the socket tells first. It waits for the listener all the same. */
  get first(): Promise<Told> {
    return this.#first.promise;
  }

  /** The listener is told first what came before. */
  listen(listener: Listener): void {
    this.#listener = listener;
    for (const told of this.#waiting.splice(0)) tell(listener, told);
  }

  /** What is sent to a side that is gone is lost. */
  send(text: string): void {
    if (this.#isClosed) return;
    try {
      this.#socket.send(text);
    } catch {
      this.#end(BROKEN, "");
    }
  }

  /** @param code 1005 and 1006 stand for no code, and are never sent */
  close(code: number, reason = ""): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      if (code === NO_CODE || code === BROKEN) this.#socket.close();
      else this.#socket.close(code, decoder.decode(encoder.encode(reason).slice(0, MOST_REASON_BYTES)));
    } catch {
      // It is closed already.
    }
  }

  #end(code: number, reason: string): void {
    if (this.#isClosed) return;
    // The other side waits for an answer to its frame that closes.
    this.close(NO_CODE);
    this.#tell({ kind: "closed", code, reason });
  }

  #tell(told: Told): void {
    if (this.#listener !== undefined) return tell(this.#listener, told);
    this.#waiting.push(told);
    this.#first.resolve(told);
  }
}

function tell(listener: Listener, told: Told): void {
  if (told.kind === "message") listener.message(told.text);
  else listener.closed(told.code, told.reason);
}
