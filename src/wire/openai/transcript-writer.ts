/** Writes transcripts to clients. */
import { JsonDraft } from "../../core/json-edit.ts";
import { draftPayload, type Payload } from "../../core/payload.ts";
import { EventWriter } from "../event-writer.ts";
import { bodyOf } from "../form-request.ts";
import type { ClientRequest, Whole } from "../types.ts";
import { textOrEmpty } from "../values.ts";
import { formatIn } from "./transcript-members.ts";

export class TranscriptWriter extends EventWriter {
  /** The media type of a transcript that is text. */
  readonly #type: string | undefined;

  constructor({ payload }: ClientRequest) {
    super();
    this.#type = formatIn(bodyOf(payload).value).type;
  }

  whole(body: Whole["body"]): Payload {
    if (!(body instanceof JsonDraft)) return body;
    if (this.#type === undefined) return draftPayload(body);
    const text = textOrEmpty(body.value["text"]);
    return { kind: "bytes", type: this.#type, body: new Uint8Array(new TextEncoder().encode(text)) };
  }
}
