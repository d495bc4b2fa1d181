import { asFault, Fault } from "../core/fault.ts";
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

const OUTCOMES_OF_FAULTS: Readonly<Partial<Record<Fault["kind"], Failure>>> = {
  upstream_error: "garbage",
  overloaded: "error",
  upstream_timeout: "timeout",
  client_closed: "abandoned",
  unsupported_feature: "refused_request",
};

/** Whatever went wrong during an attempt, as its failure. Faults that wires throw are about what the upstream sent. */
export function asAttemptFailure(thrown: unknown): AttemptFailure {
  if (thrown instanceof AttemptFailure) return thrown;
  if (thrown instanceof Fault) return new AttemptFailure(thrown, OUTCOMES_OF_FAULTS[thrown.kind] ?? "error");
  return new AttemptFailure(asFault(thrown), "error");
}
