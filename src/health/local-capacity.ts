/**
 * What this isolate uses of candidates whose capacity is limited, and how far the upstreams' objects let it go. Pure
 * state; the time is passed in.
 */
import { type CandidateIdentity, type Capacity, credentialKey, type RouteIdentity } from "./identity.ts";
import type { Lease, UseReport } from "./report.ts";
import type { HealthTuning } from "./tuning.ts";

interface Use extends Pick<UseReport, "credential" | "route"> {
  readonly upstreamId: string;
  limits: Capacity;
  /** All that was ever used. */
  requests: number;
  tokens: number;
  running: number;
  /** What requests have found no room for since the last report. */
  wanted: { requests: number; tokens: number };
  plannedAtMs: number;
  /** Something has changed that others wait for. */
  isNews: boolean;
  reported: { readonly atMs: number; readonly requests: number; readonly tokens: number };
  /** The object's last answer; undefined = none yet. */
  lease: (Lease & { readonly sinceMs: number }) | undefined;
}

/** A candidate that was not planned for this long is forgotten. */
const FORGET_MS = 3_600_000;

export class LocalCapacity {
  readonly #tuning: HealthTuning;
  readonly #uses = new Map<string, Use>();

  constructor(tuning: HealthTuning) {
    this.#tuning = tuning;
  }

