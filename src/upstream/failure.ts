import type { Fault } from "../core/fault.ts";
import type { Failure } from "../core/outcome.ts";

/**
 * An attempt that brought no answer: the fault for the client if no other attempt follows, and the outcome for the
 * route.
 */
export class AttemptFailure extends Error {
  readonly fault: Fault;
  readonly outcome: Failure;
  /** The upstream's HTTP status, when it gave one. */
  readonly status: number | undefined;
  /** The upstream's own message, sanitised, for operators. Clients see the fault's text. */
  readonly words: string | undefined;

  constructor(fault: Fault, outcome: Failure, status?: number, words?: string) {
    super(outcome, { cause: fault });
    this.words = words;
    this.fault = fault;
    this.outcome = outcome;
    this.status = status;
  }
}
