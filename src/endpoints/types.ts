import type { Context } from "hono";
import type { Services } from "../services.ts";
import type { RequestLog } from "../relay/request-log.ts";
import type { KeyPlace } from "../access/key-places.ts";
import type { Identity } from "../access/key-store.ts";
import type { Verdict } from "../access/limits/types.ts";
import type { Dialect } from "../wire/types.ts";

export interface Variables {
  log: RequestLog;
  /** The client's own id for the request, cut to a sane form. */
  clientRequestId: string | undefined;
  /** The row that answers, as `POST /v1/…`; empty until one is found. */
  endpoint: string;
  /** Of errors at the request's path. */
  dialect: Dialect;
  /** Where the request's surface looks for a key. */
  keyPlaces: readonly KeyPlace[];
  /** Set once the key is known. */
  identity?: Identity;
  /** How the request stands with its key's rate limit. */
  keyVerdict?: Verdict;
  /** The answer writes the request's log line at its own end. */
  closesItself?: boolean;
}

export type GatewayContext = Context<{ Variables: Variables }>;

export type Handler = (context: GatewayContext, services: Services) => Promise<Response>;

/** An endpoint at a path; or an operation of our own API. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH";
  /** In Hono's notation. */
  readonly path: string;
  readonly handle: Handler;
}
