/**
 * The breaker of one route, as one isolate knows it: opened by failures seen here or by the object's word, whichever
 * is stricter. Pure state; time and chance are passed in.
 */
import { doubling, jittered } from "./backoff.ts";
import type { FleetBreaker } from "./exchange-types.ts";
import type { Tuning } from "./tuning.ts";
import type { BreakerState } from "./types.ts";

/**
 * How an attempt was let in. A probe tests whether the route works again. A trial does so too, before its time, because
 * so many routes are open that there is no better one.
 */
export type Admission = "normal" | "probe" | "trial";

export interface Transition {
  readonly to: BreakerState;
  readonly atMs: number;
  readonly why: string;
}

export class LocalBreaker {
  state: BreakerState = "closed";
  lastTransition: Transition | undefined;
  /** Since when the weight ramps up. */
  rampStartMs = Number.NEGATIVE_INFINITY;
  readonly #tuning: Tuning;
  readonly #random: () => number;
  #consecutive = 0;
  #openings = 0;
  #openUntilMs = 0;
  #successes = 0;
  #lastFailureMs = Number.NEGATIVE_INFINITY;
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  /** Until then the object is expected to say who probes. */
  #coordinatedUntilMs = 0;
  #leaseUntilMs = 0;
  /** Until then a probe or trial is under way; one that is never heard of again lapses. */
  #probingUntilMs = 0;
  #probingSinceMs = 0;
  #trialAtMs = 0;
  #failedTrials = 0;

  constructor(tuning: Tuning, random: () => number) {
    this.#tuning = tuning;
    this.#random = random;
  }

