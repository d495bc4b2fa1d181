/**
 * Each minute: probes routes whose breaker is not closed, so that they recover without traffic too. With `PROBE_IDLE`,
 * routes that nobody used for an hour are probed once an hour. The operator pays for all probes.
 */
import { probe } from "../relay/probe.ts";
import { credentialKey } from "../health/identity.ts";
import { unit } from "../routing/rendezvous.ts";
import type { Candidate, Route } from "../routing/route.ts";
import type { Services } from "../services.ts";
import { askObjects, upstreamsOf } from "./ask-upstreams.ts";

/** All probes end within the sum of the two: the next run comes in a minute. */
const START_WITHIN_MS = 15_000;
const DEADLINE_MS = 15_000;
const AT_ONCE = 4;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export async function probeRoutes(services: Services, defer: (work: Promise<unknown>) => void): Promise<void> {
  const { relay, now, settings } = services;
  const catalogue = await relay.catalogue.current(defer);
  const routes = [...catalogue.routes.values()].flat();
  const due = [
    ...(settings.PROBES ? await openRoutes(services, routes) : []),
    ...(settings.PROBE_IDLE ? (await idleRoutes(services, routes)).flatMap((route) => withoutCooling(route, [])) : []),
  ];
  const endMs = now() + START_WITHIN_MS;
  const work = async () => {
    for (let next = due.shift(); next !== undefined && now() < endMs; next = due.shift()) {
      await probe(services, next, { deadlineMs: DEADLINE_MS, defer });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

/**
 * Routes whose breaker is not closed, the longest unchanged first: a route that is not reached now comes earlier next
 * time.
 */
async function openRoutes(services: Services, routes: readonly Route[]): Promise<Candidate[]> {
  const byId = new Map(routes.map((route) => [route.id, route]));
  const descriptions = await askObjects(services, upstreamsOf(routes), async (object) => object.describe());
  const nowMs = services.now();
  return [...descriptions.values()]
    .flatMap(({ routes: described, coolings }) =>
      described
        .filter(({ breaker }) => breaker !== "closed")
        .map(({ route, lastTransition }) => ({ route: byId.get(route), atMs: lastTransition?.atMs ?? 0, coolings })),
    )
    .toSorted((a, b) => a.atMs - b.atMs)
    .flatMap(({ route, coolings }) => {
      if (route === undefined) return [];
      const cooling = coolings.filter(
        (each) => each.untilMs > nowMs && (each.route === null || each.route === route.id),
      );
      return withoutCooling(
        route,
        cooling.map(({ credential }) => credential),
      );
    });
}

/** The route with a credential that does not cool: a probe with a cooling credential would only be refused. */
function withoutCooling(route: Route, cooling: readonly string[]): Candidate[] {
  const credential = route.upstream.credentials.find((each) => !cooling.includes(credentialKey(each)));
  return credential === undefined ? [] : [{ route, credential }];
}

/** Each route has its own minute of the hour. */
async function idleRoutes(services: Services, routes: readonly Route[]): Promise<Route[]> {
  const nowMs = services.now();
  const minute = Math.floor(nowMs / MINUTE_MS) % 60;
  const due = routes.filter(({ id }) => Math.floor(unit(id) * 60) === minute);
  const histories = await askObjects(services, upstreamsOf(due), async (object) =>
    object.history({ fromMs: nowMs - HOUR_MS, toMs: nowMs }),
  );
  return due.filter(({ id, upstream }) => {
    const history = histories.get(upstream.id);
    return history !== undefined && !history.some(({ route, seenMinutes }) => route === id && seenMinutes.length > 0);
  });
}
