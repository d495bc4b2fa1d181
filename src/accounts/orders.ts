/** Orders, as their account and operators see them. `payments/` makes and settles them. */
import { and, eq, type SQL } from "drizzle-orm";
import { NEEDS_A_LOOK, orders } from "../../schema/index.ts";
import { readPage, type Page, type PageRequest } from "./paging.ts";
import { readRow } from "./rows.ts";
import type { AccountStore } from "./store.ts";

export type Order = typeof orders.$inferSelect;

export interface OrdersOf {
  readonly accountId?: string | undefined;
  readonly state?: Order["state"] | undefined;
  /** Only those at which a person should look. */
  readonly needsALook?: boolean | undefined;
}

/** The latest first. */
export async function listOrders(
  { db }: AccountStore,
  { accountId, state, needsALook }: OrdersOf,
  page: PageRequest,
): Promise<Page<Order>> {
  const wanted: (SQL | undefined)[] = [
    accountId === undefined ? undefined : eq(orders.accountId, accountId),
    state === undefined ? undefined : eq(orders.state, state),
    needsALook === true ? NEEDS_A_LOOK : undefined,
  ];
  return readPage<Order>(page, {
    order: [{ column: orders.id, descending: true }],
    keyOf: ({ id }) => [id],
    read: async ({ where, orderBy, limit }) =>
      db
        .select()
        .from(orders)
        .where(and(...wanted, where))
        .orderBy(...orderBy)
        .limit(limit),
  });
}

/** @throws Fault `resource_not_found` */
export async function readOrder({ db }: Pick<AccountStore, "db">, id: string): Promise<Order> {
  return readRow({ db }, orders, id);
}
