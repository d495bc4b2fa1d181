/** Accounts. Money moves by entries and charges, never by a change of the account. */
import { accounts, plans } from "../../schema/index.ts";
import { uuidv7 } from "../core/id.ts";
import type { Page, PageRequest } from "./paging.ts";
import { addRow, changeRow, listRows, mustExist, readRow } from "./rows.ts";
import type { AccountStore } from "./store.ts";

export type Account = typeof accounts.$inferSelect;

/** undefined leaves a setting as it is. */
interface AccountSettings {
  /** The balance is counted but never compared. */
  readonly unlimited?: boolean | undefined;
  /** The balance pays when the plan's daily allowance is used up. */
  readonly overflow?: boolean | undefined;
  readonly planId?: string | null | undefined;
  /** Unix milliseconds; null = without end. */
  readonly planExpiresAt?: number | null | undefined;
}

interface NewAccount extends AccountSettings {
  readonly name: string;
}

interface AccountChange extends AccountSettings {
  readonly name?: string | undefined;
  readonly disabled?: boolean | undefined;
}

/** In the order of their creation. */
export async function listAccounts(store: AccountStore, page: PageRequest): Promise<Page<Account>> {
  return listRows(store, accounts, page);
}

/** @throws Fault `resource_not_found` (the plan) */
export async function createAccount(store: AccountStore, account: NewAccount): Promise<Account> {
  await mustExist(store, plans.id, account.planId, "planId");
  return addRow(store, accounts, { ...account, id: uuidv7(store.now()), createdAt: store.now() });
}

/** @throws Fault `resource_not_found` */
export async function readAccount(store: AccountStore, id: string): Promise<Account> {
  return readRow(store, accounts, id);
}

/** @throws Fault `resource_not_found` (the account, the plan) */
export async function changeAccount(store: AccountStore, id: string, change: AccountChange): Promise<Account> {
  await readAccount(store, id);
  await mustExist(store, plans.id, change.planId, "planId");
  return changeRow(store, accounts, id, change);
}

/** Checks the account whose rows are listed. @throws Fault `resource_not_found` */
export async function accountMustExist(store: AccountStore, accountId: string): Promise<void> {
  await mustExist(store, accounts.id, accountId, "accountId");
}
