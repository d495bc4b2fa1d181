/** One attempt of a request, and what its end means for the isolate's knowledge of health. No I/O. */
import { type AttemptEnd, FINAL_OUTCOMES, describeEnd } from "../health/attempt-end.ts";
import type { BreakerFailure, Permit } from "../health/breaker.ts";
import type { LocalHealth } from "../health/local-health.ts";
import { meaningOf } from "../health/suspicions.ts";
import type { PlannedAttempt } from "./plan-types.ts";

interface AttemptOptions {
  readonly stream: boolean;
  readonly answered: () => void;
  readonly failed: (end: AttemptEnd, blame: () => void) => void;
  /**
   * Has a probe judge a failure that the client's request may have caused. @returns whether the failure is evidence after
   * all
   */
  readonly suspect: (end: AttemptEnd) => boolean;
  /** A probe can judge the route. */
  readonly isProbed: boolean;
  /** Who asked. */
  readonly account: string | undefined;
  readonly changed: () => void;
}

/** An attempt under way. */
export class Attempt {
  readonly planned: PlannedAttempt;
  readonly permit: Permit;
  readonly startedAtMs: number;
  readonly #local: LocalHealth;
  readonly #options: AttemptOptions;
  readonly #endWait: () => void;
  #ttftMs: number | undefined;
  #failuresBefore = 0;
  #over = false;
  #hasFaltered = false;
  #isAlive = false;

  constructor(local: LocalHealth, planned: PlannedAttempt, permit: Permit, options: AttemptOptions) {
    this.planned = planned;
    this.permit = permit;
    this.startedAtMs = local.now();
    this.#local = local;
    this.#options = options;
    this.#endWait = local.waits(planned, options.stream);
  }

  /** The upstream has answered with headers: it works, but may think for long. */
  alive(): void {
    this.#isAlive = true;
  }

  /** When the attempt is late, so that the next upstream is started beside it; Unix milliseconds. */
  get lateAtMs(): number {
    const waiting = { stream: this.#options.stream, isAlive: this.#isAlive };
    return this.startedAtMs + this.#local.patienceMs(this.planned.route, waiting);
  }

  /** The whole answer has come, or the first meaningful event of a stream. */
  answered(): void {
    const nowMs = this.#local.now();
    this.#endWait();
    if (this.#options.stream) this.#ttftMs = nowMs - this.startedAtMs;
    this.#failuresBefore = this.#local.change(this.planned.route, this.permit, (knowledge) => {
      if (this.#ttftMs !== undefined) knowledge.began(this.#ttftMs, nowMs);
      return knowledge.answered(this.permit, this.startedAtMs, nowMs);
    });
    this.#local.warm(this.planned, this.startedAtMs);
    this.#options.answered();
    this.#options.changed();
  }

  /** The answer is over: whole, or left by its client. Calls after the first do nothing. */
  finished(outputTokens?: number): void {
    if (!this.#end(outputTokens)) return;
    const nowMs = this.#local.now();
    const totalMs = nowMs - this.startedAtMs;
    this.#local.change(this.planned.route, "normal", (knowledge) =>
      knowledge.finished({ ttftMs: this.#ttftMs, outputTokens, totalMs }, nowMs),
    );
    if (this.#local.isUrgent(this.planned.route.upstream.id)) this.#options.changed();
  }

  /** A stream that had begun broke off. */
  brokeOff(end: AttemptEnd): void {
    if (!this.#end()) return;
    this.#falter(end);
  }

  /** What had begun failed in part, and goes on: a conversation whose answer failed. Calls after the first do nothing. */
  faltered(end: AttemptEnd): void {
    if (!this.#over) this.#falter(end);
  }

  #falter(end: AttemptEnd): void {
    if (this.#hasFaltered || FINAL_OUTCOMES.has(end.outcome)) return;
    this.#hasFaltered = true;
    const nowMs = this.#local.now();
    this.#local.change(this.planned.route, this.permit, (knowledge) => knowledge.takeBack(this.#failuresBefore, nowMs));
    this.#blame(end);
    this.#options.changed();
  }

  /** No answer came. */
  failed(end: AttemptEnd): void {
    if (!this.#end()) return;
    this.#options.failed(end, () => this.#blame(end));
    this.#options.changed();
  }

  #blame(end: AttemptEnd): void {
    const isSuspicion = this.#options.isProbed && meaningOf(end, this.#local.tuning) === "suspicion";
    const isPending = isSuspicion && !this.#options.suspect(end);
    const isCooled = !isPending && this.#local.cool(this.planned, end, this.startedAtMs) !== undefined;
    const isOver = isPending || isCooled || FINAL_OUTCOMES.has(end.outcome);
    const isSuspect = this.#local.change(this.planned.route, this.permit, (knowledge) => {
      if (end.outcome === "outpaced") return knowledge.outpaced(this.#options.stream, this.#failure(end));
      if (!isOver) return knowledge.failed(this.#failure(end));
      knowledge.breaker.release(this.permit, this.startedAtMs);
      return false;
    });
    if (isSuspect) this.#options.suspect(end);
  }

  #failure(end: AttemptEnd): BreakerFailure {
    const isSuspicion = this.#options.isProbed && meaningOf(end, this.#local.tuning) !== "evidence";
    return {
      permit: this.permit,
      startedAtMs: this.startedAtMs,
      nowMs: this.#local.now(),
      isSuspicion,
      account: this.#options.account,
      why: describeEnd(end),
    };
  }

  #end(outputTokens = 0): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#endWait();
    this.#local.ended(this.planned, this.startedAtMs, outputTokens);
    return true;
  }
}
