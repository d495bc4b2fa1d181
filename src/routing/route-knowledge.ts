/** What one isolate knows of one route: its own attempts, and the object's word. Pure state; the time is passed in. */
import { LocalBreaker, type Admission } from "./breaker.ts";
import { DecayingMean, ErrorRate } from "./estimate.ts";
import { emptyDelta, type FleetRoute, type Measured, type RouteDelta, type RouteReport } from "./exchange-types.ts";
import { bucketOf } from "./histogram.ts";
import type { Tuning } from "./tuning.ts";
import type { Estimate, Route, RouteStanding } from "./types.ts";

export interface Speed {
  /** Streams: until the first event. */
  readonly ttftMs: number | undefined;
  readonly outputTokens: number | undefined;
  /** From the start of the attempt to the answer's end. */
  readonly totalMs: number;
}

export class RouteKnowledge {
  readonly upstreamId: string;
  readonly model: string;
  readonly breaker: LocalBreaker;
  inflight = 0;
  /** When each stream began that waits for its first event, the oldest first. */
  readonly waiting = new Set<{ readonly sinceMs: number }>();
  plannedAtMs = 0;
  readonly #tuning: Tuning;
  readonly #ttft = new DecayingMean();
  readonly #speed = new DecayingMean();
  readonly #errors = new ErrorRate();
  #fleet: { readonly route: FleetRoute; readonly atMs: number } | undefined;
  #delta: RouteDelta | undefined;

  constructor(route: Route, tuning: Tuning, random: () => number) {
    this.upstreamId = route.upstream.id;
    this.model = route.model.id;
    this.#tuning = tuning;
    this.breaker = new LocalBreaker(tuning, random);
  }

