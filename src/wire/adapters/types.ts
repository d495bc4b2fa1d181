import type { CallProofs } from "../../operation/chat/call-proofs.ts";
import type { Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ClientRequest, Piece, Target } from "../types.ts";

/**
 * Carries a request of one wire over another.
 * @throws Fault `unsupported_feature` for what the upstream's wire cannot carry
 */
export type Adapter = (request: ClientRequest, target: Target) => Adapted;

export interface Adapted {
  /** The request, on the upstream's wire. */
  readonly payload: Payload;
  readonly headers?: Readonly<Record<string, string>>;
  /** The names of what the upstream's wire has no place for. */
  readonly dropped: readonly string[];
  /** Turns a piece of a stream into the pieces of the client's wire. */
  readonly pieces: (piece: Piece) => readonly Piece[];
  /** What the client may not send back with the results of tool calls, found since the last time. */
  readonly proofs?: () => readonly CallProofs[];
  /** The last pieces of a stream. @param counted our own counts, where the upstream reported none */
  readonly end: (counted: () => Usage) => readonly Piece[];
}
