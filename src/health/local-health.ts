/**
 * What one isolate knows of all routes and credentials: the outcomes of its own attempts, joined with what the
 * upstreams' objects say. No I/O; the clock and chance are passed in.
 */
import { type AttemptEnd, describeEnd, type ProbeEnd } from "./attempt-end.ts";
import { Batches } from "./batches.ts";
import type { Permit } from "./breaker.ts";
import { Coolings, coolingRule } from "./cooling.ts";
import { type CandidateIdentity, type RouteIdentity, candidateKey, credentialKey } from "./identity.ts";
import { LocalCapacity } from "./local-capacity.ts";
import type { Notice } from "./notice.ts";
import type { Clearing, Report, RouteDelta, Standing } from "./report.ts";
import { RouteKnowledge, type Waiting } from "./route-knowledge.ts";
import type { Standings } from "./standings.ts";
import { type Raised, Suspicions } from "./suspicions.ts";
import type { HealthTuning } from "./tuning.ts";

export interface LocalOptions {
  /** Names this isolate to the objects. */
  readonly isolate: string;
  readonly tuning: HealthTuning;
  readonly now: () => number;
  readonly random: () => number;
  readonly notice?: (notice: Notice) => void;
}

/** A route that was not planned for this long is forgotten. */
const FORGET_ROUTE_MS = 3_600_000;

export class LocalHealth {
  readonly tuning: HealthTuning;
  readonly now: () => number;
  readonly #options: LocalOptions;
  readonly #routes = new Map<string, RouteKnowledge>();
  readonly #coolings: Coolings;
  readonly #capacity: LocalCapacity;
  readonly #suspicions: Suspicions;
  /** Candidates whose coolings a probe has ended, for their upstreams' objects. */
  #clearings: CandidateIdentity[] = [];
  readonly #batches = new Batches();
  /** Upstreams whose objects should get a report at once. */
  readonly #urgent = new Set<string>();

  constructor(options: LocalOptions) {
    this.#options = options;
    this.tuning = options.tuning;
    this.now = options.now;
    this.#coolings = new Coolings(options.tuning);
    this.#capacity = new LocalCapacity(options.tuning);
    this.#suspicions = new Suspicions(options.tuning);
  }

  /** Notes that these routes are about to be planned. Such routes are reported. @param tokens of the prompt */
  planning(routes: readonly RouteIdentity[], tokens = 0): void {
    const nowMs = this.now();
    for (const route of routes) this.#knowledge(route).plannedAtMs = nowMs;
    this.#capacity.planning(routes, tokens, nowMs);
  }

