/**
 * The breaker of one route in one isolate. It opens by failures that the isolate saw, or because the object's breaker is
 * open: the stricter of the two counts. Pure state; time and chance are passed in.
 */
import { doubling, jittered } from "./backoff.ts";
import type { BreakerFailure, BreakerState, Permit, Transition } from "./breaker.ts";
import type { FleetBreakerState } from "./report.ts";
import type { HealthTuning } from "./tuning.ts";

export class LocalBreaker {
  state: BreakerState = "closed";
  lastTransition: Transition | undefined;
  /** When the weight began to ramp up; Unix milliseconds. */
  rampStartMs = Number.NEGATIVE_INFINITY;
  readonly #tuning: HealthTuning;
  readonly #random: () => number;
  #consecutive = 0;
  #openings = 0;
  #openUntilMs = 0;
  #successes = 0;
  #lastFailureMs = Number.NEGATIVE_INFINITY;
  #lastSuccessMs = Number.NEGATIVE_INFINITY;
  /** Until then the object is expected to say which isolate makes the next trial. */
  #coordinatedUntilMs = 0;
  #leaseUntilMs = 0;
  /** Until then a trial or forced attempt counts as under way, even if its end is never reported. */
  #trialUntilMs = 0;
  #trialSinceMs = 0;
  #forcedAtMs = 0;
  #forcedFailures = 0;

  constructor(tuning: HealthTuning, random: () => number) {
    this.#tuning = tuning;
    this.#random = random;
  }

