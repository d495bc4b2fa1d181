/**
 * What one isolate knows of one route: its own attempts, and what the object reported. Pure state; the time is passed
 * in.
 */
import type { BreakerFailure, Permit } from "./breaker.ts";
import { bucketOf } from "./histogram.ts";
import type { RouteIdentity } from "./identity.ts";
import { LocalBreaker } from "./local-breaker.ts";
import { FailureShares } from "./failure-shares.ts";
import { DecayingMean, ErrorRate, type Measure, RecentSamples, type SampledMeasure } from "./measure.ts";
import { type FleetRoute, type RouteDelta, type RouteReport, emptyDelta } from "./report.ts";
import type { RouteStanding } from "./standings.ts";
import type { HealthTuning } from "./tuning.ts";

/** An attempt that has not been answered yet. */
export interface Waiting {
  readonly stream: boolean;
  /** The upstream has answered with headers. */
  readonly isAlive: boolean;
}

interface Wait {
  readonly sinceMs: number;
}

interface Speed {
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
  /** When each call began that waits for its first event, or for the whole answer; the oldest first. */
  readonly waiting = { stream: new Set<Wait>(), whole: new Set<Wait>() };
  plannedAtMs = 0;
  readonly #tuning: HealthTuning;
  readonly #ttft = new DecayingMean();
  readonly #speed = new DecayingMean();
  readonly #errors = new ErrorRate();
  readonly #failures: FailureShares;
  /** Times of the last streams to their first event, and of the last whole answers. */
  readonly #firstEvents: RecentSamples;
  readonly #wholes: RecentSamples;
  #fleet: { readonly route: FleetRoute; readonly atMs: number } | undefined;
  #delta: RouteDelta | undefined;

  constructor(route: RouteIdentity, tuning: HealthTuning, random: () => number) {
    this.upstreamId = route.upstream.id;
    this.model = route.model.id;
    this.#tuning = tuning;
    this.breaker = new LocalBreaker(tuning, random);
    this.#failures = new FailureShares(tuning.breakerWindowMs);
    this.#firstEvents = new RecentSamples(tuning.hedgeMaxAttempts);
    this.#wholes = new RecentSamples(tuning.hedgeMaxAttempts);
  }

