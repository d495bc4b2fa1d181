/** Redeem codes, made in batches: shown once, stored as hashes. */
import { and, eq, gt, isNull, sql } from "drizzle-orm";
import { array, maximum, nullable, object, optional, strictObject, string } from "zod/mini";
import { redeemCodes } from "../../../../schema/index.ts";
import { createCodes, MAX_CODES } from "../../../billing/codes.ts";
import { Fault } from "../../../core/fault.ts";
import type { Services } from "../../../services.ts";
import { count, id, money, newId, positiveCount, positiveNanos, time, toIsoOrNull, withDecimals } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, readCursor, toPage } from "../page-fields.ts";
import { viewOf } from "../views.ts";

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
const common = { tag: "code", access: "operator" } as const;
const LIST = "/admin/api/code-batches";
const ONE = `${LIST}/:batch`;

export const codeEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: LIST,
    summary: "List batches of redeem codes",
    query: strictObject(pageFields),
    result: pageOf(batchView),
    async handle({ query, services }) {
      const after = readCursor(query.cursor, string());
      const rows = await summaries(services)
        .where(after === undefined ? undefined : gt(redeemCodes.batch, after))
        .groupBy(redeemCodes.batch)
        .orderBy(redeemCodes.batch)
        .limit(query.limit + 1);
      return toPage(
        rows,
        query.limit,
        (row) => row.batch,
        (row) => viewOf(batchView, row),
      );
    },
  }),
  apiEndpoint({
    ...common,
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
      const { batch, amount_nanos: amountNanos, expires_at: expiresAt } = body;
      if (await exists(services, batch)) {
        throw new Fault("conflict", {
          param: "batch",
          detail: { en: "There is a batch of this name already.", zh: "该批次名称已存在。" },
        });
      }
      const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
      const codes = await createCodes(services.d1, {
        batch,
        count: body.count,
        amountNanos,
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        nowMs: services.now(),
      });
      return withDecimals({ batch, amount_nanos: amountNanos, expires_at: toIsoOrNull(expiresAtMs ?? null), codes });
    },
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: ONE,
    summary: "List the codes of a batch by their hashes, and who used them",
    params: byBatch,
    query: strictObject(pageFields),
    result: pageOf(codeView),
    async handle({ params, query, services }) {
      if (!(await exists(services, params.batch))) throw new Fault("resource_not_found", { param: "batch" });
      const after = readCursor(query.cursor, string());
      const rows = await services.db
        .select()
        .from(redeemCodes)
        .where(and(eq(redeemCodes.batch, params.batch), after === undefined ? undefined : gt(redeemCodes.hash, after)))
        .orderBy(redeemCodes.hash)
        .limit(query.limit + 1);
      return toPage(
        rows,
        query.limit,
        (row) => row.hash,
        (row) => viewOf(codeView, row),
      );
    },
  }),
  apiEndpoint({
    ...common,
    method: "PATCH",
    path: ONE,
    summary: "Change when the unused codes of a batch expire; a time that is past withdraws them",
    params: byBatch,
    body: strictObject({ expires_at: nullable(time()) }),
    result: batchView,
    async handle({ params, body, services }) {
      if (!(await exists(services, params.batch))) throw new Fault("resource_not_found", { param: "batch" });
      await services.db
        .update(redeemCodes)
        .set({ expiresAt: body.expires_at === null ? null : Date.parse(body.expires_at) })
        .where(and(eq(redeemCodes.batch, params.batch), isNull(redeemCodes.redeemedBy)));
      const [row] = await summaries(services).where(eq(redeemCodes.batch, params.batch)).groupBy(redeemCodes.batch);
      return viewOf(batchView, row ?? {});
    },
  }),
];

function summaries({ db }: Services) {
  return db
    .select({
      batch: redeemCodes.batch,
      codes: sql<number>`count(*)`,
      redeemed: sql<number>`count(${redeemCodes.redeemedBy})`,
      amountNanos: sql<number>`min(${redeemCodes.amountNanos})`,
      expiresAt: sql<number | null>`max(${redeemCodes.expiresAt})`,
      createdAt: sql<number>`min(${redeemCodes.createdAt})`,
    })
    .from(redeemCodes);
}

async function exists({ db }: Services, batch: string): Promise<boolean> {
  const rows = await db
    .select({ batch: redeemCodes.batch })
    .from(redeemCodes)
    .where(eq(redeemCodes.batch, batch))
    .limit(1);
  return rows.length > 0;
}
