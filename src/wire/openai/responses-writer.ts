/** Writes answers of Responses to clients. */
import { onOneLine, writeFrame } from "../../core/frame.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { draftPayload, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ClientRequest, ClientWriter, Piece, Whole } from "../types.ts";
import { TERMINAL } from "./responses-fold.ts";
import { writeResponseUsage } from "./responses-usage.ts";

/** Events are numbered from 0. The last one is held back where it lacks a count. */
export class ResponseWriter implements ClientWriter {
  readonly #present: ClientRequest["present"];
  #held: Piece | undefined;
  #next = 0;

  constructor(present: ClientRequest["present"]) {
    this.#present = present;
  }

  get waits(): boolean {
    return false;
  }

  write(piece: Piece): string {
    const { value } = piece.draft;
    const before = this.flush();
    const lacksCount =
      TERMINAL.has(value["type"]) && isObject(value["response"]) && !isObject(value["response"]["usage"]);
    if (!lacksCount) return before + this.#text(piece);
    this.#held = piece;
    return before;
  }

  flush(): string {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? "" : this.#text(held);
  }

  end(counted: () => Usage): string {
    this.#held?.draft.object("response")?.set("usage", writeResponseUsage(counted()));
    return this.flush();
  }

  fail(body: JsonObject): string {
    const {
      type = "server_error",
      code = null,
      message,
      param = null,
    } = isObject(body["error"]) ? body["error"] : body;
    // OpenAI's documents have the members beside the type; some of its libraries look for an object of their own.
    const event = { type: "error", code, message, param, error: { type, code, message, param } };
    return this.flush() + this.#text({ event: "error", draft: new JsonDraft(event) });
  }

  whole(body: Whole["body"], counted: () => Usage): Payload {
    if (!(body instanceof JsonDraft)) return body;
    if (!isObject(body.value["usage"])) body.set("usage", writeResponseUsage(counted()));
    this.#present?.(body, false);
    return draftPayload(body);
  }

  #text({ event, draft }: Piece): string {
    draft.set("sequence_number", this.#next++);
    this.#present?.(draft, true);
    const type = draft.value["type"];
    return writeFrame(onOneLine(draft.toString()), typeof type === "string" ? type : event);
  }
}
