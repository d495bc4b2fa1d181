/**
 * Failures of clients' requests that a probe must judge. A client's request is suspicion, because its text may have caused
 * the failure; the gateway's own probe is evidence. A suspected candidate rests: it is asked after all others, so that no
 * client can take it from anybody. Pure state; the time is passed in.
 */
import type { AttemptEnd } from "./attempt-end.ts";
import { doubling } from "./backoff.ts";
import { coolingRule } from "./cooling.ts";
import { candidateKey, type CandidateIdentity } from "./identity.ts";
import type { HealthTuning } from "./tuning.ts";

/**
 * What one failure of a client's request means. `evidence`: no request can cause it. `suspicion`: a probe must judge it.
 * `in-a-row`: several in a row are a suspicion.
 */
type Meaning = "evidence" | "suspicion" | "in-a-row";

export function meaningOf(end: AttemptEnd, tuning: HealthTuning): Meaning {
  if (end.outcome === "unreachable") return "evidence";
  return coolingRule(end, tuning) !== undefined || end.outcome === "model_missing" ? "suspicion" : "in-a-row";
}

/** `probe`: a probe must be made now. `confirmed`: a second account met the same. `known`: nothing is to be done. */
export type Raised = "probe" | "confirmed" | "known";

interface Suspicion {
  readonly candidate: string;
  readonly account: string | undefined;
  /** Until then a probe counts as under way, even if its end is never reported, and the candidate rests. */
  probingUntilMs: number;
  /** A probe was answered: until then, such failures are not believed. */
  quietUntilMs: number;
  acquittals: number;
}

export class Suspicions {
  readonly #tuning: HealthTuning;
  readonly #entries = new Map<string, Suspicion>();

  constructor(tuning: HealthTuning) {
    this.#tuning = tuning;
  }

  raise(candidate: CandidateIdentity, { outcome }: AttemptEnd, account: string | undefined, nowMs: number): Raised {
    const key = keyOf(candidate, outcome);
    const past = this.#entries.get(key);
    if (past !== undefined && nowMs < past.probingUntilMs) {
      // A probe is small, and may pass a limit that larger requests meet.
      return outcome === "rate_limited" && past.account !== account ? "confirmed" : "known";
    }
    if (past !== undefined && nowMs < past.quietUntilMs) return "known";
    this.#entries.set(key, {
      candidate: candidateKey(candidate),
      account,
      probingUntilMs: nowMs + this.#tuning.suspicionRestMs,
      quietUntilMs: 0,
      acquittals: past?.acquittals ?? 0,
    });
    return "probe";
  }

  /** A probe was answered: the request was at fault, not the candidate. */
  acquit(candidate: CandidateIdentity, { outcome }: AttemptEnd, nowMs: number): void {
    const entry = this.#entries.get(keyOf(candidate, outcome));
    if (entry === undefined) return;
    const { suspicionQuietMs, suspicionQuietMaxMs } = this.#tuning;
    entry.probingUntilMs = 0;
    entry.quietUntilMs = nowMs + doubling(suspicionQuietMs, suspicionQuietMaxMs, entry.acquittals++);
  }

  /** A probe failed too. Breakers and coolings take over. */
  convict(candidate: CandidateIdentity, { outcome }: AttemptEnd): void {
    this.#entries.delete(keyOf(candidate, outcome));
  }

  /** The keys of the candidates that rest. */
  resting(nowMs: number): Set<string> {
    const resting = new Set<string>();
    for (const { candidate, probingUntilMs } of this.#entries.values()) {
      if (nowMs < probingUntilMs) resting.add(candidate);
    }
    return resting;
  }

  prune(nowMs: number): void {
    for (const [key, { probingUntilMs, quietUntilMs }] of this.#entries) {
      if (Math.max(probingUntilMs, quietUntilMs) + this.#tuning.suspicionQuietMaxMs < nowMs) this.#entries.delete(key);
    }
  }
}

function keyOf(candidate: CandidateIdentity, outcome: AttemptEnd["outcome"]): string {
  return `${outcome} ${candidateKey(candidate)}`;
}
