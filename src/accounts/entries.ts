/** Entries: every movement of a balance that is not a charge. An entry moves money once, however often it is sent. */
import { and, eq, getTableColumns, sql } from "drizzle-orm";
import { entries } from "../../schema/index.ts";
import {
  adjust,
  chargeBack,
  purchasePlan,
  refund,
  reverseChargeBack,
  topUp,
  type Entry,
  type Posted,
} from "../billing/ledger.ts";
import { log } from "../core/log.ts";
import { accountMustExist } from "./accounts.ts";
import { auditStatements } from "./audit-log.ts";
import { readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

/** The caller makes `id`, such as a payment's. The same entry sent again moves nothing. */
type NewEntry =
  | {
      readonly kind: "top_up";
      readonly id: string;
      readonly amountNanos: number;
      readonly reference?: string | undefined;
    }
  | { readonly kind: "adjustment"; readonly id: string; readonly amountNanos: number; readonly reason: string }
  | {
      readonly kind: "refund";
      readonly chargeId: string;
      /** undefined = the whole charge. */
      readonly amountNanos?: number | undefined;
      readonly reason?: string | undefined;
    }
  | {
      readonly kind: "plan_purchase";
      readonly id: string;
      readonly planId: string;
      /** A plan that is dearer by now is not bought. */
      readonly mostNanos?: number;
    }
  | {
      readonly kind: "chargeback";
      /** The id of the top-up's entry. */
      readonly topUpId: string;
      /** undefined = the whole top-up. */
      readonly amountNanos?: number | undefined;
      readonly reason?: string | undefined;
    }
  | { readonly kind: "chargeback_reversal"; readonly topUpId: string; readonly reason?: string | undefined };

/** The latest first. @throws Fault `resource_not_found` (the account) */
export async function listEntries(store: AccountStore, accountId: string, page: PageRequest): Promise<Page<Entry>> {
  const listed = readPage<Entry>(page, {
    order: [
      { column: entries.createdAt, type: "number", descending: true },
      { column: entries.id, descending: true },
    ],
    keyOf: ({ createdAt, id }) => [createdAt, id],
    read: async ({ where, orderBy, limit }) =>
      store.db
        .select({
          ...getTableColumns(entries),
          kind: sql<Entry["kind"]>`coalesce(${entries.dispute}, ${entries.kind})`,
        })
        .from(entries)
        .where(and(eq(entries.accountId, accountId), where))
        .orderBy(...orderBy)
        .limit(limit),
  });
  const [rows] = await Promise.all([listed, accountMustExist(store, accountId)]);
  return rows;
}

/**
 * @param by who does it: an operator, a payment service, the account itself
 * @throws Fault `resource_not_found`, `invalid_parameter`, `insufficient_balance`, `conflict` (the id stands for another entry)
 */
export async function postEntry(
  store: AccountStore,
  { accountId, by }: { readonly accountId: string; readonly by: string },
  entry: NewEntry,
): Promise<Posted> {
  const { d1, now } = store;
  const also = auditStatements(store, idOf(entry));
  const common = { accountId, actor: by, nowMs: now(), also };
  switch (entry.kind) {
    case "top_up":
      return topUp(d1, {
        ...common,
        id: entry.id,
        amountNanos: entry.amountNanos,
        ...(entry.reference === undefined ? {} : { reference: entry.reference }),
      });
    case "adjustment":
      return adjust(d1, { ...common, id: entry.id, amountNanos: entry.amountNanos, reason: entry.reason });
    case "refund":
      return refund(d1, {
        ...common,
        chargeId: entry.chargeId,
        ...(entry.amountNanos === undefined ? {} : { amountNanos: entry.amountNanos }),
        ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      });
    case "plan_purchase": {
      const { id, planId, mostNanos } = entry;
      return purchasePlan(d1, { ...common, id, planId, ...(mostNanos === undefined ? {} : { mostNanos }) });
    }
    case "chargeback": {
      const { topUpId, amountNanos, reason } = entry;
      const posted = await chargeBack(d1, {
        ...common,
        topUpId,
        ...(amountNanos === undefined ? {} : { amountNanos }),
        ...(reason === undefined ? {} : { reason }),
      });
      if (!posted.replayed) {
        log("warn", "charged_back", { account: accountId, top_up: topUpId, nanos: -posted.entry.amountNanos });
      }
      return posted;
    }
    case "chargeback_reversal":
      return reverseChargeBack(d1, {
        ...common,
        topUpId: entry.topUpId,
        ...(entry.reason === undefined ? {} : { reason: entry.reason }),
      });
  }
}

/** The gateway itself makes the ids of entries that happen once to something. */
function idOf(entry: NewEntry): string {
  if (entry.kind === "refund") return `refund:${entry.chargeId}`;
  if (entry.kind === "chargeback" || entry.kind === "chargeback_reversal") return `${entry.kind}:${entry.topUpId}`;
  return entry.id;
}
