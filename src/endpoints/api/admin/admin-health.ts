/** What is known of an upstream's health: its routes' breakers, and the credentials that cool. */
import { array, enum as oneOf, minimum, nullable, number, object, optional, strictObject, string } from "zod/mini";
import { within } from "../../../core/within.ts";
import { Fault } from "../../../core/fault.ts";
import type { HealthDescription } from "../../../health/description.ts";
import { credentialIdOf } from "../../../health/identity.ts";
import { clearingReport } from "../../../health/report.ts";
import type { Services } from "../../../services.ts";
import { byId, count, id, time, toIso } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { findUpstream } from "./admin-upstreams.ts";

const state = () => oneOf(["closed", "open", "half-open"]);
const measured = () => nullable(number().check(minimum(0)));

/** `limit`: null = none. */
const limitedUse = object({ used: number(), limit: nullable(count()) });

const healthView = object({
  upstream_id: id(),
  /** Isolates that reported recently. */
  isolates: count(),
  routes: array(
    object({
      route_id: id(),
      model_id: id(),
      breaker: state(),
      /** When the breaker becomes half-open. */
      open_until: nullable(time()),
      last_transition: nullable(object({ to: state(), at: time(), why: string() })),
      /** Attempts of the last 30 s. */
      window: object({ answered: number(), failed: number() }),
      /** Isolates that avoid the route because of failures that they saw themselves. */
      open_in: object({ isolates: count(), why: nullable(string()) }),
      ttft_ms: measured(),
      tokens_per_second: measured(),
      inflight: number(),
    }),
  ),
  coolings: array(
    object({
      credential_id: id(),
      /** null = on every route. */
      route_id: nullable(id()),
      since: time(),
      until: time(),
      /** Coolings in a row. */
      strikes: count(),
      why: string(),
    }),
  ),
  /** Of the credentials and routes that have a capacity. */
  capacity: array(
    object({
      credential_id: id(),
      /** null = all routes together. */
      route_id: nullable(id()),
      /** In the last minute. */
      requests: limitedUse,
      tokens: limitedUse,
      /** Calls under way. */
      running: limitedUse,
    }),
  ),
});

export const healthEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/admin/api/upstreams/:id/health",
    summary: "Read an upstream's health: each route's breaker, each credential that cools, and why",
    tag: "upstream",
    access: "read",
    params: byId,
    result: healthView,
    async handle({ params, services }) {
      await findUpstream(services, params.id);
      return toView(params.id, await describeUpstream(services, params.id));
    },
  }),
  apiEndpoint({
    method: "POST",
    path: "/admin/api/upstreams/:id/health/clear",
    summary: "Close the breakers and end the coolings of an upstream, or of one of its routes",
    tag: "upstream",
    access: "owner",
    params: byId,
    body: strictObject({ route_id: optional(id()) }),
    result: healthView,
    async handle({ params, body, services }) {
      await findUpstream(services, params.id);
      const clearing = { route: body.route_id ?? null, credential: null };
      await asked(services.health(params.id).exchange(clearingReport([clearing], services.now())));
      return toView(params.id, await describeUpstream(services, params.id));
    },
  }),
];

const PATIENCE_MS = 3_000;

async function describeUpstream(services: Services, upstreamId: string): Promise<HealthDescription> {
  return asked(services.health(upstreamId).describe());
}

/** @throws Fault `overloaded` when the upstream's object does not answer */
async function asked<Result>(answer: Promise<Result>): Promise<Result> {
  try {
    return await within(PATIENCE_MS, answer);
  } catch (error) {
    throw new Fault("overloaded", { detail: UNREACHABLE, reason: `health object: ${String(error).slice(0, 200)}` });
  }
}

const UNREACHABLE = {
  en: "The object that keeps this upstream's health does not answer. Requests are routed all the same; please try again.",
  zh: "保存该上游健康状态的对象暂时没有响应;请求仍会正常路由,请稍后重试。",
};

function toView(upstreamId: string, { isolates, routes, coolings, capacity }: HealthDescription) {
  return {
    upstream_id: upstreamId,
    isolates,
    routes: routes.map(({ route, model, breaker, openUntilMs, lastTransition, window, openIn, inflight, ...rest }) => ({
      route_id: route,
      model_id: model,
      breaker,
      open_until: openUntilMs === undefined ? null : toIso(openUntilMs),
      last_transition:
        lastTransition === undefined
          ? null
          : { to: lastTransition.to, at: toIso(lastTransition.atMs), why: lastTransition.why },
      window,
      open_in: { isolates: openIn.isolates, why: openIn.why ?? null },
      ttft_ms: rest.ttftMs ?? null,
      tokens_per_second: rest.tokensPerSecond ?? null,
      inflight,
    })),
    coolings: coolings.map(({ credential, route, sinceMs, untilMs, strikes, why }) => ({
      credential_id: credentialIdOf(credential),
      route_id: route,
      since: toIso(sinceMs),
      until: toIso(untilMs),
      strikes,
      why,
    })),
    capacity: capacity.map(({ credential, route, ...uses }) => ({
      credential_id: credentialIdOf(credential),
      route_id: route,
      ...uses,
    })),
  };
}
