import type { JsonDraft } from "../../core/json-edit.ts";
import type { Payload } from "../../core/payload.ts";
import type { ClientRequest } from "../types.ts";

/**
 * Carries one operation over another, for one request.
 * @throws Fault `unsupported_feature` for what the upstream's wire cannot carry
 */
export type Adapter = (request: ClientRequest) => Adapted;

export interface Adapted {
  /** The request, on the upstream's wire. */
  readonly payload: Payload;
  /** The names of the fields that the upstream's wire has but the client's has not. */
  readonly dropped: readonly string[];
  /** Turns a whole answer, or a piece of a stream, into the shape of the client's wire. */
  readonly answer: (draft: JsonDraft) => JsonDraft;
}
