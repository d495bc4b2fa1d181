/** Credentials that an upstream refuses for now. Pure state; the time is passed in. */
import { type AttemptEnd, describeEnd } from "./attempt-end.ts";
import { doubling } from "./backoff.ts";
import { type CandidateIdentity, credentialKey } from "./identity.ts";
import { type Clearing, clears, type CoolingNote } from "./report.ts";
import type { HealthTuning } from "./tuning.ts";

interface Rule {
  readonly scope: "credential" | "candidate";
  readonly ms: number;
  readonly maxMs: number;
  /** Obeys the upstream's `Retry-After`. */
  readonly obeys?: boolean;
}

/** HTTP 529, "overloaded": the upstream has no room for this caller, as with 429. */
const OVERLOADED_STATUS = 529;

export function coolingRule({ outcome, status }: AttemptEnd, tuning: HealthTuning): Rule | undefined {
  if (outcome === "rate_limited" || (outcome === "error" && status === OVERLOADED_STATUS)) {
    return { scope: "candidate", ms: tuning.rateLimitedMs, maxMs: tuning.rateLimitedMaxMs, obeys: true };
  }
  if (outcome === "credential_refused") {
    return { scope: "credential", ms: tuning.credentialRefusedMs, maxMs: tuning.credentialRefusedMaxMs };
  }
  if (outcome === "out_of_funds") return { scope: "credential", ms: tuning.outOfFundsMs, maxMs: tuning.outOfFundsMs };
  if (outcome === "forbidden") return { scope: "candidate", ms: tuning.forbiddenMs, maxMs: tuning.forbiddenMaxMs };
  return undefined;
}

interface Cooling {
  readonly upstreamId: string;
  readonly credential: string;
  readonly route: string | null;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly strikes: number;
  readonly why: string;
  readonly isRateLimit?: boolean;
  /** This isolate saw the refusal itself. False = the object reported it. */
  readonly isOwn: boolean;
  /** The cooling is over, and one request tries whether that is true. Meanwhile others go elsewhere. */
  readonly trial?: { readonly sinceMs: number; readonly untilMs: number };
}

const ECHO_MS = 2_000;

export class Coolings {
  readonly #tuning: HealthTuning;
  readonly #entries = new Map<string, Cooling>();

  constructor(tuning: HealthTuning) {
    this.#tuning = tuning;
  }

