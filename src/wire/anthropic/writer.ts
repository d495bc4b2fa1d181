/** Writes answers of Messages to clients. */
import { onOneLine, writeFrame } from "../../core/frame.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ClientWriter, Piece, Whole } from "../types.ts";
import { writeUsage } from "./usage.ts";

/**
 * Every frame has its event's name, for clients ignore those without one. The event that ends a message without a count of
 * its output is held back until the count is known.
 */
export class MessageWriter implements ClientWriter {
  /** What must wait for the count: the last event with a stop reason, and what came after it. */
  #held: Piece[] = [];

  get waits(): boolean {
    return false;
  }

  write(piece: Piece): string {
    if (this.#held.length === 0 && !lacksCount(piece)) return text(piece);
    this.#held.push(piece);
    return "";
  }

  flush(): string {
    return "";
  }

  end(counted: () => Usage): string {
    const held = this.#held;
    this.#held = [];
    const [first] = held;
    if (first !== undefined) first.draft.set("usage", writeUsage(counted()));
    return held.map(text).join("");
  }

  fail(body: JsonObject): string {
    return writeFrame(JSON.stringify(body), "error");
  }

  whole(body: Whole["body"], counted: () => Usage): Payload {
    if (!(body instanceof JsonDraft)) return body;
    if (!isObject(body.value["usage"])) body.set("usage", writeUsage(counted()));
    return draftPayload(body);
  }
}

function text({ event, draft }: Piece): string {
  return writeFrame(onOneLine(draft.toString()), event ?? String(draft.value["type"]));
}

function lacksCount({ draft: { value } }: Piece): boolean {
  if (value["type"] !== "message_delta") return false;
  return !isObject(value["usage"]) || typeof value["usage"]["output_tokens"] !== "number";
}
