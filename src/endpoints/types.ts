import type { Context } from "hono";
import type { Fault } from "../core/fault.ts";
import type { Services } from "../services.ts";
import type { RequestLog } from "../relay/request-log.ts";
import type { KeyPlace } from "../access/key-places.ts";
import type { Identity } from "../access/key-store.ts";
import type { Operator } from "../access/operator-store.ts";
import type { Verdict } from "../access/limits/types.ts";
import type { Dialect } from "../wire/types.ts";

export interface Variables {
  log: RequestLog;
  /** The client's own id for the request, shortened and without unsafe characters. */
  clientRequestId: string | undefined;
  /** The row that answers, as `POST /v1/…`; empty until it is found. */
  endpoint: string;
  /** The dialect of errors at the request's path. */
  dialect: Dialect;
  surface: Surface;
  /** Set once the key is known. */
  identity?: Identity;
  /** Set once the operator is known. */
  operator?: Operator;
  /** How the request stands with its key's rate limit. */
  keyVerdict?: Verdict;
  /** The request's log line is written when the answer ends, not when its handler returns. */
  closesItself?: boolean;
}

export type GatewayContext = Context<{ Variables: Variables }>;

export type Handler = (context: GatewayContext, services: Services) => Promise<Response>;

/** An endpoint: a method, a path and its handler. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH" | "DELETE";
  /** In Hono's notation. */
  readonly path: string;
  readonly handle: Handler;
}

/** An endpoint of a surface, its path below the mount. */
export interface Row extends Endpoint {
  /** The dialect of errors at this path and below it, where it is not the surface's. */
  readonly dialect?: Dialect;
  /** Whether a request, by its path below the mount and its headers, is told errors in the row's dialect. */
  readonly speaks?: (path: string, headers: Headers) => boolean;
}

/** A mount with its own rows, and how it takes keys and tells faults. */
export interface Surface {
  readonly mount: string;
  /** The dialect of errors, where a row has none of its own. */
  readonly dialect: Dialect;
  readonly keyPlaces: readonly KeyPlace[];
  /** What a client of the surface gets for a fault. */
  readonly answerFault: (context: GatewayContext, services: Services | undefined, fault: Fault) => Response;
  readonly rows: readonly Row[];
}
