/** The real collaborators on the test's D1 and objects, with an upstream that is a function. */
import { env } from "cloudflare:workers";
import { drizzle } from "drizzle-orm/d1";
import { readSettings } from "../../src/settings.ts";
import { type Report, type RouteDelta, emptyDelta } from "../../src/health/report.ts";
import { buildServices, type Services } from "../../src/services.ts";
import type { Fetch } from "../../src/upstream/send.ts";

export const db = drizzle(env.DB);

/** Ignores the work that jobs defer: no test waits for it. */
export const defer = (work: Promise<unknown>) => void work.catch(() => undefined);

export function servicesWith(fetch: Fetch, vars: Record<string, unknown> = {}): Services {
  const bindings = { ...env, ...vars };
  const read = readSettings(bindings);
  if ("problems" in read) throw new Error(read.problems.join(", "));
  const services = buildServices(bindings, read.settings);
  return { ...services, relay: { ...services.relay, fetch } };
}

let sequence = 0;

/** The report of an isolate to an upstream's object. */
export async function tell(
  upstream: string,
  deltas: Record<string, Partial<RouteDelta> & { model: string }>,
  rest: Partial<Report> = {},
): Promise<void> {
  await env.UPSTREAM_HEALTH.getByName(upstream).exchange({
    isolate: "one",
    sequence: ++sequence,
    ageMs: 0,
    deltas: Object.fromEntries(Object.entries(deltas).map(([route, delta]) => [route, { ...emptyDelta(), ...delta }])),
    routes: Object.fromEntries(Object.entries(deltas).map(([route, { model }]) => [route, { model, inflight: 0 }])),
    coolings: [],
    ...rest,
  });
}