  allowsTrial(nowMs: number): boolean {
    if (this.state === "closed" || nowMs < this.#trialUntilMs) return false;
    return nowMs < this.#leaseUntilMs || (nowMs >= this.#openUntilMs && nowMs >= this.#coordinatedUntilMs);
  }

  /** When a request may next try the route, whatever the state of other routes; Unix milliseconds. */
  nextChanceMs(nowMs: number): number {
    if (this.state === "closed" || this.allowsTrial(nowMs)) return nowMs;
    const soonest = this.#forcedAtMs > nowMs ? Math.min(this.#forcedAtMs, this.#openUntilMs) : this.#openUntilMs;
    return Math.max(nowMs, soonest);
  }

  /** The share of its weight that the route has now, in (0, 1]. */
  ramp(nowMs: number): number {
    const { rampMs, rampFloorShare } = this.#tuning;
    const share = (nowMs - this.rampStartMs) / rampMs;
    return share >= 1 ? 1 : Math.max(rampFloorShare, share);
  }

  /**
   * Lets an attempt in, or returns undefined.
   * @param panic breakers were ignored in planning: no better route is left
   */
  claim(nowMs: number, panic: boolean): Permit | undefined {
    if (this.state === "closed") return "normal";
    const permit = this.allowsTrial(nowMs) ? "trial" : panic && this.#mayForce(nowMs) ? "forced" : undefined;
    if (permit !== undefined) {
      this.#trialSinceMs = nowMs;
      this.#trialUntilMs = nowMs + this.#tuning.trialLeaseMs;
    }
    return permit;
  }

  /** A route that sometimes answers is better than none. A route that never answers is asked only at intervals. */
  #mayForce(nowMs: number): boolean {
    if (this.#consecutive < this.#tuning.panicConsecutiveFailures) return true;
    return nowMs >= this.#trialUntilMs && nowMs >= this.#forcedAtMs;
  }

  /** The attempt ended. If no newer trial is under way, the next one may begin. */
  release(permit: Permit, startedAtMs: number): void {
    if (permit !== "normal" && startedAtMs >= this.#trialSinceMs) this.#trialUntilMs = 0;
  }

  /** @returns the number to hand to `takeBack` if the answer breaks off */
  succeed(permit: Permit, startedAtMs: number, nowMs: number): number {
    this.release(permit, startedAtMs);
    this.#lastSuccessMs = nowMs;
    if (permit === "normal") {
      const before = this.#consecutive;
      if (this.state === "closed") this.#consecutive = 0;
      return before;
    }
    this.#consecutive = 0;
    if (this.state === "closed") return 0;
    this.#leaseUntilMs = 0;
    this.#forcedFailures = 0;
    this.#forcedAtMs = nowMs;
    this.#successes++;
    if (this.#successes >= this.#tuning.breakerClosingSuccesses) this.#close(nowMs, nowMs, "trials answered");
    else if (this.state === "open")
      this.#move("half-open", nowMs, `a ${permit === "trial" ? "trial" : "forced attempt"} was answered`);
    return 0;
  }

  /** An answer broke off that had counted as a success. The failures before it count again. */
  takeBack(consecutiveBefore: number): void {
    if (this.state === "closed") this.#consecutive = Math.max(this.#consecutive, consecutiveBefore);
  }

  /** The attempt began before the last closing: its end describes the route as it was then. */
  isStale(startedAtMs: number): boolean {
    return this.state === "closed" && startedAtMs < (this.lastTransition?.atMs ?? startedAtMs);
  }

  /** @returns whether so many attempts failed in a row that a probe should judge the route */
  fail({ permit, startedAtMs, nowMs, isSuspicion, why }: BreakerFailure): boolean {
    this.release(permit, startedAtMs);
    this.#lastFailureMs = Math.max(this.#lastFailureMs, startedAtMs);
    if (this.state === "closed") {
      if (this.isStale(startedAtMs)) return false;
      this.#consecutive++;
      if (this.#consecutive < this.#tuning.breakerConsecutiveFailures) return false;
      if (isSuspicion === true) return true;
      this.#open(nowMs, `${this.#consecutive} failures in a row, the last: ${why}`);
      return false;
    }
    this.#failOpen(permit, startedAtMs, nowMs, why);
    return false;
  }

  /** A probe was answered: the failures in a row were those of their requests. */
  acquit(): void {
    if (this.state === "closed") this.#consecutive = 0;
  }

  /** A probe failed like the requests before it. */
  convict(nowMs: number, why: string): void {
    if (this.state === "closed") this.#open(nowMs, why);
  }

  #failOpen(permit: Permit, startedAtMs: number, nowMs: number, why: string): void {
    const outlivedLease = permit !== "normal" && nowMs - startedAtMs >= this.#tuning.trialLeaseMs;
    // Ignore a failure whose attempt started before the last success on this route: it describes the route as it was
    // then. A trial or forced attempt is ignored only if it outlived its lease.
    if ((permit === "normal" || outlivedLease) && startedAtMs <= this.#lastSuccessMs) return;
    // Any other failure counts. Where all routes hang, time-outs are the only failures, and they must end the panic.
    this.#consecutive++;
    if (permit === "normal" || (permit === "trial" && outlivedLease)) return;
    if (permit === "trial") return this.#open(nowMs, `a trial failed: ${why}`);
    this.#successes = 0;
    if (this.#consecutive < this.#tuning.panicConsecutiveFailures) return;
    const { forcedMs, forcedMaxMs, breakerJitterShare } = this.#tuning;
    const intervalMs = doubling(forcedMs, forcedMaxMs, this.#forcedFailures++);
    this.#forcedAtMs = nowMs + jittered(intervalMs, breakerJitterShare, this.#random);
  }

  /** Joins the object's breaker with this one: the stricter of the two counts. */
  follow(fleet: FleetBreakerState, nowMs: number): void {
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
    this.#coordinatedUntilMs = openUntilMs + this.#tuning.trialLeaseMs;
    this.#leaseUntilMs = nowMs + (fleet.leaseForMs ?? 0);
  }

  #open(nowMs: number, why: string): void {
    const { breakerOpenMs, breakerOpenMaxMs, breakerJitterShare, breakerForgetMs } = this.#tuning;
    const isForgotten = this.state === "closed" && nowMs - this.rampStartMs > breakerForgetMs;
    if (isForgotten) this.#openings = 0;
    this.#openUntilMs =
      nowMs + jittered(doubling(breakerOpenMs, breakerOpenMaxMs, this.#openings), breakerJitterShare, this.#random);
    this.#openings++;
    this.#successes = 0;
    this.#leaseUntilMs = 0;
    this.#move("open", nowMs, why);
  }

  #close(nowMs: number, rampStartMs: number, why: string): void {
    this.#consecutive = 0;
    this.#forcedFailures = 0;
    this.#trialUntilMs = 0;
    this.rampStartMs = rampStartMs;
    this.#move("closed", nowMs, why);
  }

  #move(to: BreakerState, atMs: number, why: string): void {
    this.state = to;
    this.lastTransition = { to, atMs, why };
  }
}
