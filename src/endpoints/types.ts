import type { Context } from "hono";
import type { Services } from "../services.ts";
import type { RequestRecord } from "../relay/record.ts";
import type { Identity } from "../access/identify.ts";
import type { Verdict } from "../access/limits/types.ts";
import type { Surface } from "./surfaces.ts";

export interface Variables {
  record: RequestRecord;
  surface: Surface;
  /** Set once the key is known. */
  identity?: Identity;
  /** How the request stands with its key's rate limit. */
  keyVerdict?: Verdict;
  /** The answer is a stream that writes its own end. */
  streaming?: boolean;
}

export type GatewayContext = Context<{ Variables: Variables }>;

export type Handler = (context: GatewayContext, services: Services) => Promise<Response>;

/** One row of the table in `table.ts`, mounted on every surface; or an endpoint of our own API. */
export interface Endpoint {
  readonly method: "GET" | "POST" | "PATCH";
  /** In Hono's notation; of the table's rows, below the surface's mount. */
  readonly path: string;
  readonly handle: Handler;
}
