/** Browsers may call from any site, but without cookies. */
import { cors } from "hono/cors";
import { LIMIT_HEADERS } from "../access/limits/headers.ts";

/** Answer headers that browsers may show to scripts. */
const EXPOSED_HEADERS = [
  "x-request-id",
  "x-gateway-model",
  "x-gateway-attempts",
  "x-gateway-reason",
  "x-gateway-warnings",
  "idempotent-replayed",
  "x-gateway-first-request",
  "server-timing",
  "retry-after",
  "retry-after-ms",
  "x-should-retry",
  ...LIMIT_HEADERS,
];

/** The CORS headers of every answer. */
export const CORS_HEADERS = {
  "access-control-allow-origin": "*",
  "access-control-expose-headers": EXPOSED_HEADERS.join(","),
};

/** Answers the preflight request of a browser. */
export const preflight = cors({
  origin: "*",
  allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
  maxAge: 86_400,
});
