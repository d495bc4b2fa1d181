import type { JsonObject } from "./json.ts";

/** An error object that an upstream sent in an answer of status 200. Wires throw it; `upstream/triage.ts` reads it. */
export class UpstreamError extends Error {
  /** The error object, without its envelope. Its texts are the upstream's own. */
  readonly error: JsonObject;

  constructor(error: JsonObject) {
    super("an error in an answer");
    this.error = error;
  }
}
