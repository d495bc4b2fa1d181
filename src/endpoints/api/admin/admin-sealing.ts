/** How far the credentials are sealed under the present `CREDENTIALS_KEY`. `jobs/reseal.ts` seals the others again. */
import { notLike } from "drizzle-orm";
import { object } from "zod/mini";
import { upstreamCredentials } from "../../../../schema/index.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { count } from "../fields.ts";

export const sealingEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/admin/api/sealing",
    summary: "Count the credentials, and those that are not yet sealed under the present key",
    tag: "upstream",
    access: "read",
    result: object({ credentials: count(), left: count() }),
    async handle({ services: { db, sealer } }) {
      const prefix = await sealer.presentPrefix();
      const [credentials, left] = await Promise.all([
        db.$count(upstreamCredentials),
        db.$count(upstreamCredentials, notLike(upstreamCredentials.sealed, `${prefix}%`)),
      ]);
      return { credentials, left };
    },
  }),
];
