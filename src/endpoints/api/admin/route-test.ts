/** Tests a route with one small request, for which nobody is charged; and asks an upstream for its models. */
import { array, boolean, nullable, number, object, optional, strictObject, string } from "zod/mini";
import { Fault } from "../../../core/fault.ts";
import { listUpstreamModels } from "../../../relay/upstream-models.ts";
import { probe } from "../../../relay/probe.ts";
import { findRoute } from "../../../routing/catalogue.ts";
import { byId, count, id } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";

/** Longer than the deadline of scheduled probes: the operator waits for this answer. */
const DEADLINE_MS = 60_000;

export const routeTestEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "POST",
    path: "/admin/api/upstreams/:id/models",
    summary: "Ask an upstream for the names of its models; nothing is changed",
    tag: "upstream",
    access: "owner",
    params: byId,
    result: object({ data: array(string()) }),
    handle: async ({ params, services }) => ({
      data: [...(await listUpstreamModels(services.relay, services.db, params.id))],
    }),
  }),
  apiEndpoint({
    method: "POST",
    // Lazy (`+?`): in hono's router a greedy id, as in the paths of the route itself, would include `/test`.
    path: "/admin/api/routes/:id{.+?}/test",
    summary: "Ask a route's upstream for a word, enabled or not; nobody is charged, but the upstream may bill you",
    tag: "route",
    access: "owner",
    params: byId,
    query: strictObject({ credential: optional(id()) }),
    result: object({
      ok: boolean(),
      /** `answered`, or the kind of failure in a word. */
      outcome: string(),
      credential_id: nullable(id()),
      /** The upstream's HTTP status. */
      status: nullable(number()),
      ms: count(),
      tokens: nullable(object({ input: count(), output: count() })),
      error: nullable(string()),
    }),
    async handle({ params, query, context, services }) {
      const route = await findRoute(services.db, params.id);
      if (route === undefined) throw new Fault("resource_not_found", { param: "id" });
      const { credentials } = route.upstream;
      const credential =
        query.credential === undefined ? credentials[0] : credentials.find((each) => each.id === query.credential);
      if (credential === undefined && query.credential !== undefined) {
        throw new Fault("resource_not_found", { param: "credential" });
      }
      if (credential === undefined) {
        const error = "The upstream has no credential that is enabled.";
        return { ok: false, outcome: "no_credential", credential_id: null, status: null, ms: 0, tokens: null, error };
      }
      const { outcome, status, ms, tokens, error } = await probe(
        services,
        { route, credential },
        { deadlineMs: DEADLINE_MS, defer: (work) => context.executionCtx.waitUntil(work) },
      );
      return {
        ok: outcome === "answered",
        outcome,
        credential_id: credential.id,
        status: status ?? null,
        ms,
        tokens: tokens ?? null,
        error: error ?? null,
      };
    },
  }),
];
