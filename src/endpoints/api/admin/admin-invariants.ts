/** Checks the books: stored sums against the rows that they count. */
import { nullable, number, object, strictObject, string } from "zod/mini";
import { checkBooks } from "../../../accounts/books.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { id } from "../fields.ts";
import { pageOf, pagesOf, pageView } from "../page-fields.ts";

const invariantView = object({
  account_id: id(),
  key_id: nullable(id()),
  invariant: string(),
  stored: number(),
  expected: number(),
});

export const invariantEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    method: "GET",
    path: "/admin/api/invariants",
    summary: "Recompute the sums of as many accounts as the page is long, and report those that do not agree",
    tag: "invariants",
    access: "read",
    // Each account needs queries of its own, and the platform limits the queries of one request.
    query: strictObject(pagesOf(20)),
    result: pageOf(invariantView),
    handle: async ({ query, services }) =>
      pageView(await checkBooks(services, query), ({ accountId, keyId, ...law }) => ({
        account_id: accountId,
        key_id: keyId ?? null,
        ...law,
      })),
  }),
];
