import type { FaultName } from "../core/fault.ts";
import type { Failure } from "../core/outcome.ts";

/** How one addresses and authenticates to an upstream. A new kind is a file and a line in `index.ts`. */
export interface Kind {
  url(baseUrl: string, path: string): string;
  headers(credential: string): Record<string, string>;
}

/** What is sent to an upstream. */
export interface Shipment {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly accept: "application/json" | "text/event-stream";
  readonly signal: AbortSignal;
  /** Words that must not reach a client in an upstream's message: its name, host, credential, model. */
  readonly secrets: readonly Secret[];
}

export interface Secret {
  readonly word: string;
  readonly replacement: string;
}

/** An upstream's refusal, read: what the client may be told, and what it means for the route. */
export interface Verdict {
  readonly fault: FaultName;
  readonly outcome: Failure;
}
