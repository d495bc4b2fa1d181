import type { GatewayContext } from "./types.ts";

/** The address at which the client asks: `https://llm.example.com`. */
export function originOf({ req }: Pick<GatewayContext, "req">): string {
  return new URL(req.url).origin;
}