  /** Until when the candidate cools, in Unix milliseconds; in the past or 0 when it does not cool. */
  untilMs(candidate: CandidateIdentity): number {
    if (this.#entries.size === 0) return 0;
    return Math.max(...keysOf(candidate).map((key) => this.#entries.get(key)?.untilMs ?? 0));
  }

  /** A request begins. If a cooling of its candidate is over, it is the one that tries. */
  begins(candidate: CandidateIdentity, nowMs: number): void {
    for (const key of keysOf(candidate)) {
      const entry = this.#entries.get(key);
      if (entry === undefined || entry.untilMs > nowMs || (entry.trial?.untilMs ?? 0) > nowMs) continue;
      this.#entries.set(key, {
        ...entry,
        trial: { sinceMs: nowMs, untilMs: nowMs + this.#tuning.suspicionRestMs },
      });
    }
  }

  /** A request is over. If it was the one that tries and has shown nothing, the next request tries. */
  ended(candidate: CandidateIdentity, startedAtMs: number): void {
    if (this.#entries.size === 0) return;
    for (const key of keysOf(candidate)) {
      const entry = this.#entries.get(key);
      if (entry?.trial === undefined || startedAtMs < entry.trial.sinceMs) continue;
      const { trial: _, ...rest } = entry;
      this.#entries.set(key, rest);
    }
  }

  /** Whether a request tries the candidate after its cooling, and has not been answered yet. */
  isTried(candidate: CandidateIdentity, nowMs: number): boolean {
    if (this.#entries.size === 0) return false;
    return keysOf(candidate).some((key) => (this.#entries.get(key)?.trial?.untilMs ?? 0) > nowMs);
  }

  /** @returns for how many milliseconds the candidate cools; undefined when such an end cools nothing */
  refused(
    { route, credential }: CandidateIdentity,
    end: AttemptEnd,
    startedAtMs: number,
    nowMs: number,
  ): number | undefined {
    const rule = coolingRule(end, this.#tuning);
    if (rule === undefined) return undefined;
    const scope = { credential: credentialKey(credential), route: rule.scope === "credential" ? null : route.id };
    const key = keyOf(scope.credential, scope.route);
    const last = this.#entries.get(key);
    // Requests that were under way when the cooling began count as the same strike.
    const strikes = last === undefined ? 1 : startedAtMs < last.sinceMs ? last.strikes : last.strikes + 1;
    const { retryAfterMinMs, retryAfterMaxMs } = this.#tuning;
    const forMs =
      rule.obeys === true && end.retryAfterMs !== undefined
        ? Math.min(Math.max(end.retryAfterMs, retryAfterMinMs), retryAfterMaxMs)
        : doubling(rule.ms, rule.maxMs, strikes - 1);
    this.#entries.set(key, {
      ...scope,
      upstreamId: route.upstream.id,
      sinceMs: nowMs,
      untilMs: Math.max(last?.untilMs ?? 0, nowMs + forMs),
      strikes,
      why: describeEnd(end),
      isRateLimit: rule.obeys === true,
      isOwn: true,
    });
    return forMs;
  }

  /** Whether the candidate cools because it was asked too often. */
  isRateLimited(candidate: CandidateIdentity, nowMs: number): boolean {
    const cooling = keysOf(candidate)
      .flatMap((scoped) => this.#entries.get(scoped) ?? [])
      .filter(({ untilMs }) => untilMs > nowMs);
    return cooling.length > 0 && cooling.every(({ isRateLimit }) => isRateLimit === true);
  }

  /** A probe of the candidate was answered. @returns whether it cooled */
  clear(candidate: CandidateIdentity): boolean {
    const ended = keysOf(candidate).map((key) => this.#entries.delete(key));
    return ended.includes(true);
  }

  /** Ends what the clearing names and began before it. */
  clearBefore(upstreamId: string, clearing: Clearing, atMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.upstreamId === upstreamId && entry.sinceMs <= atMs && clears(clearing, entry))
        this.#entries.delete(key);
    }
  }

  /** An answer ends the row of coolings: the next cooling is the shortest again. */
  answered(candidate: CandidateIdentity, startedAtMs: number): void {
    for (const key of keysOf(candidate)) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && startedAtMs >= entry.untilMs) this.#entries.delete(key);
    }
  }

  /** The coolings of an upstream that this isolate saw itself, for the object. */
  notes(upstreamId: string, nowMs: number): CoolingNote[] {
    return [...this.#entries.values()]
      .filter((entry) => entry.isOwn && entry.upstreamId === upstreamId && entry.untilMs > nowMs)
      .map(({ credential, route, sinceMs, untilMs, strikes, why, isRateLimit = false }) => ({
        credential,
        route,
        forMs: untilMs - nowMs,
        agoMs: nowMs - sinceMs,
        strikes,
        why,
        isRateLimit,
      }));
  }

  /** Takes over the coolings that other isolates saw. */
  follow(upstreamId: string, notes: readonly CoolingNote[], nowMs: number): void {
    for (const { forMs, agoMs = 0, ...note } of notes) {
      const key = keyOf(note.credential, note.route);
      const own = this.#entries.get(key);
      // The object repeats what this isolate reported, a moment later. Each echo must not make the cooling longer.
      if (own !== undefined && own.untilMs + (own.isOwn ? ECHO_MS : 0) >= nowMs + forMs) continue;
      const untilMs = nowMs + forMs;
      this.#entries.set(key, { ...note, upstreamId, sinceMs: nowMs - agoMs, untilMs, isOwn: false });
    }
  }

  /** Strikes are remembered for an hour after their cooling. */
  prune(nowMs: number): void {
    for (const [key, entry] of this.#entries) {
      if (entry.untilMs + this.#tuning.credentialRefusedMaxMs < nowMs) this.#entries.delete(key);
    }
  }
}

/** Of the coolings that may hold the candidate: of its credential, and of the credential on its route. */
function keysOf({ route, credential }: CandidateIdentity): readonly [string, string] {
  const key = credentialKey(credential);
  return [keyOf(key, null), keyOf(key, route.id)];
}

function keyOf(credential: string, route: string | null): string {
  return JSON.stringify([credential, route]);
}
