/** Writes transcripts to clients. */
import { onOneLine, writeFrame } from "../../core/frame.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import type { JsonObject } from "../../core/json.ts";
import { draftPayload, type Payload } from "../../core/payload.ts";
import { bodyOf } from "../form-request.ts";
import type { ClientRequest, ClientWriter, Piece, Whole } from "../types.ts";
import { textOrEmpty } from "../values.ts";
import { formatIn } from "./transcript-members.ts";

/** Events have no names. */
export class TranscriptWriter implements ClientWriter {
  readonly waits = false;
  /** The media type of a transcript that is text. */
  readonly #type: string | undefined;

  constructor({ payload }: ClientRequest) {
    this.#type = formatIn(bodyOf(payload).value).type;
  }

  whole(body: Whole["body"]): Payload {
    if (!(body instanceof JsonDraft)) return body;
    if (this.#type === undefined) return draftPayload(body);
    const text = textOrEmpty(body.value["text"]);
    return { kind: "bytes", type: this.#type, body: new Uint8Array(new TextEncoder().encode(text)) };
  }

  write({ draft }: Piece): string {
    const data = draft.toString();
    return writeFrame(onOneLine(data));
  }

  flush(): string {
    return "";
  }

  end(): string {
    return "";
  }

  fail(body: JsonObject): string {
    return writeFrame(JSON.stringify({ type: "error", ...body }));
  }
}