  standing(nowMs: number): RouteStanding {
    const { latencyForgetMs, errorDecayMs, errorPriorAttempts } = this.#tuning;
    const fleet = this.#fleetNow(nowMs);
    const age = this.#fleet === undefined ? 0 : nowMs - this.#fleet.atMs;
    const faded = (measured: Measured | undefined) =>
      measured && { ...measured, confidence: measured.confidence * Math.exp(-age / latencyForgetMs) };
    return {
      breaker: this.breaker.state,
      probeable: this.breaker.isProbeable(nowMs),
      ramp: this.breaker.ramp(nowMs),
      ttftMs: atLeast(joined(this.#ttft.estimate(nowMs, latencyForgetMs), faded(fleet?.ttftMs)), this.#waitedMs(nowMs)),
      tokensPerSecond: joined(this.#speed.estimate(nowMs, latencyForgetMs), faded(fleet?.tokensPerSecond)),
      errorRate: Math.max(this.#errors.rate(nowMs, errorDecayMs, errorPriorAttempts), fleet?.errorRate ?? 0),
      inflight: this.inflight + (fleet?.inflightElsewhere ?? 0),
    };
  }

  /** @returns what to hand to `brokeOff`, should the answer break off */
  answered(admission: Admission, startedAtMs: number, nowMs: number): number {
    const delta = this.#open();
    delta.answered++;
    if (admission !== "normal") delta.probesAnswered++;
    this.#errors.observe(1, 0, nowMs, this.#tuning.errorDecayMs);
    return this.#watched(() => this.breaker.succeed(admission, startedAtMs, nowMs));
  }

  failed(end: { admission: Admission; startedAtMs: number; nowMs: number; why: string }): void {
    if (this.breaker.isStale(end.startedAtMs)) return this.breaker.release(end.admission, end.startedAtMs);
    const delta = this.#open();
    delta.failed++;
    const isInTime = end.nowMs - end.startedAtMs < this.#tuning.probeLeaseMs;
    if (end.admission !== "normal" && isInTime) delta.probesFailed++;
    this.#errors.observe(0, 1, end.nowMs, this.#tuning.errorDecayMs);
    this.#watched(() => this.breaker.fail(end));
  }

  /** An answer that had begun broke off: it was none. */
  brokeOff(
    consecutiveBefore: number,
    end: { admission: Admission; startedAtMs: number; nowMs: number; why: string },
  ): void {
    const delta = this.#open();
    delta.answered--;
    this.#errors.observe(-1, 0, end.nowMs, this.#tuning.errorDecayMs);
    this.breaker.takeBack(consecutiveBefore);
    this.failed(end);
  }

  /** The first event of a stream came. */
  began(ttftMs: number, nowMs: number): void {
    this.#observeTtft(ttftMs, nowMs);
    const { ttft } = this.#open();
    ttft[bucketOf(ttftMs)] = (ttft[bucketOf(ttftMs)] ?? 0) + 1;
  }

  /**
   * An answer ended. One without a stream has no first event: what is left of its time when its tokens are taken off
   * stands for it here, though not in what is reported.
   */
  finished({ ttftMs, outputTokens, totalMs }: Speed, nowMs: number): void {
    if (outputTokens === undefined) return;
    const { latencyDecayMs, assumedTokensPerSecond, latencyForgetMs } = this.#tuning;
    if (ttftMs === undefined) {
      const tokensPerSecond = this.#speed.estimate(nowMs, latencyForgetMs)?.value ?? assumedTokensPerSecond;
      this.#observeTtft(Math.max(1, totalMs - (1000 * outputTokens) / tokensPerSecond), nowMs);
    } else if (outputTokens > 1 && totalMs > ttftMs) {
      const outputMs = totalMs - ttftMs;
      this.#speed.observe((1000 * outputTokens) / outputMs, nowMs, { decayMs: latencyDecayMs });
      const delta = this.#open();
      delta.outputTokens += outputTokens;
      delta.outputMs += outputMs;
    }
  }

  follow(fleet: FleetRoute, nowMs: number): void {
    this.#fleet = { route: fleet, atMs: nowMs };
    this.#watched(() => this.breaker.follow(fleet.breaker, nowMs));
  }

  takeDelta(): RouteDelta | undefined {
    const delta = this.#delta;
    this.#delta = undefined;
    return delta;
  }

  report(): RouteReport {
    const { state, lastTransition } = this.breaker;
    return {
      model: this.model,
      inflight: this.inflight,
      ...(state === "closed" || lastTransition === undefined ? {} : { openWhy: lastTransition.why }),
    };
  }

  /** How long the streams that wait have waited, in the median: shows a stall long before a deadline does. */
  #waitedMs(nowMs: number): number | undefined {
    if (this.waiting.size < this.#tuning.waitingStreams) return undefined;
    let left = Math.floor(this.waiting.size / 2);
    for (const { sinceMs } of this.waiting) if (left-- === 0) return nowMs - sinceMs;
    return undefined;
  }

  #observeTtft(ttftMs: number, nowMs: number): void {
    const { latencyDecayMs, latencyPeakShare } = this.#tuning;
    this.#ttft.observe(ttftMs, nowMs, { decayMs: latencyDecayMs, peakShare: latencyPeakShare });
  }

  #open(): RouteDelta {
    return (this.#delta ??= emptyDelta());
  }

  #fleetNow(nowMs: number): FleetRoute | undefined {
    return this.#fleet !== undefined && nowMs - this.#fleet.atMs < this.#tuning.standingStaleMs
      ? this.#fleet.route
      : undefined;
  }

  /** A route that works again is not held to its errors of before. */
  #watched<Result>(change: () => Result): Result {
    const before = this.breaker.state;
    const result = change();
    if (before !== "closed" && this.breaker.state === "closed") this.#errors.forget();
    return result;
  }
}

function atLeast(estimate: Estimate | undefined, least: number | undefined): Estimate | undefined {
  return least === undefined || (estimate !== undefined && estimate.value >= least)
    ? estimate
    : { value: least, confidence: 1 };
}

/** Own and foreign measurements, each by the number of its samples. */
function joined(own: Measured | undefined, fleet: Measured | undefined): Estimate | undefined {
  if (own === undefined || fleet === undefined) return own ?? fleet;
  const mass = own.mass + fleet.mass;
  if (mass === 0) return own;
  return {
    value: (own.value * own.mass + fleet.value * fleet.mass) / mass,
    confidence: Math.max(own.confidence, fleet.confidence),
  };
}