  standings(routes: readonly RouteIdentity[]): Standings {
    const nowMs = this.now();
    const coolingUntilMs = new Map<string, number>();
    const resting = this.#suspicions.resting(nowMs);
    for (const route of routes) {
      for (const credential of route.upstream.credentials) {
        const candidate = { route, credential };
        const untilMs = this.#closedUntilMs(candidate, nowMs);
        if (untilMs > nowMs) coolingUntilMs.set(candidateKey(candidate), untilMs);
        else if (this.#coolings.isTried(candidate, nowMs)) resting.add(candidateKey(candidate));
      }
    }
    return {
      routes: new Map(routes.map((route) => [route.id, this.#knowledge(route).standing(nowMs)])),
      coolingUntilMs,
      resting,
    };
  }

  /**
   * Lets an attempt begin, and counts it as in flight until `ended`.
   * @param force breakers were ignored in planning, because every route is open
   * @param tokens of the prompt
   */
  begin(candidate: CandidateIdentity, force: boolean, tokens = 0): Permit | undefined {
    const nowMs = this.now();
    if (this.#closedUntilMs(candidate, nowMs) > nowMs) return undefined;
    const knowledge = this.#knowledge(candidate.route);
    const permit = knowledge.breaker.claim(nowMs, force);
    if (permit !== undefined) {
      knowledge.inflight++;
      this.#coolings.begins(candidate, nowMs);
      this.#capacity.begins(candidate, tokens, nowMs);
    }
    return permit;
  }

  /** @param tokens of the answer */
  ended(candidate: CandidateIdentity, startedAtMs: number, tokens: number): void {
    this.#knowledge(candidate.route).inflight--;
    this.#coolings.ended(candidate, startedAtMs);
    this.#capacity.ended(candidate, tokens, this.now());
  }

  /** Notes that a call waits. @returns a function that ends the wait; it may be called twice */
  waits({ route }: CandidateIdentity, stream: boolean): () => void {
    const waiting = this.#knowledge(route).waiting[stream ? "stream" : "whole"];
    const wait = { sinceMs: this.now() };
    waiting.add(wait);
    return () => waiting.delete(wait);
  }

  /** How long until the candidate may be tried. */
  waitMs(candidate: CandidateIdentity): number {
    const nowMs = this.now();
    const { breaker } = this.#knowledge(candidate.route);
    return Math.max(0, this.#closedUntilMs(candidate, nowMs) - nowMs, breaker.nextChanceMs(nowMs) - nowMs);
  }

  /** Why nothing may be sent to the candidate now; undefined = something may, as far as its breaker lets it. */
  closedBy(candidate: CandidateIdentity): "rate" | "refusal" | undefined {
    const nowMs = this.now();
    const isCooling = this.#coolings.untilMs(candidate) > nowMs;
    if (isCooling) return this.#coolings.isRateLimited(candidate, nowMs) ? "rate" : "refusal";
    return this.#capacity.fullUntilMs(candidate, nowMs) > nowMs ? "rate" : undefined;
  }

  /** Until when nothing may be sent to the candidate: it cools, or has no room. */
  #closedUntilMs(candidate: CandidateIdentity, nowMs: number): number {
    return Math.max(this.#coolings.untilMs(candidate), this.#capacity.fullUntilMs(candidate, nowMs));
  }

  /** After how long an attempt on the route is late. */
  patienceMs(route: RouteIdentity, waiting: Waiting): number {
    return this.#knowledge(route).patienceMs(waiting, this.now());
  }

  isClosed(route: RouteIdentity): boolean {
    return this.#knowledge(route).breaker.state === "closed";
  }

  /** Changes what is known of a route. A change of its breaker, and the end of a trial, are reported at once. */
  change<Result>(route: RouteIdentity, permit: Permit, apply: (knowledge: RouteKnowledge) => Result): Result {
    const knowledge = this.#knowledge(route);
    const before = knowledge.breaker.lastTransition;
    const result = apply(knowledge);
    const after = knowledge.breaker.lastTransition;
    if (after !== undefined && after !== before) {
      this.#options.notice?.({
        event: "breaker",
        route: route.id,
        upstream: route.upstream.id,
        to: after.to,
        why: after.why,
      });
    }
    if (after !== before || permit === "trial") this.#urgent.add(route.upstream.id);
    return result;
  }

  /** @returns for how many milliseconds the candidate now cools; undefined = it does not */
  cool(candidate: CandidateIdentity, end: AttemptEnd, startedAtMs: number): number | undefined {
    const forMs = this.#coolings.refused(candidate, end, startedAtMs, this.now());
    if (forMs === undefined) return undefined;
    const { route, credential } = candidate;
    this.#options.notice?.({
      event: "cooling",
      route: route.id,
      upstream: route.upstream.id,
      credential: credential.id,
      forMs,
      why: end.outcome,
    });
    return forMs;
  }

  /** Takes a failure of a client's request that its text may have caused. @param account who asked */
  suspect(candidate: CandidateIdentity, end: AttemptEnd, account: string | undefined): Raised {
    return this.#suspicions.raise(candidate, end, account, this.now());
  }

  /**
   * A probe has judged a suspicion. An answer also ends the candidate's coolings, for it shows that they are over.
   * @param suspected the failure that the probe was made for
   */
  judged(candidate: CandidateIdentity, suspected: AttemptEnd, end: ProbeEnd, startedAtMs: number): void {
    const nowMs = this.now();
    if (end === "answered") {
      this.#suspicions.acquit(candidate, suspected, nowMs);
      this.#knowledge(candidate.route).breaker.acquit();
      if (this.#coolings.clear(candidate)) this.#clearings.push(candidate);
      return;
    }
    this.#suspicions.convict(candidate, suspected);
    if (coolingRule(end, this.tuning) !== undefined) this.cool(candidate, end, startedAtMs);
    else {
      const what = end.outcome === "refused_request" ? "the route refuses everything" : "a probe failed too";
      const why = `${what}: ${describeEnd(end)}`;
      this.change(candidate.route, "normal", (knowledge) => knowledge.convicted(nowMs, why));
    }
  }

  warm(candidate: CandidateIdentity, startedAtMs: number): void {
    this.#coolings.answered(candidate, startedAtMs);
  }

  /** Upstreams with a recently planned route. */
  activeUpstreams(): Set<string> {
    return new Set(this.#active().map(([, { upstreamId }]) => upstreamId));
  }

  isUrgent(upstreamId: string): boolean {
    return this.#urgent.has(upstreamId) || this.#capacity.isUrgent(upstreamId, this.now());
  }

  /** Requests need the answer of the upstream's object before they choose. */
  isAwaited(upstreamId: string): boolean {
    return this.#capacity.needsAnswer(upstreamId, this.now());
  }

  /** They need it before anything is known of the upstream's capacity. */
  lacksLease(upstreamId: string): boolean {
    return this.#capacity.lacksLease(upstreamId, this.now());
  }

  /**
   * The next report to the upstream's object. A batch that was not acknowledged is sent again before anything new. The
   * upstream stays urgent until a new batch is made.
   */
  report(upstreamId: string): Report {
    const nowMs = this.now();
    this.#prune(nowMs);
    if (!this.#batches.isOpen(upstreamId)) this.#urgent.delete(upstreamId);
    const batch = this.#batches.next(upstreamId, () => this.#takeDeltas(upstreamId), nowMs);
    return {
      isolate: this.#options.isolate,
      sequence: batch.sequence,
      ageMs: nowMs - batch.closedAtMs,
      deltas: batch.deltas,
      routes: Object.fromEntries(
        this.#active()
          .filter(([, knowledge]) => knowledge.upstreamId === upstreamId)
          .map(([id, knowledge]) => [id, knowledge.report()]),
      ),
      coolings: this.#coolings.notes(upstreamId, nowMs),
      clearings: this.#takeClearings(upstreamId),
      uses: this.#capacity.report(upstreamId, nowMs),
    };
  }

  /** Joins the object's answer with what this isolate knows. */
  receive(upstreamId: string, standing: Standing): void {
    const nowMs = this.now();
    this.#batches.acknowledged(upstreamId, standing.acknowledged);
    for (const [id, fleet] of Object.entries(standing.routes)) this.#routes.get(id)?.follow(fleet, nowMs);
    for (const clearing of standing.clearings ?? []) {
      this.#coolings.clearBefore(upstreamId, clearing, nowMs - clearing.agoMs);
    }
    this.#coolings.follow(upstreamId, standing.coolings, nowMs);
    this.#capacity.receive(standing.leases ?? []);
  }

  #takeClearings(upstreamId: string): Clearing[] {
    const own = this.#clearings.filter(({ route }) => route.upstream.id === upstreamId);
    this.#clearings = this.#clearings.filter(({ route }) => route.upstream.id !== upstreamId);
    return own.map(({ route, credential }) => ({ route: route.id, credential: credentialKey(credential) }));
  }

  #takeDeltas(upstreamId: string): Record<string, RouteDelta> {
    const deltas: Record<string, RouteDelta> = {};
    for (const [id, knowledge] of this.#routes) {
      const delta = knowledge.upstreamId === upstreamId ? knowledge.takeDelta() : undefined;
      if (delta !== undefined) deltas[id] = delta;
    }
    return deltas;
  }

  #active(): [string, RouteKnowledge][] {
    const sinceMs = this.now() - this.tuning.plannedMs;
    return [...this.#routes].filter(([, { plannedAtMs }]) => plannedAtMs > sinceMs);
  }

  #prune(nowMs: number): void {
    this.#coolings.prune(nowMs);
    this.#suspicions.prune(nowMs);
    for (const [id, { plannedAtMs, inflight }] of this.#routes) {
      if (inflight === 0 && plannedAtMs + FORGET_ROUTE_MS < nowMs) this.#routes.delete(id);
    }
  }

  #knowledge(route: RouteIdentity): RouteKnowledge {
    let knowledge = this.#routes.get(route.id);
    if (knowledge === undefined) {
      knowledge = new RouteKnowledge(route, this.tuning, this.#options.random);
      knowledge.plannedAtMs = this.now();
      this.#routes.set(route.id, knowledge);
    }
    return knowledge;
  }
}
