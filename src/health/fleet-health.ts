/**
 * What an upstream's object knows of all isolates' attempts. Pure state: the Durable Object (`upstream-health.ts`) stores
 * it and passes the time in; so does the simulator.
 */
import type { HealthDescription, HeldCooling, StoredHealth } from "./description.ts";
import { FleetBreaker } from "./fleet-breaker.ts";
import { FleetCapacity } from "./fleet-capacity.ts";
import { countOf, meanMs, mergeHistogram } from "./histogram.ts";
import { MINUTE_MS, type Minute } from "./history.ts";
import { DecayingMean, ErrorRate } from "./measure.ts";
import {
  clears,
  emptyDelta,
  type Clearing,
  type CoolingNote,
  type FleetRoute,
  type Report,
  type RouteDelta,
  type RouteReport,
  type Standing,
} from "./report.ts";
import type { HealthTuning } from "./tuning.ts";

/** Isolates hear of a clearing within this time: they exchange every few seconds. */
const CLEARING_MS = 15_000;

interface RouteHealth {
  readonly model: string;
  readonly breaker: FleetBreaker;
  readonly ttft: DecayingMean;
  readonly tokensPerSecond: DecayingMean;
  readonly errors: ErrorRate;
  seenAtMs: number;
}

interface Isolate {
  sequence: number;
  seenAtMs: number;
  routes: Readonly<Record<string, RouteReport>>;
}

export class FleetHealth {
  readonly #tuning: HealthTuning;
  readonly #random: () => number;
  readonly #routes = new Map<string, RouteHealth>();
  readonly #isolates = new Map<string, Isolate>();
  readonly #capacity: FleetCapacity;
  #coolings: HeldCooling[] = [];
  /** Clearings that some isolate may not have heard of. */
  #clearings: (Clearing & { readonly atMs: number })[] = [];
  #minute: Minute | undefined;
  #finished: Minute[] = [];

