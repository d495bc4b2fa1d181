/**
 * Divides the capacity of an upstream's credentials and routes among the isolates: what all of them use in any minute
 * stays below the operator's limit. Pure state; the upstream's object stores it and passes the time in.
 */
import type { Capacity } from "./identity.ts";
import type { Lease, UseReport } from "./report.ts";
import type { HealthTuning } from "./tuning.ts";

const WINDOW_MS = 60_000;
const SLOT_MS = 5_000;
/** Nobody gets more than this share of what is free, unless requests wait for it. */
const SLACK = 1 / 8;

/** What is counted by the minute. */
const RATES = { requests: "requestsPerMinute", tokens: "tokensPerMinute" } as const;
type Rate = keyof typeof RATES;
type Rates = Readonly<Record<Rate, number>>;

interface Holder {
  /** Its own count, as it last reported it. */
  readonly used: Rates;
  /** What it may use beyond that. */
  readonly granted: Rates;
  readonly running: number;
  readonly mayRun: number;
  readonly atMs: number;
}

interface Scope {
  limits: Capacity;
  /** What was used, by the time of the report. A slot is named by its beginning. */
  readonly slots: Map<number, Record<Rate, number>>;
  readonly holders: Map<string, Holder>;
}

/** As the object stores it. */
export type StoredCapacity = readonly (readonly [
  key: string,
  limits: Capacity,
  slots: readonly (readonly [atMs: number, used: Rates])[],
  holders: readonly (readonly [isolate: string, holder: Holder])[],
])[];

/** For operators. */
export interface CapacityDescription {
  readonly credential: string;
  /** null = all routes together. */
  readonly route: string | null;
  /** Of the last minute. */
  readonly requests: LimitedUse;
  readonly tokens: LimitedUse;
  /** Now. */
  readonly running: LimitedUse;
}

interface LimitedUse {
  readonly used: number;
  /** null = no limit. */
  readonly limit: number | null;
}

export class FleetCapacity {
  readonly #tuning: HealthTuning;
  readonly #scopes: Map<string, Scope>;

  constructor(tuning: HealthTuning, stored: StoredCapacity = []) {
    this.#tuning = tuning;
    this.#scopes = new Map(
      stored.map(([key, limits, slots, holders]) => [
        key,
        { limits, slots: new Map(slots.map(([atMs, used]) => [atMs, { ...used }])), holders: new Map(holders) },
      ]),
    );
  }

  /** Takes an isolate's report. @returns what it may use until its next one */
  exchange(isolate: string, uses: readonly UseReport[], nowMs: number): Lease[] {
    return uses.map((use) => {
      const key = JSON.stringify([use.credential, use.route]);
      const scope: Scope = this.#scopes.get(key) ?? { limits: use.limits, slots: new Map(), holders: new Map() };
      this.#scopes.set(key, scope);
      scope.limits = use.limits;
      return this.#lease(scope, isolate, use, nowMs);
    });
  }

  store(nowMs: number): StoredCapacity {
    for (const [key, scope] of this.#scopes) {
      this.#forget(scope, nowMs);
      if (scope.slots.size === 0 && scope.holders.size === 0) this.#scopes.delete(key);
    }
    return [...this.#scopes].map(([key, { limits, slots, holders }]) => [key, limits, [...slots], [...holders]]);
  }

  describe(nowMs: number): CapacityDescription[] {
    return [...this.#scopes].map(([key, scope]) => {
      this.#forget(scope, nowMs);
      const [credential, route] = JSON.parse(key) as [string, string | null];
      return {
        credential,
        route,
        requests: { used: usedOf(scope, "requests"), limit: scope.limits.requestsPerMinute },
        tokens: { used: usedOf(scope, "tokens"), limit: scope.limits.tokensPerMinute },
        running: {
          used: sum([...scope.holders.values()], (each) => each.running),
          limit: scope.limits.concurrentRequests,
        },
      };
    });
  }

  #lease(scope: Scope, isolate: string, use: UseReport, nowMs: number): Lease {
    const before = scope.holders.get(isolate);
    this.#forget(scope, nowMs);
    const newly = { requests: newlyUsed(use, before, "requests"), tokens: newlyUsed(use, before, "tokens") };
    book(scope, newly, nowMs);
    const others = [...scope.holders].filter(([name]) => name !== isolate).map(([, holder]) => holder);
    const rates = {
      requests: grantOf(scope, "requests", { others, newly: newly.requests, use }),
      tokens: grantOf(scope, "tokens", { others, newly: newly.tokens, use }),
    };
    const running = runningGrant(scope, others, use);
    scope.holders.set(isolate, {
      used: { requests: use.requests, tokens: use.tokens },
      granted: { requests: rates.requests?.granted ?? 0, tokens: rates.tokens?.granted ?? 0 },
      running: use.running,
      mayRun: use.running + (running?.granted ?? 0),
      atMs: nowMs,
    });
    const grants = [rates.requests, rates.tokens, running].filter((grant) => grant !== undefined);
    const isEmpty = (grant: Grant | undefined) => grant?.granted === 0;
    const freeInMs = Math.max(
      isEmpty(rates.requests) || isEmpty(rates.tokens) ? this.#nextFreeAtMs(scope, nowMs) - nowMs : 0,
      isEmpty(running) ? this.#tuning.runningRetryMs : 0,
    );
    return {
      credential: use.credential,
      route: use.route,
      requests: rates.requests === undefined ? null : use.requests + rates.requests.granted,
      tokens: rates.tokens === undefined ? null : use.tokens + rates.tokens.granted,
      running: running === undefined ? null : use.running + running.granted,
      freeInMs,
      isScarce: grants.some(({ left, limit }) => left < limit * SLACK),
    };
  }

  /** When the next part of what was used or granted is a minute old, or given up. */
  #nextFreeAtMs({ slots, holders }: Scope, nowMs: number): number {
    const ends = [
      ...[...slots.keys()].map((atMs) => atMs + SLOT_MS + WINDOW_MS),
      ...[...holders.values()].map(({ atMs }) => atMs + this.#tuning.leaseForgetMs),
    ];
    return Math.min(nowMs + WINDOW_MS, ...ends.filter((atMs) => atMs > nowMs));
  }

  #forget({ slots, holders }: Scope, nowMs: number): void {
    for (const atMs of slots.keys()) if (atMs + SLOT_MS + WINDOW_MS <= nowMs) slots.delete(atMs);
    for (const [isolate, holder] of holders) {
      const ageMs = nowMs - holder.atMs;
      if (ageMs >= Math.max(this.#tuning.runningForgetMs, WINDOW_MS)) holders.delete(isolate);
      else if (ageMs >= this.#tuning.leaseForgetMs) {
        holders.set(isolate, { ...holder, granted: { requests: 0, tokens: 0 }, mayRun: holder.running });
      }
    }
  }
}

