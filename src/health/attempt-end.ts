/** How an attempt ended that brought no answer. */
import type { Failure, Outcome } from "../core/outcome.ts";

export interface AttemptEnd {
  readonly outcome: Failure;
  /** The upstream's HTTP status, when it gave one. */
  readonly status?: number | undefined;
  /** As the upstream asked. */
  readonly retryAfterMs?: number | undefined;
  /** For our log only. */
  readonly reason?: string | undefined;
}

/** Ends that no other route would mend, and that say nothing about this one. */
export const FINAL_OUTCOMES: ReadonlySet<Outcome> = new Set(["refused_request", "abandoned"]);

/** The end in a few words, for operators. */
export function describeEnd({ outcome, status }: AttemptEnd): string {
  return status === undefined ? outcome : `${outcome} (${status})`;
}
