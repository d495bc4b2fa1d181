import type { Payload } from "../core/payload.ts";

/** How the gateway addresses an upstream and authenticates to it. A new kind is a file and a line in `index.ts`. */
export interface Kind {
  /** Gets the whole call, so that a kind can sign it. */
  prepare(call: UpstreamCall, credential: string): Prepared | Promise<Prepared>;
}

interface UpstreamCall {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly method: "GET" | "POST";
  /** Begins with a slash. */
  readonly path: string;
  readonly payload: Payload;
}

interface Prepared {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** What is sent to an upstream. */
export interface Shipment extends Prepared {
  readonly method: "GET" | "POST";
  readonly payload: Payload;
  readonly accept: string;
  readonly signal: AbortSignal;
  readonly secrets: readonly Secret[];
}

/** A word that must not reach a client in an upstream's message: its name, host, credential, model. */
export interface Secret {
  readonly word: string;
  readonly replacement: string;
}