interface Grant {
  readonly granted: number;
  /** What is free beside it. */
  readonly left: number;
  readonly limit: number;
}

function grantOf(
  scope: Scope,
  rate: Rate,
  { others, newly, use }: { others: readonly Holder[]; newly: number; use: UseReport },
): Grant | undefined {
  const limit = scope.limits[RATES[rate]];
  if (limit === null) return undefined;
  const free = Math.max(0, limit - usedOf(scope, rate) - sum(others, ({ granted }) => granted[rate]));
  const likely = Math.min(2 * newly, Math.floor(free / 2));
  const granted = Math.min(free, Math.max(use.wanted[rate], likely, Math.floor(free * SLACK)));
  return { granted: Math.max(granted, use.keeps[rate]), left: free - granted, limit };
}

function runningGrant(
  { limits }: Scope,
  others: readonly Holder[],
  { running, wanted, keeps }: UseReport,
): Grant | undefined {
  const limit = limits.concurrentRequests;
  if (limit === null) return undefined;
  const free = Math.max(0, limit - running - sum(others, (each) => Math.max(each.running, each.mayRun)));
  const granted = Math.min(free, Math.max(wanted.requests, Math.floor(free * SLACK)));
  return { granted: Math.max(granted, keeps.running), left: free - granted, limit };
}

/** Of an isolate that the object does not know, nobody can say what it used before. */
function newlyUsed(use: Rates, before: Holder | undefined, rate: Rate): number {
  return before === undefined ? 0 : Math.max(0, use[rate] - before.used[rate]);
}

function book({ slots }: Scope, used: Rates, nowMs: number): void {
  if (used.requests === 0 && used.tokens === 0) return;
  const atMs = Math.floor(nowMs / SLOT_MS) * SLOT_MS;
  const slot = slots.get(atMs) ?? { requests: 0, tokens: 0 };
  slots.set(atMs, { requests: slot.requests + used.requests, tokens: slot.tokens + used.tokens });
}

function usedOf({ slots }: Scope, rate: Rate): number {
  return sum([...slots.values()], (slot) => slot[rate]);
}

function sum<Item>(items: readonly Item[], numberOf: (item: Item) => number): number {
  return items.reduce((total, item) => total + numberOf(item), 0);
}