  /** A request is about to choose among these routes. @param tokens of its prompt */
  planning(routes: readonly RouteIdentity[], tokens: number, nowMs: number): void {
    for (const route of routes) {
      for (const credential of route.upstream.credentials) {
        for (const use of this.#usesOf({ route, credential }, nowMs)) {
          use.plannedAtMs = nowMs;
          if (this.#hasRoom(use, nowMs) === true) continue;
          use.wanted.requests++;
          use.wanted.tokens += tokens;
        }
      }
    }
  }

  /** Until when the candidate has no room, in Unix milliseconds; 0 = it has. Without a valid lease it has. */
  fullUntilMs(candidate: CandidateIdentity, nowMs: number): number {
    const full = this.#usesOf(candidate, nowMs).filter((use) => this.#hasRoom(use, nowMs) === false);
    return Math.max(0, ...full.map((use) => Math.max(nowMs + 1, this.#askAtMs(use))));
  }

  begins(candidate: CandidateIdentity, tokens: number, nowMs: number): void {
    for (const use of this.#usesOf(candidate, nowMs)) {
      use.requests++;
      use.running++;
      use.tokens += tokens;
      use.isNews ||= use.lease?.isScarce === true;
    }
  }

  /** @param tokens of the answer */
  ended(candidate: CandidateIdentity, tokens: number, nowMs: number): void {
    for (const use of this.#usesOf(candidate, nowMs)) {
      // The limits may have been set while the request was under way.
      use.running = Math.max(0, use.running - 1);
      use.tokens += tokens;
      use.isNews ||= use.lease?.isScarce === true;
    }
  }

  /** Requests are about to choose, and there is no valid lease. */
  lacksLease(upstreamId: string, nowMs: number): boolean {
    return this.#some(upstreamId, (use) => use.wanted.requests > 0 && this.#hasRoom(use, nowMs) === undefined);
  }

  /** Requests that are about to choose need the object's answer first, or its answer to the report under way. */
  needsAnswer(upstreamId: string, nowMs: number): boolean {
    const isAsked = ({ lease, reported }: Use) => lease === undefined || lease.sinceMs < reported.atMs;
    return this.#some(upstreamId, (use) => use.wanted.requests > 0 && (isAsked(use) || nowMs >= this.#askAtMs(use)));
  }

  isUrgent(upstreamId: string, nowMs: number): boolean {
    return this.#some(
      upstreamId,
      (use) => use.isNews || (nowMs >= this.#askAtMs(use) && (use.wanted.requests > 0 || isHalfUsed(use))),
    );
  }

  report(upstreamId: string, nowMs: number): UseReport[] {
    this.#prune(nowMs);
    return [...this.#uses.values()]
      .filter((use) => use.upstreamId === upstreamId)
      .map((use) => {
        const { credential, route, limits, requests, tokens, running, wanted } = use;
        const keeps = this.#giveBack(use, nowMs);
        use.reported = { atMs: nowMs, requests, tokens };
        use.wanted = { requests: 0, tokens: 0 };
        use.isNews = false;
        return { credential, route, limits, requests, tokens, running, wanted, keeps };
      });
  }

  /** Takes the object's answer to the last report. */
  receive(leases: readonly Lease[]): void {
    for (const lease of leases) {
      const use = this.#uses.get(keyOf(lease.credential, lease.route));
      if (use !== undefined) use.lease = { ...lease, sinceMs: use.reported.atMs };
    }
  }

  /** Half of what is left of the lease is enough until the object has answered. @returns what is kept */
  #giveBack(use: Use, nowMs: number): UseReport["keeps"] {
    const { lease, requests, tokens, running } = use;
    if (lease === undefined || this.#hasRoom(use, nowMs) === undefined) return { requests: 0, tokens: 0, running: 0 };
    const half = (upTo: number | null, used: number) =>
      upTo === null ? 0 : Math.max(0, Math.floor((upTo - used) / 2));
    const keeps = {
      requests: half(lease.requests, requests),
      tokens: half(lease.tokens, tokens),
      running: half(lease.running, running),
    };
    use.lease = {
      ...lease,
      requests: lease.requests === null ? null : requests + keeps.requests,
      tokens: lease.tokens === null ? null : tokens + keeps.tokens,
      running: lease.running === null ? null : running + keeps.running,
    };
    return keeps;
  }

  /** undefined = nobody knows: there is no valid lease. */
  #hasRoom({ lease, requests, tokens, running }: Use, nowMs: number): boolean | undefined {
    if (lease === undefined || nowMs >= lease.sinceMs + this.#tuning.leaseMs) return undefined;
    return (
      requests < (lease.requests ?? Number.POSITIVE_INFINITY) &&
      tokens < (lease.tokens ?? Number.POSITIVE_INFINITY) &&
      running < (lease.running ?? Number.POSITIVE_INFINITY)
    );
  }

  /** From when on it makes sense to ask the object for more. */
  #askAtMs({ lease }: Use): number {
    return lease === undefined ? 0 : lease.sinceMs + Math.max(lease.freeInMs, this.#tuning.urgentPaceMs);
  }

  #some(upstreamId: string, is: (use: Use) => boolean): boolean {
    for (const use of this.#uses.values()) if (use.upstreamId === upstreamId && is(use)) return true;
    return false;
  }

  /** What counts for the candidate: the use of its credential, and of the credential on its route. */
  #usesOf({ route, credential }: CandidateIdentity, nowMs: number): Use[] {
    const uses: Use[] = [];
    const of = { upstreamId: route.upstream.id, credential: credentialKey(credential) };
    if (isLimited(credential)) uses.push(this.#use({ ...of, route: null }, credential, nowMs));
    if (isLimited(route)) uses.push(this.#use({ ...of, route: route.id }, route, nowMs));
    return uses;
  }

  #use(of: Pick<Use, "upstreamId" | "credential" | "route">, limits: Capacity, nowMs: number): Use {
    const key = keyOf(of.credential, of.route);
    const use: Use = this.#uses.get(key) ?? {
      ...of,
      limits,
      requests: 0,
      tokens: 0,
      running: 0,
      wanted: { requests: 0, tokens: 0 },
      plannedAtMs: nowMs,
      isNews: false,
      reported: { atMs: nowMs, requests: 0, tokens: 0 },
      lease: undefined,
    };
    use.limits = capacityOf(limits);
    this.#uses.set(key, use);
    return use;
  }

  #prune(nowMs: number): void {
    for (const [key, { running, plannedAtMs }] of this.#uses) {
      if (running === 0 && plannedAtMs + FORGET_MS < nowMs) this.#uses.delete(key);
    }
  }
}

function isLimited(capacity: Capacity): boolean {
  return (
    capacity.requestsPerMinute !== null || capacity.tokensPerMinute !== null || capacity.concurrentRequests !== null
  );
}

function capacityOf({ requestsPerMinute, tokensPerMinute, concurrentRequests }: Capacity): Capacity {
  return { requestsPerMinute, tokensPerMinute, concurrentRequests };
}

/** More is asked for before the lease is used up. */
function isHalfUsed({ lease, reported, requests, tokens }: Use): boolean {
  const isHalf = (used: number, from: number, upTo: number | null | undefined) =>
    upTo !== null && upTo !== undefined && upTo > from && 2 * used >= from + upTo;
  return isHalf(requests, reported.requests, lease?.requests) || isHalf(tokens, reported.tokens, lease?.tokens);
}

function keyOf(credential: string, route: string | null): string {
  return JSON.stringify([credential, route]);
}
