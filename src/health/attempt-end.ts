/** How an attempt without an answer ended. */
import type { Failure, Outcome } from "../core/outcome.ts";

export interface AttemptEnd {
  readonly outcome: Failure;
  /** The upstream's HTTP status, when it gave one. */
  readonly status?: number | undefined;
  /** The wait that the upstream asked for. */
  readonly retryAfterMs?: number | undefined;
  /** For our log only. */
  readonly reason?: string | undefined;
}

/** How a probe ended. */
export type ProbeEnd = "answered" | AttemptEnd;

/** Outcomes that would be the same on any other route, and that say nothing about this route's health. */
export const FINAL_OUTCOMES: ReadonlySet<Outcome> = new Set(["refused_request", "abandoned"]);

/** The end in a few words, for operators. */
export function describeEnd({ outcome, status }: AttemptEnd): string {
  return status === undefined ? outcome : `${outcome} (${status})`;
}
