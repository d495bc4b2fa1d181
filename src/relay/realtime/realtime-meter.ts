/** Counts what a conversation over a socket uses, and says what must be held so that it can go on. No I/O. */
import { boundsOf, contextOf, costOfTokens, type Offer } from "../../billing/estimate.ts";
import { judgeUsage } from "../../billing/judge-usage.ts";
import { cost } from "../../billing/price.ts";
import { LocalCount } from "../../billing/usage-count.ts";
import { addUsage, type Usage } from "../../core/units.ts";
import { promptTokensOf } from "../../operation/demand.ts";
import { ConversationSize, NOTHING_ADDED, type Added } from "../../operation/realtime/conversation-size.ts";
import { soundTokens } from "../../operation/speech/sound.ts";
import type { Transcript } from "../../wire/realtime-types.ts";
import type { ModelText } from "../../wire/types.ts";
import { TranscriptMeter, type RealtimeUsage } from "./transcript-meter.ts";

export class RealtimeMeter {
  readonly #offer: Offer;
  readonly #size = new ConversationSize();
  /** Our own count of the answers that are being made, by their ids. */
  readonly #answers = new Map<string, LocalCount>();
  /** The ids of those that are over. */
  readonly #ended = new Set<string>();
  readonly #transcripts: TranscriptMeter;
  #used: Usage = {};
  #isAny = false;
  #isEstimated = false;
  /** Answers that were asked for and have not begun. */
  #asked = 0;
  readonly #onlyHears: boolean;

  /** @param onlyHears nothing is answered */
  constructor(offer: Offer, onlyHears: boolean) {
    this.#offer = offer;
    this.#onlyHears = onlyHears;
    this.#transcripts = new TranscriptMeter(this.#size, offer.price.durationMs !== undefined);
    if (onlyHears) this.#transcripts.onlyHears();
  }

  add(added: Added): void {
    this.#size.add(added);
  }

  /** @param added by the request for the answer itself */
  asked(added = NOTHING_ADDED): void {
    this.#size.add(added);
    this.#asked++;
  }

  /** What was asked for last did not go upstream. */
  takeBack(added: Added): void {
    this.#size.takeBack(added);
    this.refused();
  }

  /** What was asked for last does not come. */
  refused(): void {
    this.#asked = Math.max(0, this.#asked - 1);
  }

  /** Whatever was asked for and has not begun will not. */
  forget(): void {
    this.#asked = 0;
  }

  began(answer: string): void {
    this.#countOf(answer);
  }

  made(answer: string, text: ModelText): void {
    if (answer !== "") this.#countOf(answer)?.hear(text);
  }

  /** @param reported by the upstream, which may be impossible. @returns what of it cannot be true */
  ended(answer: string, reported: Usage | undefined): string | undefined {
    const local = this.#countOf(answer);
    if (local === undefined) return undefined;
    this.#answers.delete(answer);
    if (answer !== "") this.#ended.add(answer);
    if (reported === undefined && !local.isAny) return undefined;
    const { usage, estimated, problem } = this.#judged(reported, local);
    this.#take(usage, estimated);
    const { output = 0, outputAudio = 0, reasoning = 0 } = usage;
    this.#size.answered(output + reasoning, outputAudio);
    return problem;
  }

  /** From now on, what the client says is written down. @param promptBytes of the text that is read along each time */
  transcribes(promptBytes: number): void {
    this.#transcripts.begin(promptBytes);
  }

  wrote(transcript: Transcript): void {
    this.#transcripts.wrote(transcript);
  }

  transcribed(transcript: Transcript, reported: Usage | undefined): void {
    const used = this.#transcripts.ended(transcript, reported);
    if (used !== undefined) this.#take(used.usage, used.estimated);
  }

  notTranscribed(item: string): void {
    this.#transcripts.failed(item);
  }

  /** Something is being made whose use is not known yet. */
  get isBusy(): boolean {
    return this.isAnswering || this.#transcripts.isWriting;
  }

  /** An answer is being made, or was asked for. */
  get isAnswering(): boolean {
    return this.#answers.size > 0 || this.#asked > 0;
  }

