/** Writes answers of chat and completions to clients. */
import { DONE, onOneLine, writeFrame } from "../../core/frame.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { draftPayload, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ClientRequest, ClientWriter, Piece, Whole } from "../types.ts";
import { writeUsage } from "./usage.ts";

const DONE_FRAME = writeFrame(DONE);

/**
 * Sends usage to the client exactly once: in a chunk of its own (without choices) to a client that asked for it, else in
 * the last finish chunk. Only the latest finish chunk is held back: until the next chunk, the end, or a flush.
 */
export class OpenAIWriter implements ClientWriter {
  readonly #request: Pick<ClientRequest, "wantsUsage" | "present">;
  #usage: JsonObject | undefined;
  #held: JsonDraft | undefined;
  /** The latest chunk. A usage chunk copies its id, time and model. */
  #last: JsonObject | undefined;

  constructor(request: Pick<ClientRequest, "wantsUsage" | "present">) {
    this.#request = request;
  }

  get waits(): boolean {
    return this.#held !== undefined;
  }

  write({ draft }: Piece): string {
    const { usage, choices } = draft.value;
    if (isObject(usage)) this.#usage = usage;
    this.#last = draft.value;
    if (!Array.isArray(choices) || choices.length === 0) return "";
    const before = this.flush();
    const { wantsUsage } = this.#request;
    draft.set("usage", wantsUsage ? null : undefined);
    if (wantsUsage || !finishes(choices)) return before + this.#frame(draft);
    this.#held = draft;
    return before;
  }

  flush(): string {
    const held = this.#held;
    this.#held = undefined;
    return held === undefined ? "" : this.#frame(held);
  }

  end(counted: () => Usage): string {
    if (this.#held !== undefined && this.#usage !== undefined) this.#held.set("usage", this.#usage);
    const before = this.flush();
    if (!this.#request.wantsUsage || this.#last === undefined) return before + DONE_FRAME;
    const { id, object, created, model } = this.#last;
    const usage = this.#usage ?? writeUsage(counted());
    const draft = new JsonDraft({ id, object, created, model, choices: [], usage });
    return before + this.#frame(draft) + DONE_FRAME;
  }

  fail(body: JsonObject): string {
    // The client gets the finish chunk that came before the error.
    return this.flush() + writeFrame(JSON.stringify(body)) + DONE_FRAME;
  }

  whole(body: Whole["body"], counted: () => Usage): Payload {
    if (!(body instanceof JsonDraft)) return body;
    if (!isObject(body.value["usage"])) body.set("usage", writeUsage(counted()));
    this.#request.present?.(body, false);
    return draftPayload(body);
  }

  #frame(draft: JsonDraft): string {
    this.#request.present?.(draft, true);
    return writeFrame(onOneLine(draft.toString()));
  }
}

function finishes(choices: readonly unknown[]): boolean {
  return objectsOf(choices).some(({ finish_reason: reason }) => reason !== null && reason !== undefined);
}
