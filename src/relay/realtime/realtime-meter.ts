/** Counts what a conversation over a socket uses, and says what must be held so that it can go on. No I/O. */
import { boundsOf, costOfTokens, type Offer } from "../../billing/estimate.ts";
import { judgeUsage } from "../../billing/judge-usage.ts";
import { cost } from "../../billing/price.ts";
import { LocalCount } from "../../billing/usage-count.ts";
import { COUNTED_UNITS, type Usage } from "../../core/units.ts";
import { promptTokensOf } from "../../operation/demand.ts";
import { ConversationSize, type Added } from "../../operation/realtime/conversation-size.ts";
import { soundTokens } from "../../operation/speech/sound.ts";
import type { ModelText } from "../../wire/types.ts";

export interface RealtimeUsage {
  readonly usage: Usage;
  /** Some of it is our own count. */
  readonly estimated: boolean;
}

export class RealtimeMeter {
  readonly #offer: Offer;
  readonly #size = new ConversationSize();
  /** Our own count of the answers that are being made, by their ids. */
  readonly #answers = new Map<string, LocalCount>();
  #used: Usage = {};
  #isAny = false;
  #isEstimated = false;
  #transcribed: Usage = {};
  /** Answers that were asked for and have not begun. */
  #asked = 0;
  #transcribes: boolean;
  readonly #onlyHears: boolean;

  /** @param onlyHears nothing is answered */
  constructor(offer: Offer, onlyHears: boolean) {
    this.#offer = offer;
    this.#onlyHears = onlyHears;
    this.#transcribes = onlyHears;
  }

  add(added: Added): void {
    this.#size.add(added);
  }

  asked(): void {
    this.#asked++;
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
    this.refused();
    this.#answers.set(answer, new LocalCount(() => this.#promptTokens));
  }

  made(answer: string, text: ModelText): void {
    this.#answers.get(answer)?.hear(text);
  }

  /** @param reported by the upstream, which may be impossible. @returns what of it cannot be true */
  ended(answer: string, reported: Usage | undefined): string | undefined {
    const local = this.#answers.get(answer) ?? new LocalCount(() => this.#promptTokens);
    this.#answers.delete(answer);
    if (reported === undefined && !local.isAny) return undefined;
    const { usage, estimated, problem } = this.#judged(reported, local);
    this.#take(usage, estimated);
    const { output = 0, outputAudio = 0, reasoning = 0 } = usage;
    this.#size.answered(output + reasoning, outputAudio);
    return problem;
  }

  transcribes(): void {
    this.#transcribes = true;
  }

  /** Takes what it took to write down what the client said. Its length is no longer than what was said. */
  transcribed(reported: Usage): void {
    const { durationMs, ...tokens } = reported;
    const ms = durationMs === undefined ? undefined : Math.min(durationMs, this.#size.soundMs);
    // Where seconds have no price, they are as dear as the tokens of their sound.
    const bySeconds = this.#offer.price.durationMs !== undefined;
    const usage: Usage =
      ms === undefined ? tokens : bySeconds ? { durationMs: ms } : { ...tokens, inputAudio: soundTokens(ms) };
    const isPossible = Object.values(usage).every((count) => Number.isSafeInteger(count) && count >= 0);
    if (!isPossible) return;
    this.#take(usage, false);
    this.#transcribed = sum(this.#transcribed, usage);
  }

  /** An answer is being made, or was asked for. */
  get isAnswering(): boolean {
    return this.#answers.size > 0 || this.#asked > 0;
  }

  /** Some answers were asked for, and none has begun. */
  get isWaiting(): boolean {
    return this.#answers.size === 0 && this.#asked > 0;
  }

  /** What must be held: what was used, and what can be used before it is known. */
  get needNanos(): number {
    const { price, ratioPpm } = this.#offer;
    const used = cost(sum(this.#used, this.#toWriteDown), price, ratioPpm);
    return this.#answersAtOnce === 0 ? used : used + this.#answersAtOnce * this.#answerNanos;
  }

  /** What the conversation used so far. @param isOver what is not whole counts too, by our own count; undefined = nothing */
  usage(isOver: boolean): RealtimeUsage | undefined {
    let [usage, isAny, estimated] = [this.#used, this.#isAny, this.#isEstimated];
    for (const local of isOver ? this.#answers.values() : []) {
      if (!local.isAny) continue;
      [usage, isAny, estimated] = [sum(usage, this.#judged(undefined, local).usage), true, true];
    }
    return isAny ? { usage, estimated } : undefined;
  }

  #take(usage: Usage, estimated: boolean): void {
    this.#used = sum(this.#used, usage);
    this.#isAny = true;
    this.#isEstimated ||= estimated;
  }

  #judged(reported: Usage | undefined, local: LocalCount) {
    // What a client has deleted is not known, so a short prompt is no lie.
    const demand = { promptBytes: 0, needs: new Map(), maxOutput: undefined, choices: 1 };
    const judged = judgeUsage(reported, { limits: this.#offer.limits, demand, local, isWhole: true });
    // Sound is paid for by tokens, whatever its length.
    const { durationMs: _, ...usage } = judged.usage;
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
    const bounds = boundsOf(demand, { ...this.#offer, limits: { ...limits, audioTokens: said } });
    const others = Math.max(0, this.#answersAtOnce - 1) * bounds.most;
    const more = boundsOf(demand, { ...this.#offer, limits: { ...limits, audioTokens: said + others } });
    return costOfTokens(others === 0 ? bounds : more, bounds.most);
  }

  get #toWriteDown(): Usage {
    if (!this.#transcribes) return {};
    const { inputAudio, output, durationMs } = this.#size.mostToWriteDown;
    const { inputAudio: heard = 0, input = 0, output: written = 0, durationMs: long = 0 } = this.#transcribed;
    const bySeconds = this.#offer.price.durationMs !== undefined;
    if (bySeconds) return { durationMs: Math.max(0, durationMs - long) };
    return { inputAudio: Math.max(0, inputAudio - heard - input), output: Math.max(0, output - written) };
  }

  /** About the tokens of the conversation. */
  get #promptTokens(): number {
    return promptTokensOf({ promptBytes: this.#size.bytes }) + soundTokens(this.#size.soundMs);
  }
}

function sum(one: Usage, other: Usage): Usage {
  const counts = COUNTED_UNITS.flatMap((unit) => {
    const [a, b] = [one[unit], other[unit]];
    return a === undefined && b === undefined ? [] : [[unit, (a ?? 0) + (b ?? 0)] as const];
  });
  return Object.fromEntries(counts);
}
