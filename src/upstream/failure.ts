import type { Fault } from "../core/fault.ts";
import type { Failure } from "../core/outcome.ts";

/** An attempt that brought no answer: the fault for the client, should it be the last, and what it means for the route. */
export class AttemptFailure extends Error {
  readonly fault: Fault;
  readonly outcome: Failure;
  /** The upstream's HTTP status, when it gave one. */
  readonly status: number | undefined;
  /** The upstream's own message, sanitised. For operators: the fault has what clients may be told. */
  readonly words: string | undefined;

  constructor(fault: Fault, outcome: Failure, status?: number, words?: string) {
    super(outcome, { cause: fault });
    this.words = words;
    this.fault = fault;
    this.outcome = outcome;
    this.status = status;
  }
}
