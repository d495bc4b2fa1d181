/** Reads answers with pictures. */
import type { Frame } from "../../core/frame.ts";
import type { JsonDraft } from "../../core/json-edit.ts";
import type { Payload } from "../../core/payload.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import type { Usage } from "../../core/units.ts";
import { words } from "../fields/field-table.ts";
import { broken, eventDraft, NOTHING } from "../reading.ts";
import { scrub } from "../scrub.ts";
import type { AnswerReader, Step, Target, Whole } from "../types.ts";
import { textOrEmpty } from "../values.ts";
import { errorIn } from "./error-in.ts";
import { COMPLETED, isPicture, madeIn, PARTIAL } from "./image-members.ts";
import { readImageUsage, sumOfUsage } from "./image-usage.ts";
import { wholeAnswer } from "./whole-answer.ts";

const DOCUMENTED: ReadonlySet<string> = new Set(
  words("created data usage background output_format quality size model object svg_usage safety_identifier"),
);
const DOCUMENTED_EVENT: ReadonlySet<string> = new Set(
  words(`type b64_json url created_at size quality background output_format partial_image_index usage revised_prompt
    sequence_number`),
);

export class ImageReader implements AnswerReader {
  readonly #target: Target;
  readonly #asked: number;
  readonly #usages: unknown[] = [];
  #count = 0;
  #begun = 0;

  /** @param asked how many pictures were asked for */
  constructor(target: Target, asked: number) {
    this.#target = target;
    this.#asked = asked;
  }

  whole(payload: Payload): Whole {
    const draft = wholeAnswer(payload, DOCUMENTED);
    const usage = readImageUsage(draft.value["usage"]);
    const pictures = madeIn(draft.value).length;
    if (pictures === 0) throw broken("an answer without a picture", usage);
    draft.fill("created", this.#target.created);
    if (draft.value["model"] !== undefined) draft.set("model", this.#target.publicModel);
    return { body: draft, usage, text: this.#made(pictures) };
  }

  step({ data, event }: Frame): Step {
    if (data.trim() === "[DONE]") return { ...this.end(), isLast: true };
    const draft = eventDraft(data);
    const error = errorIn(draft.value, event);
    if (error !== undefined) throw new UpstreamError(error);
    scrub(draft, DOCUMENTED_EVENT);
    const told = typeOf(draft, event);
    const isSketch = told.endsWith(PARTIAL);
    if (isSketch || !isPicture(draft.value)) {
      draft.fill("type", told);
      if (told.endsWith(COMPLETED)) return this.#completed(draft);
      const text = { ...NOTHING.text, sketches: isSketch ? this.#sketched() : 0 };
      return { ...NOTHING, pieces: [{ event: told, draft }], isMeaningful: isSketch, text };
    }
    // Whatever an event calls it, a picture that is no sketch is one that was made.
    const type = told.endsWith(COMPLETED) ? told : `image_generation${COMPLETED}`;
    draft.set("type", type);
    const piece = { event: type, draft };
    this.#count++;
    this.#usages.push(draft.value["usage"]);
    const isLast = this.#count >= this.#asked && told === type;
    return {
      pieces: [piece],
      isMeaningful: true,
      finishes: isLast,
      isLast,
      usage: this.#usage(),
      text: this.#made(this.#count > this.#asked ? 0 : 1),
    };
  }

  /** Seedream says at the end, without a picture, what all of them took. */
  #completed(draft: JsonDraft): Step {
    this.#usages.push(draft.value["usage"]);
    const isLast = this.#count > 0;
    return { ...NOTHING, finishes: isLast, isLast, usage: this.#usage() };
  }

  /** An upstream may make fewer pictures than it was asked for. */
  end(): Step {
    if (this.#count === 0) throw broken("the stream ended before a picture was whole");
    return NOTHING;
  }

  cut(): Step {
    return { ...NOTHING, isLast: true };
  }

  /** One for the first sketch of a picture. */
  #sketched(): number {
    if (this.#begun > this.#count) return 0;
    this.#begun = this.#count + 1;
    return this.#begun <= this.#asked ? 1 : 0;
  }

  #usage(): Usage | undefined {
    return readImageUsage(sumOfUsage(this.#usages));
  }

  #made(pictures: number): Step["text"] {
    return { output: "", reasoning: "", pictures: Math.min(pictures, this.#asked) };
  }
}

function typeOf({ value }: JsonDraft, event: string | undefined): string {
  return textOrEmpty(value["type"]) || (event ?? "");
}
