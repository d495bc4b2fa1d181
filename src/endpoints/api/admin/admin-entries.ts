/** Every movement of a balance that is not a request: added once, however often it is sent. */
import { and, desc, eq, lt, or } from "drizzle-orm";
import {
  discriminatedUnion,
  enum as oneOf,
  literal,
  nullable,
  object,
  optional,
  regex,
  strictObject,
  string,
  tuple,
} from "zod/mini";
import { entries } from "../../../../schema/index.ts";
import { adjust, purchasePlan, refund, topUp, type Posted } from "../../../billing/ledger.ts";
import { byId, count, flag, id, money, note, positiveNanos, rule, signedNanos, time } from "../fields.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, readCursor, toPage } from "../page-fields.ts";
import { findAccount } from "./admin-keys.ts";
import { viewOf } from "../views.ts";

/** The client's own; sent again with the same content it moves nothing. */
const entryId = () =>
  id().check(
    regex(/^[!-~]+$/),
    rule((text) => !/^(refund|redeem|rollup):/.test(text), {
      en: "must not begin with 'refund:', 'redeem:' or 'rollup:', which the gateway uses itself",
      zh: "不能以 'refund:'、'redeem:' 或 'rollup:' 开头(网关保留)",
    }),
  );

const newEntry = discriminatedUnion("kind", [
  strictObject({
    kind: literal("top_up"),
    id: entryId(),
    amount_nanos: positiveNanos(),
    reference: optional(note()),
  }),
  strictObject({
    kind: literal("adjustment"),
    id: entryId(),
    amount_nanos: signedNanos().check(rule((nanos) => nanos !== 0, { en: "must not be 0", zh: "不能为 0" })),
    reason: note(),
  }),
  strictObject({
    kind: literal("refund"),
    charge_id: id(),
    amount_nanos: optional(positiveNanos()),
    reason: optional(note()),
  }),
  strictObject({ kind: literal("plan_purchase"), id: entryId(), plan_id: id() }),
]);

const KINDS = ["top_up", "redeem", "adjustment", "refund", "plan_purchase", "rollup"] as const;

const entryView = object({
  id: id(),
  kind: oneOf(KINDS),
  ...money("amount"),
  reason: nullable(string()),
  reference: nullable(string()),
  actor: nullable(string()),
  plan_expires_at: nullable(time()),
  created_at: time(),
});

const common = { tag: "entry", path: "/admin/api/accounts/:id/entries", access: "operator" } as const;

export const entryEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    summary: "List the entries of an account, the latest first",
    params: byId,
    query: strictObject(pageFields),
    result: pageOf(entryView),
    async handle({ params, query, services }) {
      await findAccount(services, params.id);
      const after = readCursor(query.cursor, tuple([count(), string()]));
      const rows = await services.db
        .select()
        .from(entries)
        .where(
          and(
            eq(entries.accountId, params.id),
            after &&
              or(lt(entries.createdAt, after[0]), and(eq(entries.createdAt, after[0]), lt(entries.id, after[1]))),
          ),
        )
        .orderBy(desc(entries.createdAt), desc(entries.id))
        .limit(query.limit + 1);
      return toPage(
        rows,
        query.limit,
        (row) => [row.createdAt, row.id],
        (row) => viewOf(entryView, row),
      );
    },
  }),
  apiEndpoint({
    ...common,
    method: "POST",
    summary: "Top up, adjust, refund, or buy a plan; the same id again moves nothing",
    params: byId,
    body: newEntry,
    result: object({ entry: entryView, replayed: flag() }),
    async handle({ params, body, services }) {
      const who = { accountId: params.id, nowMs: services.now(), actor: "operator" };
      const post = async (): Promise<Posted> => {
        switch (body.kind) {
          case "top_up":
            return topUp(services.d1, {
              ...who,
              id: body.id,
              amountNanos: body.amount_nanos,
              ...(body.reference === undefined ? {} : { reference: body.reference }),
            });
          case "adjustment":
            return adjust(services.d1, { ...who, id: body.id, amountNanos: body.amount_nanos, reason: body.reason });
          case "refund":
            return refund(services.d1, {
              ...who,
              chargeId: body.charge_id,
              ...(body.amount_nanos === undefined ? {} : { amountNanos: body.amount_nanos }),
              ...(body.reason === undefined ? {} : { reason: body.reason }),
            });
          case "plan_purchase":
            return purchasePlan(services.d1, { ...who, id: body.id, planId: body.plan_id });
        }
      };
      const { entry, replayed } = await post();
      return { entry: viewOf(entryView, entry), replayed };
    },
  }),
];
