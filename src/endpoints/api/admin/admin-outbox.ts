/** What D1 did not take of settlements, and is still to be delivered to it. */
import { nullable, object } from "zod/mini";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { count, time, toIsoOrNull } from "../fields.ts";

export const outboxEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/admin/api/outbox",
    summary: "Count the settlements that the database did not take and that are still delivered to it",
    tag: "invariants",
    access: "read",
    result: object({ waiting: count(), oldest_at: nullable(time()) }),
    async handle({ services: { outboxes } }) {
      const { count: waiting, oldestAtMs = null } = await outboxes.waiting();
      return { waiting, oldest_at: toIsoOrNull(oldestAtMs) };
    },
  }),
];
