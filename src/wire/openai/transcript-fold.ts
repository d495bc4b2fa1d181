/** Makes a whole transcript of a stream, and a stream of a whole one. */
import { JsonDraft } from "../../core/json-edit.ts";
import { objectsOf, type JsonObject } from "../../core/json.ts";
import type { Fold, Piece } from "../types.ts";
import { numberIn, only, textOrEmpty } from "../values.ts";
import { DELTA, FINISHED, SEGMENT } from "./transcript-members.ts";

export class TranscriptFold implements Fold {
  readonly #segments: JsonObject[] = [];
  #said = "";
  #last: JsonObject = {};

  add({ draft: { value } }: Piece): void {
    if (value["type"] === DELTA) this.#said += textOrEmpty(value["delta"]);
    if (value["type"] === SEGMENT) this.#segments.push(value);
    if (value["type"] === FINISHED) this.#last = value;
  }

  answer(): JsonDraft {
    const { type: _type, text = this.#said, ...rest } = this.#last;
    if (this.#segments.length === 0) return new JsonDraft({ text, ...rest });
    const duration = endOf(this.#segments);
    return new JsonDraft({ task: "transcribe", duration, text, segments: this.#segments, ...rest });
  }
}

/** Seconds. */
function endOf(segments: readonly JsonObject[]): number {
  return segments.reduce((last, { end }) => Math.max(last, numberIn(end) ?? 0), 0);
}

/** Segments are events only where they have a speaker. What no event has stands in the last. */
export function unfoldTranscript({ value }: JsonDraft): readonly Piece[] {
  const { text, logprobs, segments, ...rest } = value;
  const spoken = objectsOf(segments).filter(({ type }) => type === SEGMENT);
  const kept = spoken.length > 0 ? {} : { segments };
  return [
    ...spoken,
    ...(text === "" ? [] : [only({ type: DELTA, delta: text, logprobs })]),
    only({ type: FINISHED, text, logprobs, ...kept, ...rest }),
  ].map((event) => ({ draft: new JsonDraft(event) }));
}
