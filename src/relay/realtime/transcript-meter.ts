/** Counts what it takes to write down what a client says in a conversation, whatever its upstream tells. No I/O. */
import { OVERHEAD_TOKENS } from "../../billing/estimate.ts";
import { TokenTally } from "../../billing/usage-count.ts";
import { addUsage, usageProblem, type Usage } from "../../core/units.ts";
import type { ConversationSize } from "../../operation/realtime/conversation-size.ts";
import { soundTokens } from "../../operation/speech/sound.ts";
import type { Transcript } from "../../wire/realtime-types.ts";

/** What was used. */
export interface RealtimeUsage {
  readonly usage: Usage;
  /** Some of it is our own count. */
  readonly estimated: boolean;
}

export class TranscriptMeter {
  readonly #size: ConversationSize;
  readonly #bySeconds: boolean;
  /** Some upstreams write down for nothing what they also answer: they never tell what it took. */
  #isPaid = false;
  #isOn = false;
  /** The longest text that the upstream reads along with each piece of sound. */
  #promptBytes = 0;
  /** What is being written down, by its item. */
  readonly #open = new Map<string, TokenTally>();
  readonly #whole = new Set<string>();
  #used: Usage = {};
  /** Of the sound: what was told to be written down, and what came before the last transcript. */
  #toldMs = 0;
  #heardMs = 0;

  /** @param bySeconds seconds have a price; where they have none, they are as dear as the tokens of their sound */
  constructor(size: ConversationSize, bySeconds: boolean) {
    this.#size = size;
    this.#bySeconds = bySeconds;
  }

  /** Nothing is answered: to write down is all that the upstream is paid for. */
  onlyHears(): void {
    this.#isPaid = true;
    this.begin(0);
  }

  /** From now on, what the client says is written down. */
  begin(promptBytes: number): void {
    this.#isOn = true;
    this.#promptBytes = Math.max(this.#promptBytes, promptBytes);
  }

  wrote({ item, text }: Transcript): void {
    if (this.#whole.has(item)) return;
    const tally = this.#open.get(item) ?? new TokenTally();
    tally.add(text);
    this.#open.set(item, tally);
  }

  /** @returns what to charge for a transcript that is whole; undefined = nothing */
  ended(transcript: Transcript, reported: Usage | undefined): RealtimeUsage | undefined {
    const { item } = transcript;
    if (this.#whole.has(item)) return undefined;
    if (!this.#open.has(item)) this.wrote(transcript);
    const tally = this.#open.get(item);
    this.#open.delete(item);
    if (item !== "") this.#whole.add(item);
    this.#isPaid ||= reported !== undefined;
    if (!this.#isPaid) return undefined;
    const told = reported === undefined ? undefined : this.#possible(reported);
    const usage = told ?? this.#ownCount(tally);
    this.#heardMs = this.#size.soundMs;
    this.#used = addUsage(this.#used, usage);
    return { usage, estimated: told === undefined };
  }

  /** Nothing is charged for what the upstream could not write down. */
  failed(item: string): void {
    this.#open.delete(item);
  }

  get isWriting(): boolean {
    return this.#open.size > 0;
  }

  /** What the client saw of transcripts that are not whole. */
  get unfinished(): readonly Usage[] {
    if (!this.#isPaid) return [];
    return [...this.#open.values()].map((tally, at) => this.#ownCount(tally, at === 0));
  }

  /** What it takes at most to write down what is not yet. */
  get rest(): Usage {
    if (!this.#isOn) return {};
    const { inputAudio, output, durationMs } = this.#size.mostToWriteDown;
    if (this.#bySeconds) return { durationMs: Math.max(0, durationMs - (this.#used.durationMs ?? 0)) };
    const prompts = Math.max(0, this.#size.pieces - this.#whole.size) * this.#promptBytes;
    return { input: prompts, inputAudio: this.#left("inputAudio", inputAudio), output: this.#left("output", output) };
  }

  /** No more than the sound and the texts can be; undefined = it cannot be true at all. */
  #possible({ durationMs, ...tokens }: Usage): Usage | undefined {
    const reported = { ...tokens, ...(durationMs === undefined ? {} : { durationMs }) };
    if (Object.keys(reported).length === 0 || usageProblem(reported) !== undefined) return undefined;
    if (durationMs !== undefined) return this.#byLength(durationMs);
    const { inputAudio: most } = this.#size.mostToWriteDown;
    const inputAudio = Math.min(tokens.inputAudio ?? 0, this.#left("inputAudio", most));
    // Without a sound there is nothing to write down.
    if (inputAudio === 0) return {};
    return {
      input: Math.min(tokens.input ?? 0, this.#promptBytes + OVERHEAD_TOKENS),
      inputAudio,
      output: Math.min(tokens.output ?? 0, this.#left("output", most)),
    };
  }

  #byLength(durationMs: number): Usage {
    const ms = Math.min(durationMs, Math.max(0, Math.ceil(this.#size.soundMs - this.#toldMs)));
    this.#toldMs += ms;
    return this.#bySeconds ? { durationMs: ms } : { inputAudio: soundTokens(ms) };
  }

  /** @param isFirst of several that are counted at once, the first pays for the sound */
  #ownCount(tally: TokenTally | undefined, isFirst = true): Usage {
    const ms = isFirst ? Math.max(0, Math.ceil(this.#size.soundMs - this.#heardMs)) : 0;
    if (this.#bySeconds) return { durationMs: ms };
    return { inputAudio: soundTokens(ms), output: tally?.tokens ?? 0 };
  }

  #left(unit: "inputAudio" | "output", most: number): number {
    return Math.max(0, most - (this.#used[unit] ?? 0));
  }
}
