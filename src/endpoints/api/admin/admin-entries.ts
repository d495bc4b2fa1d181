/** Entries: every movement of a balance that is not a charge. An entry that is sent several times is added once. */
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
} from "zod/mini";
import { listEntries, postEntry } from "../../../accounts/entries.ts";
import { ENTRY_KINDS } from "../../../billing/ledger.ts";
import { byId, flag, id, money, note, positiveNanos, rule, signedNanos, time } from "../fields.ts";
import { apiEndpoint, operatorOf, type ApiEndpoint } from "../api-endpoint.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { argumentsOf, viewOf } from "../views.ts";

/** An id that the caller makes. The same entry sent again moves nothing. */
const entryId = () =>
  id().check(
    regex(/^[!-~]+$/),
    rule((text) => !/^(refund|redeem|rollup|chargeback|chargeback_reversal|grant|order|plan|pay-refund):/.test(text), {
      en: "must not begin with 'refund:', 'redeem:', 'rollup:', 'chargeback…:', 'grant:', 'order:', 'plan:' or 'pay-refund:', which the gateway uses itself",
      zh: "不能以 'refund:'、'redeem:'、'rollup:'、'chargeback…:'、'grant:'、'order:'、'plan:' 或 'pay-refund:' 开头(网关保留)",
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
  strictObject({
    kind: literal("chargeback"),
    top_up_id: id(),
    amount_nanos: optional(positiveNanos()),
    reason: optional(note()),
  }),
  strictObject({ kind: literal("chargeback_reversal"), top_up_id: id(), reason: optional(note()) }),
]);

const entryView = object({
  id: id(),
  kind: oneOf(ENTRY_KINDS),
  ...money("amount"),
  reason: nullable(string()),
  reference: nullable(string()),
  actor: nullable(string()),
  plan_expires_at: nullable(time()),
  created_at: time(),
});

const common = {
  tag: "entry",
  path: "/admin/api/accounts/:id/entries",
  fieldNames: { accountId: "id" },
} as const;

export const entryEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    access: "read",
    method: "GET",
    summary: "List the entries of an account, the latest first",
    params: byId,
    query: strictObject(pageFields),
    result: pageOf(entryView),
    handle: async ({ params, query, services }) =>
      pageView(await listEntries(services, params.id, query), (entry) => viewOf(entryView, entry)),
  }),
  apiEndpoint({
    ...common,
    access: "finance",
    method: "POST",
    summary: "Top up, adjust, refund, buy a plan, or take back a disputed payment; the same entry again moves nothing",
    params: byId,
    body: newEntry,
    result: object({ entry: entryView, replayed: flag() }),
    async handle(request) {
      const { params, body, services } = request;
      const { entry, replayed } = await postEntry(
        services,
        { accountId: params.id, by: operatorOf(request).name },
        argumentsOf(body),
      );
      return { entry: viewOf(entryView, entry), replayed };
    },
  }),
];
