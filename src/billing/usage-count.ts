/** Our own count of usage, for answers whose upstream reported none or an impossible one. It is marked `estimated`. */
import { estimateTokenCount } from "tokenx";
import type { Usage } from "../core/units.ts";
import { heardTokens, type Recording } from "../operation/speech/heard.ts";
import { soundTokens } from "../operation/speech/sound.ts";

/** The longest text that is counted in full: the library takes up to a quarter of a second for a MiB. */
const FULL_LENGTH = 65_536;
/** A longer text is counted in this many places, spread evenly. */
const SAMPLES = 32;
/** What is between the places counts as one token for so many characters at most, whatever the places hold. */
const MAX_CHARACTERS_PER_TOKEN = 10;

/** Counts the tokens of a text, whose length does not matter for the time that it takes. */
export function countTokens(text: string): number {
  if (text === "") return 0;
  if (text.length <= FULL_LENGTH) return estimateTokenCount(text);
  const width = FULL_LENGTH / SAMPLES;
  const step = (text.length - width) / (SAMPLES - 1);
  let sampled = 0;
  for (let sample = 0; sample < SAMPLES; sample++) {
    const start = Math.floor(sample * step);
    sampled += estimateTokenCount(text.slice(start, start + width));
  }
  const rest = text.length - FULL_LENGTH;
  return sampled + Math.ceil(rest * Math.max(sampled / FULL_LENGTH, 1 / MAX_CHARACTERS_PER_TOKEN));
}

/** When this much text is kept, it is counted up to its last space. */
const KEPT_LENGTH = 16_384;

/**
 * Counts tokens of text that comes in pieces. Pieces are joined first, because a word cut in two is not two words. It
 * keeps little text, however long the answer is.
 */
export class TokenTally {
  #counted = 0;
  #kept = "";

  add(piece: string): void {
    this.#kept += piece;
    if (this.#kept.length < KEPT_LENGTH) return;
    const space = this.#kept.lastIndexOf(" ");
    const cut = space === -1 ? this.#kept.length : space + 1;
    this.#counted += countTokens(this.#kept.slice(0, cut));
    this.#kept = this.#kept.slice(cut);
  }

  get tokens(): number {
    return this.#counted + countTokens(this.#kept);
  }

  /** Whether any text came at all. */
  get isEmpty(): boolean {
    return this.#counted === 0 && this.#kept === "";
  }
}

/** A picture in Markdown, as models that make pictures show it in a text. */
const SHOWN_PICTURE = /!\[[^\]\n]{0,200}\]\((?:data:image\/|https?:\/\/)/g;
/** The beginning of a picture, however it is cut, is not longer. */
const MOST_BEGINNING = 220;

/** Counts pictures: those that came as such, and those that a text shows, in whatever pieces it comes. */
export class PictureTally {
  #count = 0;
  #kept = "";

  add(pictures: number, text: string): void {
    this.#count += pictures;
    if (text === "" || (this.#kept === "" && !text.includes("!"))) return;
    const seen = this.#kept + text;
    let end = 0;
    for (const { 0: match, index } of seen.matchAll(SHOWN_PICTURE)) {
      this.#count++;
      end = index + match.length;
    }
    const rest = seen.slice(Math.max(end, seen.length - MOST_BEGINNING));
    const begun = rest.indexOf("!");
    this.#kept = begun === -1 ? "" : rest.slice(begun);
  }

  get count(): number {
    return this.#count;
  }
}

/** What a model made, as the wires tell it. */
interface Delivered {
  readonly output: string;
  readonly reasoning: string;
  readonly pictures?: number;
  readonly sketches?: number;
  readonly soundMs?: number;
}

/** Counts what was delivered so far. */
export class LocalCount {
  readonly output = new TokenTally();
  readonly reasoning = new TokenTally();
  readonly pictures = new PictureTally();
  #soundMs = 0;
  #sketches = 0;
  /** What the request consumes in any case, such as one web search if it asked for that. */
  least: Usage = {};
  /** Something other than text was delivered, such as a picture or sound. */
  began = false;
  /** The client left before the end: a picture that it saw before it was whole is one that it got. */
  isLeft = false;
  /** What the model was given to hear. */
  readonly recording: Recording | undefined;
  readonly #input: () => number;
  #inputTokens: number | undefined;

  /** @param input counts the prompt, text and parts; called once, when its count is first needed */
  constructor(input: () => number, recording?: Recording) {
    this.#input = input;
    this.recording = recording;
  }

  /** Takes what was just delivered. */
  hear({ output, reasoning, pictures = 0, sketches = 0, soundMs = 0 }: Delivered): void {
    this.output.add(output);
    this.reasoning.add(reasoning);
    this.pictures.add(pictures, output);
    this.#sketches += sketches;
    this.#soundMs += soundMs;
  }

  get isAny(): boolean {
    return this.began || this.#soundMs > 0 || !this.output.isEmpty || !this.reasoning.isEmpty;
  }

  usage(): Usage {
    return { ...this.least, ...this.given(), ...this.outputUsage(), ...this.made() };
  }

  /** What a model reads or hears in any case. */
  given(): Usage {
    const { recording } = this;
    return { ...this.promptUsage(), ...(recording === undefined ? {} : { durationMs: recording.ms }) };
  }

  /** The prompt in disjoint counts. */
  promptUsage(): Pick<Usage, "input" | "inputAudio"> {
    const { recording } = this;
    return {
      input: this.promptTokens(),
      ...(recording === undefined ? {} : { inputAudio: heardTokens(recording.ms) }),
    };
  }

  /** Of its text, and of the media in it. */
  promptTokens(): number {
    this.#inputTokens ??= this.#input();
    return this.#inputTokens;
  }

  outputUsage(): Pick<Usage, "output" | "reasoning" | "outputAudio"> {
    const reasoning = this.reasoning.tokens;
    const outputAudio = soundTokens(this.#soundMs);
    return {
      output: this.output.tokens,
      ...(reasoning > 0 ? { reasoning } : {}),
      ...(outputAudio > 0 ? { outputAudio } : {}),
    };
  }

  /** Pictures and sound are counted here alone: no upstream's word is taken for them. */
  made(): Pick<Usage, "images" | "durationMs"> {
    const count = this.isLeft ? Math.max(this.pictures.count, this.#sketches) : this.pictures.count;
    const durationMs = Math.round(this.#soundMs);
    return { ...(count === 0 ? {} : { images: count }), ...(durationMs === 0 ? {} : { durationMs }) };
  }

  get outputTokens(): number {
    return this.output.tokens + this.reasoning.tokens;
  }
}