  standing(nowMs: number): RouteStanding {
    const { latencyForgetMs, errorDecayMs, errorPriorAttempts } = this.#tuning;
    const fleet = this.#fleetNow(nowMs);
    const age = this.#fleet === undefined ? 0 : nowMs - this.#fleet.atMs;
    const faded = (measured: SampledMeasure | undefined) =>
      measured && { ...measured, confidence: measured.confidence * Math.exp(-age / latencyForgetMs) };
    return {
      breaker: this.breaker.state,
      allowsTrial: this.breaker.allowsTrial(nowMs),
      ramp: this.breaker.ramp(nowMs),
      ttftMs: atLeast(joined(this.#ttft.measure(nowMs, latencyForgetMs), faded(fleet?.ttftMs)), this.#waitedMs(nowMs)),
      tokensPerSecond: joined(this.#speed.measure(nowMs, latencyForgetMs), faded(fleet?.tokensPerSecond)),
      errorRate: Math.max(this.#errors.rate(nowMs, errorDecayMs, errorPriorAttempts), fleet?.errorRate ?? 0),
      inflight: this.inflight + (fleet?.inflightElsewhere ?? 0),
    };
  }

  /** After how long an attempt on this route is late. */
  patienceMs({ stream, isAlive }: Waiting, nowMs: number): number {
    const { hedgeMinMs, hedgeMaxMs, ...unknown } = this.#tuning;
    const known =
      this.#lateMs(stream ? this.#firstEvents : this.#wholes) ?? (stream ? this.#fleetLateMs(nowMs) : undefined);
    if (!stream) return Math.max(hedgeMinMs, known ?? unknown.hedgeUnknownWholeMs);
    if (isAlive) return Math.max(hedgeMinMs, known ?? unknown.hedgeUnknownAliveMs);
    return Math.min(Math.max(hedgeMinMs, known ?? unknown.hedgeUnknownMs), hedgeMaxMs);
  }

  #lateMs(samples: RecentSamples): number | undefined {
    const { hedgeLateShare, hedgeMinAttempts, hedgeFewFactor } = this.#tuning;
    if (samples.size >= hedgeMinAttempts) return samples.quantile(hedgeLateShare);
    const longest = samples.quantile(1);
    return longest === undefined ? undefined : longest * hedgeFewFactor;
  }

  #fleetLateMs(nowMs: number): number | undefined {
    const mean = this.#fleetNow(nowMs)?.ttftMs?.value;
    return mean === undefined ? undefined : mean * this.#tuning.hedgeMeanFactor;
  }

  /** An upstream that was started later answered first. @returns whether a probe should judge the route */
  outpaced(stream: boolean, end: BreakerFailure): boolean {
    if (stream) this.#observeTtft(end.nowMs - end.startedAtMs, end.nowMs);
    return this.#watched(() => this.breaker.fail(end));
  }

  /** @returns the number to hand to `takeBack` if the answer breaks off */
  answered(permit: Permit, startedAtMs: number, nowMs: number): number {
    const delta = this.#open();
    delta.answered++;
    if (permit !== "normal") delta.trialsAnswered++;
    this.#errors.observe(1, 0, nowMs, this.#tuning.errorDecayMs);
    return this.#watched(() => this.breaker.succeed(permit, startedAtMs, nowMs));
  }

  /** @returns whether a probe should judge the route */
  failed(end: BreakerFailure): boolean {
    if (this.breaker.isStale(end.startedAtMs)) {
      this.breaker.release(end.permit, end.startedAtMs);
      return false;
    }
    const delta = this.#open();
    const weight = end.isSuspicion === true ? this.#failures.weigh(end.account ?? "", end.nowMs) : 1;
    delta.failed += weight;
    const isInTime = end.nowMs - end.startedAtMs < this.#tuning.trialLeaseMs;
    if (end.permit !== "normal" && isInTime) delta.trialsFailed++;
    this.#errors.observe(0, weight, end.nowMs, this.#tuning.errorDecayMs);
    return this.#watched(() => this.breaker.fail(end));
  }

  /** An answer that had begun broke off: it no longer counts as one. */
  takeBack(consecutiveBefore: number, nowMs: number): void {
    this.#open().answered--;
    this.#errors.observe(-1, 0, nowMs, this.#tuning.errorDecayMs);
    this.breaker.takeBack(consecutiveBefore);
  }

  /** A probe has confirmed a suspicion. */
  convicted(nowMs: number, why: string): void {
    this.#open().probesFailed++;
    this.#watched(() => this.breaker.convict(nowMs, why));
  }

  /** The first event of a stream came. */
  began(ttftMs: number, nowMs: number): void {
    this.#observeTtft(ttftMs, nowMs);
    this.#firstEvents.observe(ttftMs);
    const { ttft } = this.#open();
    ttft[bucketOf(ttftMs)] = (ttft[bucketOf(ttftMs)] ?? 0) + 1;
  }

  /**
   * An answer ended. A non-streamed answer has no time to first event. We approximate it as the total time minus the
   * time that its tokens take at the route's known speed; the approximation is not reported to the object.
   */
  finished({ ttftMs, outputTokens, totalMs }: Speed, nowMs: number): void {
    if (ttftMs === undefined) this.#wholes.observe(totalMs);
    if (outputTokens === undefined) return;
    const { latencyDecayMs, assumedTokensPerSecond, latencyForgetMs } = this.#tuning;
    if (ttftMs === undefined) {
      const tokensPerSecond = this.#speed.measure(nowMs, latencyForgetMs)?.value ?? assumedTokensPerSecond;
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

  /** How long calls under way have waited. It shows a stall long before a deadline does. */
  #waitedMs(nowMs: number): number | undefined {
    const { stream, whole } = this.waiting;
    const streamMs = this.#medianWaitMs(stream, nowMs);
    const wholeMs = this.#medianWaitMs(whole, nowMs);
    // A whole answer is expected to take its time; what it takes longer counts.
    const usualMs = this.#wholes.quantile(0.5);
    const excessMs =
      wholeMs === undefined || usualMs === undefined || wholeMs < usualMs ? undefined : wholeMs - usualMs;
    return streamMs === undefined || excessMs === undefined ? (streamMs ?? excessMs) : Math.max(streamMs, excessMs);
  }

  #medianWaitMs(waits: ReadonlySet<Wait>, nowMs: number): number | undefined {
    if (waits.size < this.#tuning.waitingRequests) return undefined;
    let left = Math.floor(waits.size / 2);
    for (const { sinceMs } of waits) if (left-- === 0) return nowMs - sinceMs;
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

  /** A route that works again starts without its earlier errors. */
  #watched<Result>(change: () => Result): Result {
    const before = this.breaker.state;
    const result = change();
    if (before !== "closed" && this.breaker.state === "closed") this.#errors.forget();
    return result;
  }
}

function atLeast(measure: Measure | undefined, least: number | undefined): Measure | undefined {
  return least === undefined || (measure !== undefined && measure.value >= least)
    ? measure
    : { value: least, confidence: 1 };
}

/** The mean of the isolate's own and the object's measurement, weighted by their samples. */
function joined(own: SampledMeasure | undefined, fleet: SampledMeasure | undefined): Measure | undefined {
  if (own === undefined || fleet === undefined) return own ?? fleet;
  const mass = own.mass + fleet.mass;
  if (mass === 0) return own;
  return {
    value: (own.value * own.mass + fleet.value * fleet.mass) / mass,
    confidence: Math.max(own.confidence, fleet.confidence),
  };
}