  constructor(tuning: HealthTuning, random: () => number, stored?: StoredHealth) {
    this.#tuning = tuning;
    this.#random = random;
    this.#capacity = new FleetCapacity(tuning, stored?.capacity);
    if (stored === undefined) return;
    for (const [id, { model, breaker, ttft, tokensPerSecond, seenAtMs }] of Object.entries(stored.routes)) {
      this.#routes.set(id, {
        model,
        breaker: new FleetBreaker(tuning, random, breaker),
        ttft: DecayingMean.from(ttft),
        tokensPerSecond: DecayingMean.from(tokensPerSecond),
        errors: new ErrorRate(),
        seenAtMs,
      });
    }
    for (const [isolate, sequence, seenAtMs] of stored.sequences) {
      this.#isolates.set(isolate, { sequence, seenAtMs, routes: {} });
    }
    this.#coolings = [...stored.coolings];
    this.#minute = stored.minute;
  }

  exchange(report: Report, nowMs: number): Standing {
    this.#rollMinute(nowMs);
    const known = this.#isolates.get(report.isolate);
    const isNew = known === undefined || report.sequence > known.sequence;
    this.#isolates.set(report.isolate, {
      sequence: Math.max(report.sequence, known?.sequence ?? 0),
      seenAtMs: nowMs,
      routes: report.routes,
    });
    for (const [id, { model }] of Object.entries(report.routes)) this.#plannedRoute(id, model, nowMs);
    if (isNew) {
      for (const [id, delta] of Object.entries(report.deltas)) {
        // During a deployment an isolate of the version before may lack a count.
        this.#observe(id, { ...emptyDelta(), ...delta }, report.ageMs, nowMs);
      }
    }
    for (const clearing of report.clearings ?? []) this.#clear(clearing, nowMs);
    this.#takeCoolings(report.coolings, nowMs);
    return {
      acknowledged: report.sequence,
      paceMs: this.#paceMs(nowMs),
      routes: Object.fromEntries(
        Object.keys(report.routes).flatMap((id) => {
          const route = this.#routes.get(id);
          return route === undefined ? [] : [[id, this.#tell(id, route, report.isolate, nowMs)]];
        }),
      ),
      coolings: this.#coolings.map(({ sinceMs, untilMs, ...note }) => ({
        ...note,
        forMs: untilMs - nowMs,
        agoMs: nowMs - sinceMs,
      })),
      clearings: this.#clearings.map(({ atMs, ...clearing }) => ({ ...clearing, agoMs: nowMs - atMs })),
      leases: this.#capacity.exchange(report.isolate, report.uses ?? [], nowMs),
    };
  }

  /** A text that changes with each transition and each cooling, so that these are stored at once. */
  fingerprint(): string {
    const breakers = [...this.#routes].map(([id, { breaker }]) => [id, breaker.stored.transition?.atMs]);
    return JSON.stringify([
      breakers,
      this.#coolings.map(({ credential, route, strikes }) => [credential, route, strikes]),
    ]);
  }

  /** Takes the minutes that are over, each once. */
  takeMinutes(nowMs: number): Minute[] {
    this.#rollMinute(nowMs);
    const finished = this.#finished;
    this.#finished = [];
    return finished;
  }

  /** The minute under way. */
  get minute(): Minute | undefined {
    return this.#minute;
  }

  store(nowMs: number): StoredHealth {
    this.#forget(nowMs);
    return {
      routes: Object.fromEntries(
        [...this.#routes].map(([id, { model, breaker, ttft, tokensPerSecond, seenAtMs }]) => [
          id,
          { model, breaker: breaker.stored, ttft: ttft.store(), tokensPerSecond: tokensPerSecond.store(), seenAtMs },
        ]),
      ),
      sequences: [...this.#isolates].map(([isolate, { sequence, seenAtMs }]) => [isolate, sequence, seenAtMs]),
      coolings: this.#coolings,
      minute: this.#minute,
      capacity: this.#capacity.store(nowMs),
    };
  }

  describe(nowMs: number): HealthDescription {
    this.#takeCoolings([], nowMs);
    const live = this.#live(nowMs, this.#tuning.isolateForgetMs);
    return {
      isolates: live.length,
      coolings: this.#coolings,
      capacity: this.#capacity.describe(nowMs),
      routes: [...this.#routes].map(([route, { model, breaker, ttft, tokensPerSecond }]) => {
        breaker.advance(nowMs);
        const { state, openUntilMs, transition } = breaker.stored;
        const reasons = live.flatMap(([, { routes }]) => routes[route]?.openWhy ?? []);
        return {
          route,
          model,
          breaker: state,
          openUntilMs: state === "open" ? openUntilMs : undefined,
          lastTransition: transition,
          window: breaker.counts(nowMs),
          openIn: { isolates: reasons.length, why: reasons[0] },
          ttftMs: ttft.measure(nowMs, this.#tuning.latencyForgetMs)?.value,
          tokensPerSecond: tokensPerSecond.measure(nowMs, this.#tuning.latencyForgetMs)?.value,
          inflight: this.#inflight(route, nowMs),
        };
      }),
    };
  }

  #observe(id: string, delta: Readonly<RouteDelta>, ageMs: number, nowMs: number): void {
    const route = this.#routes.get(id);
    // The route was forgotten: no isolate has planned it for long.
    if (route === undefined) return;
    const before = route.breaker.stored.state;
    route.breaker.observe(delta, ageMs, nowMs);
    route.errors.observe(delta.answered, delta.failed, nowMs, this.#tuning.errorDecayMs);
    if (before !== "closed" && route.breaker.stored.state === "closed") route.errors.forget();
    const { latencyDecayMs } = this.#tuning;
    const ttftMs = meanMs(delta.ttft);
    if (ttftMs !== undefined) {
      route.ttft.observe(ttftMs, nowMs, { decayMs: latencyDecayMs, count: countOf(delta.ttft) });
    }
    if (delta.outputMs > 0) {
      const tokensPerSecond = (1000 * delta.outputTokens) / delta.outputMs;
      route.tokensPerSecond.observe(tokensPerSecond, nowMs, {
        decayMs: latencyDecayMs,
        count: Math.max(1, delta.answered),
      });
    }
    const minute = this.#minute?.routes[id];
    if (minute === undefined) return;
    minute.answered += delta.answered;
    minute.failed += delta.failed;
    mergeHistogram(minute.ttft, delta.ttft);
  }

  #tell(id: string, route: RouteHealth, isolate: string, nowMs: number): FleetRoute {
    const breaker = route.breaker.tell(isolate, nowMs);
    const { errorDecayMs, errorPriorAttempts, latencyForgetMs } = this.#tuning;
    const minute = this.#minute?.routes[id];
    if (minute !== undefined) minute.open = breaker.state !== "closed";
    const ttftMs = route.ttft.measure(nowMs, latencyForgetMs);
    const tokensPerSecond = route.tokensPerSecond.measure(nowMs, latencyForgetMs);
    return {
      breaker,
      ...(ttftMs === undefined ? {} : { ttftMs }),
      ...(tokensPerSecond === undefined ? {} : { tokensPerSecond }),
      errorRate: route.errors.rate(nowMs, errorDecayMs, errorPriorAttempts),
      inflightElsewhere: this.#inflight(id, nowMs, isolate),
    };
  }

  #plannedRoute(id: string, model: string, nowMs: number): void {
    const known = this.#routes.get(id);
    if (known !== undefined) known.seenAtMs = nowMs;
    else {
      this.#routes.set(id, {
        model,
        breaker: new FleetBreaker(this.#tuning, this.#random),
        ttft: new DecayingMean(),
        tokensPerSecond: new DecayingMean(),
        errors: new ErrorRate(),
        seenAtMs: nowMs,
      });
    }
    if (this.#minute !== undefined) {
      this.#minute.routes[id] ??= { model, answered: 0, failed: 0, open: false, ttft: {} };
    }
  }

  #inflight(route: string, nowMs: number, except?: string): number {
    return this.#live(nowMs, this.#tuning.isolateForgetMs)
      .filter(([isolate]) => isolate !== except)
      .reduce((sum, [, { routes }]) => sum + (routes[route]?.inflight ?? 0), 0);
  }

  #live(nowMs: number, withinMs: number): [string, Isolate][] {
    return [...this.#isolates].filter(([, { seenAtMs }]) => nowMs - seenAtMs < withinMs);
  }

  /** Slows isolates down when their reports together would exceed `exchangesPerSecond`. */
  #paceMs(nowMs: number): number {
    const { exchangePaceMs, exchangesPerSecond, plannedMs } = this.#tuning;
    return Math.max(exchangePaceMs, (1000 * this.#live(nowMs, plannedMs).length) / exchangesPerSecond);
  }

  #clear(clearing: Clearing, nowMs: number): void {
    const { route, credential } = clearing;
    // One credential that works shows that the route works.
    for (const [id, { breaker }] of this.#routes) {
      if (route === null || id === route) breaker.clear(nowMs, "cleared");
    }
    this.#coolings = this.#coolings.filter((cooling) => !clears({ route, credential }, cooling));
    this.#clearings.push({ route, credential, atMs: nowMs });
  }

  #takeCoolings(notes: readonly CoolingNote[], nowMs: number): void {
    const held = new Map(
      this.#coolings
        .filter(({ untilMs }) => untilMs > nowMs)
        .map((cooling) => [JSON.stringify([cooling.credential, cooling.route]), cooling]),
    );
    this.#clearings = this.#clearings.filter(({ atMs }) => nowMs - atMs < CLEARING_MS);
    for (const { forMs, agoMs = 0, ...note } of notes) {
      // An isolate that has not heard of the clearing still reports what it ended.
      if (this.#clearings.some((clearing) => nowMs - agoMs < clearing.atMs && clears(clearing, note))) continue;
      const key = JSON.stringify([note.credential, note.route]);
      const old = held.get(key);
      if (old !== undefined && old.untilMs >= nowMs + forMs) continue;
      held.set(key, { ...note, untilMs: nowMs + forMs, sinceMs: old?.sinceMs ?? nowMs });
    }
    this.#coolings = [...held.values()];
  }

  #rollMinute(nowMs: number): void {
    const minute = Math.floor(nowMs / MINUTE_MS);
    if (this.#minute?.minute === minute) return;
    if (this.#minute !== undefined && Object.keys(this.#minute.routes).length > 0) this.#finished.push(this.#minute);
    this.#minute = { minute, routes: {} };
  }

  #forget(nowMs: number): void {
    for (const [isolate, { seenAtMs }] of this.#isolates) {
      if (nowMs - seenAtMs > this.#tuning.sequenceForgetMs) this.#isolates.delete(isolate);
    }
    for (const [id, { seenAtMs }] of this.#routes) {
      if (nowMs - seenAtMs > this.#tuning.historyMs) this.#routes.delete(id);
    }
  }
}
