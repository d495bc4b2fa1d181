import type { Match } from "../wire/types.ts";
import type { GatewayContext } from "./types.ts";

/** What a wire reads of a request besides its body. */
export function matchOf(context: GatewayContext): Match {
  const { req } = context;
  const path = req.path.slice(context.var.surface.mount.length);
  return { path, params: req.param(), headers: req.raw.headers, query: (name) => req.query(name) };
}
