/** Reads transcripts. An empty one is an answer: nobody says anything. */
import { DONE, type Frame } from "../../core/frame.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import { objectsOf, parseForeign } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { utf8Decoder } from "../../core/text.ts";
import { UpstreamError } from "../../core/upstream-error.ts";
import { saidIn } from "../../operation/speech/heard.ts";
import { words } from "../fields/field-table.ts";
import { bodyOf } from "../form-request.ts";
import { broken, eventDraft, NOTHING } from "../reading.ts";
import { scrub } from "../scrub.ts";
import type { AnswerReader, ClientRequest, Step, Target, Whole } from "../types.ts";
import { textIn, textOrEmpty } from "../values.ts";
import { errorIn } from "./error-in.ts";
import { readHeardUsage } from "./heard-usage.ts";
import { DELTA, FINISHED, formatIn, JSON_FORMATS, PLAIN, SEGMENT, type Format } from "./transcript-members.ts";
import { wholeAnswer } from "./whole-answer.ts";

const DOCUMENTED: ReadonlySet<string> = new Set(
  words(
    "text task language languages duration segments words logprobs usage type delta id speaker start end segment_id",
  ),
);

/** A longer transcript does not end: nobody says so much in a day. */
const MAX_SAID = 16 * 1024 * 1024;

export class TranscriptReader implements AnswerReader {
  readonly #target: Target;
  readonly #format: Format;
  #said = "";
  /** vLLM has said that no more words come. */
  #isFinished = false;
  #isOver = false;

  constructor(target: Target, { payload }: ClientRequest) {
    this.#target = target;
    this.#format = formatIn(bodyOf(payload).value);
  }

  whole(payload: Payload): Whole {
    const { name, type = PLAIN } = this.#format;
    if (payload.kind === "json" || JSON_FORMATS.has(name)) return this.#json(payload);
    const text = textOf(payload, this.#format);
    const said = name === "text" ? text : saidIn(text);
    const body = new Uint8Array(new TextEncoder().encode(text));
    return { body: { kind: "bytes", type, body }, usage: {}, text: { output: said, reasoning: "" } };
  }

  /** Also for a client that asked for text: some upstreams know no such format. */
  #json(payload: Payload): Whole {
    const draft = wholeAnswer(payload, DOCUMENTED);
    const usage = readHeardUsage(draft.value);
    const text = textIn(draft.value["text"]);
    const isCaptions = this.#format.type !== undefined && this.#format.name !== "text";
    if (text === undefined || isCaptions) throw broken("an answer without a transcript as it was asked for", usage);
    this.#present(draft);
    return { body: draft, usage: usage ?? {}, text: { output: text, reasoning: "" } };
  }

  step({ data, event }: Frame): Step {
    if (data.trim() === DONE) return this.#done();
    const draft = eventDraft(data);
    const error = errorIn(draft.value, event);
    if (error !== undefined) throw new UpstreamError(error);
    this.#isFinished ||= objectsOf(draft.value["choices"]).some(({ finish_reason: reason }) => reason === "stop");
    const piece = ownPiece(draft);
    scrub(piece, DOCUMENTED);
    this.#present(piece);
    const { type, text, delta } = piece.value;
    const pieces = [{ draft: piece }];
    if (type === FINISHED) {
      this.#isOver = true;
      const output = this.#said === "" ? textOrEmpty(text) : "";
      const step = { ...NOTHING, pieces, isMeaningful: true, finishes: true, isLast: true };
      return { ...step, usage: readHeardUsage(piece.value) ?? {}, text: { output, reasoning: "" } };
    }
    const isSaid = type === DELTA && textOrEmpty(delta) !== "";
    if (!isSaid) return { ...NOTHING, pieces, isMeaningful: type === SEGMENT };
    this.#said += textOrEmpty(delta);
    if (this.#said.length > MAX_SAID) throw broken("a transcript that does not end");
    return { ...NOTHING, pieces, isMeaningful: true, text: { output: textOrEmpty(delta), reasoning: "" } };
  }

  end(): Step {
    if (this.#isOver) return NOTHING;
    throw broken("the stream ended before the transcript was whole");
  }

  cut(): Step {
    return { ...NOTHING, isLast: true };
  }

  /** vLLM says no more than this at the end of a transcript. */
  #done(): Step {
    if (this.#isOver) return { ...NOTHING, isLast: true };
    if (this.#said === "" && !this.#isFinished) throw broken("the stream ended before the transcript was whole");
    this.#isOver = true;
    const draft = new JsonDraft({ type: FINISHED, text: this.#said });
    return { ...NOTHING, pieces: [{ draft }], isMeaningful: true, finishes: true, isLast: true, usage: {} };
  }

  #present(draft: JsonDraft): void {
    if (draft.value["model"] !== undefined) draft.set("model", this.#target.publicModel);
  }
}

/** An event of OpenAI's format. vLLM sends chunks as in a chat. */
function ownPiece(draft: JsonDraft): JsonDraft {
  const { choices, type } = draft.value;
  if (type !== undefined || !Array.isArray(choices)) return draft;
  const deltas = objectsOf(choices).map(({ delta }) => objectsOf([delta])[0]?.["content"]);
  return new JsonDraft({ type: DELTA, delta: deltas.map(textOrEmpty).join("") });
}

const PAGE = /^\s*<(?:!doctype|html)/i;

/** @throws Fault `upstream_error` for what is no text, or a page */
function textOf(payload: Payload, { name }: Format): string {
  // Nobody says anything.
  if (payload.kind === "none" && name !== "vtt") return "";
  if (payload.kind !== "bytes" || payload.body instanceof ReadableStream)
    throw broken("an answer without a transcript");
  const text = utf8Decoder(false).decode(payload.body);
  if (PAGE.test(text) || payload.type.includes("html")) throw broken("a page in place of a transcript");
  // Some servers write every text as JSON.
  const value: unknown = payload.type.includes("json") ? parseForeign(text) : undefined;
  const plain = typeof value === "string" ? value : text;
  if (name === "vtt" && !/^\uFEFF?WEBVTT/.test(plain)) throw broken("captions without their head");
  if (name === "srt" && plain.trim() !== "" && !plain.includes("-->")) throw broken("captions without times");
  return plain;
}