  /** The ids of the answers that are being made. */
  get begun(): readonly string[] {
    return [...this.#answers.keys()];
  }

  /** Some answers were asked for, and none has begun. */
  get isWaiting(): boolean {
    return this.#answers.size === 0 && this.#asked > 0;
  }

  /** What must be held: what was used, and what can be used before it is known. */
  get needNanos(): number {
    const { price, ratioPpm } = this.#offer;
    const used = cost(addUsage(this.#used, this.#transcripts.rest), price, ratioPpm);
    return this.#answersAtOnce === 0 ? used : used + this.#answersAtOnce * this.#answerNanos;
  }

  /** What the conversation used so far. @param isOver what is not whole counts too, by our own count; undefined = nothing */
  usage(isOver: boolean): RealtimeUsage | undefined {
    let [usage, isAny, estimated] = [this.#used, this.#isAny, this.#isEstimated];
    for (const local of isOver ? this.#answers.values() : []) {
      if (!local.isAny) continue;
      [usage, isAny, estimated] = [addUsage(usage, this.#judged(undefined, local).usage), true, true];
    }
    for (const unfinished of isOver ? this.#transcripts.unfinished : []) {
      [usage, isAny, estimated] = [addUsage(usage, unfinished), true, true];
    }
    return isAny ? { usage, estimated } : undefined;
  }

  /** Our own count of an answer, from its first event on; undefined = the answer is over. */
  #countOf(answer: string): LocalCount | undefined {
    if (this.#ended.has(answer)) return undefined;
    const known = this.#answers.get(answer);
    if (known !== undefined) return known;
    this.refused();
    const made = new LocalCount(() => this.#promptTokens);
    this.#answers.set(answer, made);
    return made;
  }

  #take(usage: Usage, estimated: boolean): void {
    this.#used = addUsage(this.#used, usage);
    this.#isAny = true;
    this.#isEstimated ||= estimated;
  }

  #judged(reported: Usage | undefined, local: LocalCount) {
    // What a client has deleted is not known, so a short prompt is no lie.
    const demand = { promptBytes: 0, needs: new Map(), maxOutput: undefined, choices: 1 };
    const judged = judgeUsage(reported, { limits: this.#offer.limits, demand, local, isWhole: true });
    // Sound is paid for by tokens, whatever its length.
    const { durationMs: _, ...usage } = judged.usage;
    // The wire tells the tokens of sound, however few, so this prompt is our own count, which is of text.
    if (usage.inputAudio === undefined) return { ...judged, usage: { ...usage, inputAudio: this.#promptSound } };
    return { ...judged, usage };
  }

  /** Where the client speaks, the upstream answers unasked. */
  get #answersAtOnce(): number {
    const unasked = this.#size.soundMs > 0 && !this.#onlyHears ? 1 : 0;
    return this.#answers.size + this.#asked + unasked;
  }

  /** The most that one answer can cost: it reads all of the conversation, also what is being answered. */
  get #answerNanos(): number {
    const { limits } = this.#offer;
    const pictures = this.#size.pictures;
    const demand = {
      promptBytes: this.#size.bytes,
      needs: new Map([["audio", 1] as const, ...(pictures === 0 ? [] : [["image", pictures] as const])]),
      maxOutput: undefined,
      choices: 1,
    };
    const said = this.#size.mostSoundTokens;
    const others = (this.#answersAtOnce - 1) * (limits.maxOutput ?? contextOf(limits));
    const bounds = boundsOf(demand, { ...this.#offer, limits: { ...limits, audioTokens: said + others } });
    return costOfTokens(bounds, bounds.most);
  }

  /** About the tokens of the conversation's text. */
  get #promptTokens(): number {
    const room = contextOf(this.#offer.limits) - this.#promptSound;
    return Math.min(room, promptTokensOf({ promptBytes: this.#size.bytes }));
  }

  /** About the tokens of its sound. */
  get #promptSound(): number {
    return Math.min(contextOf(this.#offer.limits), soundTokens(this.#size.soundMs) + this.#size.answerSoundTokens);
  }
}