  isProbeable(nowMs: number): boolean {
    if (this.state === "closed" || nowMs < this.#probingUntilMs) return false;
    return nowMs < this.#leaseUntilMs || (nowMs >= this.#openUntilMs && nowMs >= this.#coordinatedUntilMs);
  }

  /** When a request may next try the route, whatever the state of others. */
  nextChanceMs(nowMs: number): number {
    if (this.state === "closed" || this.isProbeable(nowMs)) return nowMs;
    const soonest = this.#trialAtMs > nowMs ? Math.min(this.#trialAtMs, this.#openUntilMs) : this.#openUntilMs;
    return Math.max(nowMs, soonest);
  }

  /** The weight's share, in (0, 1]. */
  ramp(nowMs: number): number {
    const { rampMs, rampFloorShare } = this.#tuning;
    const share = (nowMs - this.rampStartMs) / rampMs;
    return share >= 1 ? 1 : Math.max(rampFloorShare, share);
  }

  /** Lets an attempt in, or not. @param panic breakers are ignored: an open route is tried for want of a better one */
  claim(nowMs: number, panic: boolean): Admission | undefined {
    if (this.state === "closed") return "normal";
    const admission = this.isProbeable(nowMs) ? "probe" : panic && this.#mayTry(nowMs) ? "trial" : undefined;
    if (admission !== undefined) {
      this.#probingSinceMs = nowMs;
      this.#probingUntilMs = nowMs + this.#tuning.probeLeaseMs;
    }
    return admission;
  }

  /** A route that answers now and then is better than none; one that never does is not to be hammered. */
  #mayTry(nowMs: number): boolean {
    if (this.#consecutive < this.#tuning.panicConsecutiveFailures) return true;
    return nowMs >= this.#probingUntilMs && nowMs >= this.#trialAtMs;
  }

  /** The attempt ended; if it was not a newer one's, the way is free for the next probe. */
  release(admission: Admission, startedAtMs: number): void {
    if (admission !== "normal" && startedAtMs >= this.#probingSinceMs) this.#probingUntilMs = 0;
  }

  /** @returns a number to hand to `takeBack`, should the answer break off */
  succeed(admission: Admission, startedAtMs: number, nowMs: number): number {
    this.release(admission, startedAtMs);
    this.#lastSuccessMs = nowMs;
    if (admission === "normal") {
      const before = this.#consecutive;
      if (this.state === "closed") this.#consecutive = 0;
      return before;
    }
    this.#consecutive = 0;
    if (this.state === "closed") return 0;
    this.#leaseUntilMs = 0;
    this.#failedTrials = 0;
    this.#trialAtMs = nowMs;
    this.#successes++;
    if (this.#successes >= this.#tuning.breakerClosingSuccesses) this.#close(nowMs, nowMs, "probes answered");
    else if (this.state === "open") this.#move("half-open", nowMs, `a ${admission} was answered`);
    return 0;
  }

  /** An answer that was a success broke off: the failures before it count again. */
  takeBack(consecutiveBefore: number): void {
    if (this.state === "closed") this.#consecutive = Math.max(this.#consecutive, consecutiveBefore);
  }

  /** It began before the last closing, and so tells of the time before. */
  isStale(startedAtMs: number): boolean {
    return this.state === "closed" && startedAtMs < (this.lastTransition?.atMs ?? startedAtMs);
  }

  fail({
    admission,
    startedAtMs,
    nowMs,
    why,
  }: {
    admission: Admission;
    startedAtMs: number;
    nowMs: number;
    why: string;
  }): void {
    this.release(admission, startedAtMs);
    this.#lastFailureMs = Math.max(this.#lastFailureMs, startedAtMs);
    if (this.state === "closed") {
      if (this.isStale(startedAtMs)) return;
      this.#consecutive++;
      if (this.#consecutive >= this.#tuning.breakerConsecutiveFailures) {
        this.#open(nowMs, `${this.#consecutive} failures in a row, the last: ${why}`);
      }
      return;
    }
    const outlivedLease = admission !== "normal" && nowMs - startedAtMs >= this.#tuning.probeLeaseMs;
    // What began so long ago, or before the opening, tells of the time before, if another went well since.
    if ((admission === "normal" || outlivedLease) && startedAtMs <= this.#lastSuccessMs) return;
    // Else it counts: where all hang, time-outs are the only failures, and they must end the panic.
    this.#consecutive++;
    if (admission === "normal" || (admission === "probe" && outlivedLease)) return;
    if (admission === "probe") return this.#open(nowMs, `a probe failed: ${why}`);
    this.#successes = 0;
    if (this.#consecutive < this.#tuning.panicConsecutiveFailures) return;
    const { trialMs, trialMaxMs, breakerJitterShare } = this.#tuning;
    const intervalMs = doubling(trialMs, trialMaxMs, this.#failedTrials++);
    this.#trialAtMs = nowMs + jittered(intervalMs, breakerJitterShare, this.#random);
  }

  /** Takes the object's word. */
  follow(fleet: FleetBreaker, nowMs: number): void {
    const closedAtMs = fleet.closedForMs === undefined ? undefined : nowMs - fleet.closedForMs;
    if (fleet.state === "closed") {
      this.#coordinatedUntilMs = 0;
      this.#leaseUntilMs = 0;
      if (closedAtMs === undefined) return;
      if (this.state !== "closed" && closedAtMs > this.#lastFailureMs)
        this.#close(nowMs, closedAtMs, "closed elsewhere");
      this.rampStartMs = Math.max(this.rampStartMs, closedAtMs);
      return;
    }
    const openUntilMs = nowMs + (fleet.openForMs ?? 0);
    if (this.state === "closed" || (this.state === "half-open" && fleet.state === "open")) {
      this.#successes = 0;
      this.#move("open", nowMs, `opened elsewhere: ${fleet.why}`);
    }
    this.#openUntilMs = Math.max(this.#openUntilMs, openUntilMs);
    this.#coordinatedUntilMs = openUntilMs + this.#tuning.probeLeaseMs;
    this.#leaseUntilMs = nowMs + (fleet.leaseForMs ?? 0);
  }

  #open(nowMs: number, why: string): void {
    const { breakerOpenMs, breakerOpenMaxMs, breakerJitterShare, breakerForgetMs } = this.#tuning;
    const isAnew = this.state === "closed" && nowMs - this.rampStartMs > breakerForgetMs;
    if (isAnew) this.#openings = 0;
    this.#openUntilMs =
      nowMs + jittered(doubling(breakerOpenMs, breakerOpenMaxMs, this.#openings), breakerJitterShare, this.#random);
    this.#openings++;
    this.#successes = 0;
    this.#leaseUntilMs = 0;
    this.#move("open", nowMs, why);
  }

  #close(nowMs: number, rampStartMs: number, why: string): void {
    this.#consecutive = 0;
    this.#failedTrials = 0;
    this.#probingUntilMs = 0;
    this.rampStartMs = rampStartMs;
    this.#move("closed", nowMs, why);
  }

  #move(to: BreakerState, atMs: number, why: string): void {
    this.state = to;
    this.lastTransition = { to, atMs, why };
  }
}
