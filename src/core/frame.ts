/**
 * Server-sent events, both ways. Reading follows the WHATWG rules (LF, CRLF and CR, BOM, comments, several data lines);
 * what is written is the strict subset that every client can read: LF, `event: ` where the wire has it, one `data: ` line.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */

import { Fault } from "./fault.ts";
import { withoutMark } from "./text.ts";

/** One server-sent event. */
export interface Frame {
  readonly event?: string;
  /** The data as it came, byte for byte. Several `data:` lines are joined by LF. */
  readonly data: string;
}

/**
 * The longest event that is accepted, in UTF-16 units: an inline image fits. It stops an upstream whose event never
 * ends.
 */
export const MAX_FRAME_LENGTH = 16 * 1024 * 1024;

/** Turns pieces of text into frames. Buffers at most one unfinished frame. */
export class FrameReader {
  #line = "";
  #data: string[] = [];
  #dataLength = 0;
  #event = "";
  #atStart = true;
  #afterCarriageReturn = false;

  /**
   * The frames that `piece` completes.
   * @throws Fault `upstream_error` when a frame is longer than {@link MAX_FRAME_LENGTH}
   */
  feed(piece: string): Frame[] {
    const frames: Frame[] = [];
    if (piece === "") return frames;
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
      if (line === "") this.#dispatch(frames);
      else this.#field(line);
    }
    this.#line += text.slice(start);
    if (this.#line.length + this.#dataLength > MAX_FRAME_LENGTH) {
      throw new Fault("upstream_error", { reason: `an event longer than ${MAX_FRAME_LENGTH}` });
    }
    return frames;
  }

  /** The last frame of a stream that ended without a blank line: some upstreams leave it out. */
  end(): Frame[] {
    const frames: Frame[] = [];
    if (this.#line !== "") this.#field(this.#line);
    this.#line = "";
    this.#dispatch(frames);
    return frames;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon === -1 ? line : line.slice(0, colon);
    const from = line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1;
    const value = colon === -1 ? "" : line.slice(from);
    if (name === "data") {
      this.#data.push(value);
      // The line break counts too: else empty lines could be buffered without end.
      this.#dataLength += value.length + 1;
    } else if (name === "event") this.#event = value;
  }

  #dispatch(frames: Frame[]): void {
    if (this.#data.length > 0) {
      const data = this.#data.length === 1 ? (this.#data[0] ?? "") : this.#data.join("\n");
      frames.push(this.#event === "" ? { data } : { event: this.#event, data });
    }
    this.#data = [];
    this.#dataLength = 0;
    this.#event = "";
  }
}

/** A frame as text. @param data one line: JSON without line breaks, or a word such as {@link DONE} */
export function writeFrame(data: string, event?: string): string {
  return event === undefined ? `data: ${data}\n\n` : `event: ${event}\ndata: ${data}\n\n`;
}

/** Removes the line breaks between the values of a JSON text. */
export function onOneLine(json: string): string {
  return json.includes("\n") || json.includes("\r") ? json.replaceAll(/[\r\n]/g, "") : json;
}

export const DONE = "[DONE]";
/**
 * A comment, which clients ignore. It must not say `ping`: one coding client takes that word for the end of the stream.
 */
export const KEEP_ALIVE = ": keep-alive\n\n";
