/** One attempt of a journey, and what its end means for what the isolate knows. No I/O. */
import type { Admission } from "./breaker.ts";
import type { LocalStandings } from "./standing.ts";
import type { Outcome } from "../core/outcome.ts";
import type { AttemptEnd, Planned } from "./types.ts";

/** Ends that no other route would mend, and that say nothing about this one. */
export const FINAL_OUTCOMES: ReadonlySet<Outcome> = new Set(["refused_request", "abandoned"]);

export interface LegOptions {
  readonly stream: boolean;
  readonly answered: () => void;
  readonly failed: (end: AttemptEnd, blame: () => void) => void;
  readonly changed: () => void;
}

/** An attempt under way. */
export class Leg {
  readonly planned: Planned;
  readonly admission: Admission;
  readonly startedAtMs: number;
  readonly #local: LocalStandings;
  readonly #options: LegOptions;
  readonly #endWait: () => void;
  #ttftMs: number | undefined;
  #failuresBefore = 0;
  #over = false;

  constructor(local: LocalStandings, planned: Planned, admission: Admission, options: LegOptions) {
    this.planned = planned;
    this.admission = admission;
    this.startedAtMs = local.now();
    this.#local = local;
    this.#options = options;
    this.#endWait = options.stream ? local.waits(planned) : () => undefined;
  }

  /** The whole answer has come, or the first meaningful event of a stream. */
  answered(): void {
    const nowMs = this.#local.now();
    this.#endWait();
    if (this.#options.stream) this.#ttftMs = nowMs - this.startedAtMs;
    this.#failuresBefore = this.#local.change(this.planned.route, this.admission, (knowledge) => {
      if (this.#ttftMs !== undefined) knowledge.began(this.#ttftMs, nowMs);
      return knowledge.answered(this.admission, this.startedAtMs, nowMs);
    });
    this.#local.warm(this.planned, this.startedAtMs);
    this.#options.answered();
    this.#options.changed();
  }

  /** The answer is over: whole, or left by its client. Calls after the first do nothing. */
  finished(outputTokens?: number): void {
    if (!this.#end()) return;
    const nowMs = this.#local.now();
    const totalMs = nowMs - this.startedAtMs;
    this.#local.change(this.planned.route, "normal", (knowledge) =>
      knowledge.finished({ ttftMs: this.#ttftMs, outputTokens, totalMs }, nowMs),
    );
  }

  /** A stream that had begun broke off. */
  brokeOff(end: AttemptEnd): void {
    if (!this.#end()) return;
    if (FINAL_OUTCOMES.has(end.outcome)) return;
    this.#local.change(this.planned.route, this.admission, (knowledge) =>
      knowledge.brokeOff(this.#failuresBefore, this.#failure(end)),
    );
    this.#options.changed();
  }

  /** No answer came. */
  failed(end: AttemptEnd): void {
    if (!this.#end()) return;
    this.#options.failed(end, () => this.#blame(end));
    this.#options.changed();
  }

  #blame(end: AttemptEnd): void {
    const isCooled = this.#local.cool(this.planned, end, this.startedAtMs) !== undefined;
    this.#local.change(this.planned.route, this.admission, (knowledge) => {
      if (isCooled || FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(this.admission, this.startedAtMs);
      else knowledge.failed(this.#failure(end));
    });
  }

  #failure(end: AttemptEnd): { admission: Admission; startedAtMs: number; nowMs: number; why: string } {
    const why = end.status === undefined ? end.outcome : `${end.outcome} (${end.status})`;
    return { admission: this.admission, startedAtMs: this.startedAtMs, nowMs: this.#local.now(), why };
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#endWait();
    this.#local.ended(this.planned);
    return true;
  }
}
