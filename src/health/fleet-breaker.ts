/**
 * The breaker of one route as the upstream's object keeps it for all isolates. It opens by the share of failures in the
 * window of all reports, gives one isolate at a time the lease for a trial, and closes after trials that were answered.
 * Pure state; time and chance are passed in.
 */
import { doubling, jittered } from "./backoff.ts";
import type { BreakerState, Transition } from "./breaker.ts";
import type { FleetBreakerState, RouteDelta } from "./report.ts";
import type { HealthTuning } from "./tuning.ts";

const SLICE_MS = 1000;

export interface StoredBreaker {
  readonly state: BreakerState;
  readonly openUntilMs: number;
  readonly openings: number;
  readonly successes: number;
  readonly closedAtMs?: number | undefined;
  readonly lease?: { readonly isolate: string; readonly untilMs: number } | undefined;
  readonly transition?: Transition | undefined;
}

const CLOSED: StoredBreaker = { state: "closed", openUntilMs: 0, openings: 0, successes: 0 };

export class FleetBreaker {
  #now: StoredBreaker;
  /** Recent attempts, by second. */
  #window = new Map<number, { answered: number; failed: number }>();
  readonly #tuning: HealthTuning;
  readonly #random: () => number;

  constructor(tuning: HealthTuning, random: () => number, stored: StoredBreaker = CLOSED) {
    this.#tuning = tuning;
    this.#random = random;
    this.#now = stored;
  }

  get stored(): StoredBreaker {
    return this.#now;
  }

  /** Applies what follows from the time alone: leases lapse, back-offs end. */
  advance(nowMs: number): void {
    const { state, openUntilMs, lease } = this.#now;
    if (lease !== undefined && nowMs >= lease.untilMs) this.#now = { ...this.#now, lease: undefined };
    if (state === "open" && nowMs >= openUntilMs) this.#move("half-open", nowMs, "the back-off is over");
  }

  /** Takes in what an isolate saw `ageMs` ago. */
  observe(delta: Readonly<RouteDelta>, ageMs: number, nowMs: number): void {
    this.advance(nowMs);
    if (this.#now.state === "closed" && delta.probesFailed > 0) return this.#open(nowMs, "a probe failed");
    if (this.#now.state === "closed") return this.#watch(delta, ageMs, nowMs);
    if (delta.trialsFailed > 0) {
      // While the breaker is open, a failed attempt tells nothing new.
      if (this.#now.state === "half-open") this.#open(nowMs, "a trial or probe failed");
      return;
    }
    if (delta.trialsAnswered === 0) return;
    const successes = this.#now.successes + delta.trialsAnswered;
    this.#now = { ...this.#now, successes, lease: undefined };
    if (successes >= this.#tuning.breakerClosingSuccesses) {
      this.#now = { ...this.#now, closedAtMs: nowMs };
      this.#move("closed", nowMs, `${successes} trials or probes were answered`);
    } else if (this.#now.state === "open") {
      this.#move("half-open", nowMs, "an attempt was answered before the back-off was over");
    }
  }

  /** Closes it. @param why for operators */
  clear(nowMs: number, why: string): void {
    if (this.#now.state === "closed") return;
    this.#now = { ...this.#now, closedAtMs: nowMs, successes: 0, lease: undefined };
    this.#window.clear();
    this.#move("closed", nowMs, why);
  }

  /** The state for an isolate that plans this route. Gives the isolate the lease if it is free. */
  tell(isolate: string, nowMs: number): FleetBreakerState {
    this.advance(nowMs);
    const { state, openUntilMs, closedAtMs, lease } = this.#now;
    const why = this.#now.transition?.why ?? "";
    if (state === "closed")
      return { state, why, ...(closedAtMs === undefined ? {} : { closedForMs: nowMs - closedAtMs }) };
    if (state === "open") return { state, why, openForMs: openUntilMs - nowMs };
    if (lease !== undefined && lease.isolate !== isolate) return { state, why };
    const untilMs = lease?.untilMs ?? nowMs + this.#tuning.trialLeaseMs;
    this.#now = { ...this.#now, lease: { isolate, untilMs } };
    return { state, why, leaseForMs: untilMs - nowMs };
  }

  /** Attempts in the window. */
  counts(nowMs: number): { answered: number; failed: number } {
    const oldest = Math.floor((nowMs - this.#tuning.breakerWindowMs) / SLICE_MS);
    let answered = 0;
    let failed = 0;
    for (const [second, slice] of this.#window) {
      if (second <= oldest) this.#window.delete(second);
      else {
        answered += slice.answered;
        failed += slice.failed;
      }
    }
    return { answered: Math.max(0, answered), failed };
  }

  #watch({ answered, failed }: Readonly<RouteDelta>, ageMs: number, nowMs: number): void {
    const second = Math.floor((nowMs - ageMs) / SLICE_MS);
    const slice = this.#window.get(second) ?? { answered: 0, failed: 0 };
    this.#window.set(second, { answered: slice.answered + answered, failed: slice.failed + failed });
    const counts = this.counts(nowMs);
    const attempts = counts.answered + counts.failed;
    const { breakerWindowMinAttempts, breakerWindowFailureShare } = this.#tuning;
    if (attempts >= breakerWindowMinAttempts && counts.failed >= breakerWindowFailureShare * attempts) {
      this.#open(nowMs, `${counts.failed} of ${attempts} attempts failed`);
    }
  }

  #open(nowMs: number, why: string): void {
    const { breakerOpenMs, breakerOpenMaxMs, breakerJitterShare, breakerForgetMs } = this.#tuning;
    const { state, closedAtMs = Number.NEGATIVE_INFINITY, openings } = this.#now;
    const past = state === "closed" && nowMs - closedAtMs > breakerForgetMs ? 0 : openings;
    const forMs = jittered(doubling(breakerOpenMs, breakerOpenMaxMs, past), breakerJitterShare, this.#random);
    this.#window.clear();
    this.#now = { ...this.#now, openUntilMs: nowMs + forMs, openings: past + 1, successes: 0, lease: undefined };
    this.#move("open", nowMs, why);
  }

  #move(to: BreakerState, atMs: number, why: string): void {
    this.#now = { ...this.#now, state: to, transition: { to, atMs, why } };
  }
}
