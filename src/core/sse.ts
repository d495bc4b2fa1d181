/**
 * Server-sent events, both ways. Decoding follows the WHATWG rules (LF, CRLF and CR, BOM, comments, several data
 * lines); what is written is the strict subset that every client can read: LF, one `data: ` line, no `event:` or `id:`.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */

import { Fault } from "./fault.ts";
import { withoutMark } from "./text.ts";

export interface ServerSentEvent {
  readonly event?: string;
  readonly data: string;
}

/** The longest event that is waited for, in UTF-16 units: an inline image fits, an upstream that never ends one does not. */
export const MAX_EVENT_LENGTH = 16 * 1024 * 1024;

/** Pieces of text in, events out. Holds no more than one unfinished event. */
export class SseDecoder {
  #line = "";
  #data: string[] = [];
  #dataLength = 0;
  #event = "";
  #atStart = true;
  #afterCarriageReturn = false;

  /**
   * The events that `piece` completes.
   * @throws Fault `upstream_error` when an event outgrows {@link MAX_EVENT_LENGTH}
   */
  feed(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    if (piece === "") return events;
    let text = piece;
    if (this.#atStart) {
      this.#atStart = false;
      text = withoutMark(text);
    }
    if (this.#afterCarriageReturn && text.startsWith("\n")) text = text.slice(1);
    this.#afterCarriageReturn = piece.endsWith("\r");
    if (text.includes("\r")) text = text.replaceAll(/\r\n?/g, "\n");

    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const line = this.#line + text.slice(start, end);
      this.#line = "";
      start = end + 1;
      if (line === "") this.#dispatch(events);
      else this.#field(line);
    }
    this.#line += text.slice(start);
    if (this.#line.length + this.#dataLength > MAX_EVENT_LENGTH) {
      throw new Fault("upstream_error", { reason: `an event longer than ${MAX_EVENT_LENGTH}` });
    }
    return events;
  }

  /** The last event of a stream that ended without its blank line, which some upstreams forget. */
  end(): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    if (this.#line !== "") this.#field(this.#line);
    this.#line = "";
    this.#dispatch(events);
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const from = line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1;
    const value = colon === -1 ? "" : line.slice(from);
    if (name === "data") {
      this.#data.push(value);
      this.#dataLength += value.length;
    } else if (name === "event") this.#event = value;
  }

  #dispatch(events: ServerSentEvent[]): void {
    if (this.#data.length > 0) {
      const data = this.#data.length === 1 ? (this.#data[0] ?? "") : this.#data.join("\n");
      events.push(this.#event === "" ? { data } : { event: this.#event, data });
    }
    this.#data = [];
    this.#dataLength = 0;
    this.#event = "";
  }
}

/** One JSON value as one event, whole. */
export function writeEvent(value: unknown): string {
  return `data: ${JSON.stringify(value)}\n\n`;
}

export const DONE = "[DONE]";
export const DONE_EVENT = `data: ${DONE}\n\n`;
/** A comment; never the word that one coding client takes for the end of the stream. */
export const KEEP_ALIVE = ": keep-alive\n\n";
