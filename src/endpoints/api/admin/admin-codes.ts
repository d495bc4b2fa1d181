/** Redeem codes, made in batches: shown once, stored as hashes. */
import { array, maximum, nullable, object, optional, strictObject, string } from "zod/mini";
import { changeCodeExpiry, createCodeBatch, listCodeBatches, listCodes } from "../../../accounts/redeem-codes.ts";
import { MAX_CODES } from "../../../billing/codes.ts";
import { count, id, money, newId, positiveCount, positiveNanos, time, toIsoOrNull, withDecimals } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { argumentsOf, viewOf } from "../views.ts";

const batchView = object({
  batch: id(),
  codes: count(),
  redeemed: count(),
  ...money("amount"),
  expires_at: nullable(time()),
  created_at: time(),
});

const codeView = object({
  /** SHA-256 of the code. */
  hash: string(),
  ...money("amount"),
  expires_at: nullable(time()),
  created_at: time(),
  redeemed_by: nullable(id()),
  redeemed_at: nullable(time()),
});

const byBatch = strictObject({ batch: id() });
const common = { tag: "code" } as const;
const LIST = "/admin/api/code-batches";
const ONE = `${LIST}/:batch`;

export const codeEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: LIST,
    summary: "List batches of redeem codes",
    query: strictObject(pageFields),
    result: pageOf(batchView),
    handle: async ({ query, services }) =>
      pageView(await listCodeBatches(services, query), (row) => viewOf(batchView, row)),
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    path: LIST,
    status: 201,
    summary: "Create a batch of redeem codes; this answer alone shows them",
    body: strictObject({
      batch: newId(),
      count: positiveCount().check(maximum(MAX_CODES)),
      amount_nanos: positiveNanos(),
      expires_at: optional(time()),
    }),
    result: object({
      batch: id(),
      ...money("amount"),
      expires_at: nullable(time()),
      codes: array(string()),
    }),
    async handle({ body, services }) {
      const batch = argumentsOf(body);
      const codes = await createCodeBatch(services, batch);
      const { amountNanos, expiresAt = null } = batch;
      return withDecimals({
        batch: batch.batch,
        amount_nanos: amountNanos,
        expires_at: toIsoOrNull(expiresAt),
        codes: [...codes],
      });
    },
  }),
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    path: ONE,
    summary: "List the codes of a batch by their hashes, and who used them",
    params: byBatch,
    query: strictObject(pageFields),
    result: pageOf(codeView),
    handle: async ({ params, query, services }) =>
      pageView(await listCodes(services, params.batch, query), (row) => viewOf(codeView, row)),
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "PATCH",
    path: ONE,
    summary: "Change when the unused codes of a batch expire; a time that is past withdraws them",
    params: byBatch,
    body: strictObject({ expires_at: nullable(time()) }),
    result: batchView,
    handle: async ({ params, body, services }) =>
      viewOf(batchView, await changeCodeExpiry(services, params.batch, argumentsOf(body).expiresAt)),
  }),
];
