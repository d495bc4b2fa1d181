/** Groups of keys: which upstreams they may use, and the ratio of the price that they pay. */
import { groups } from "../../schema/index.ts";
import { uuidv7 } from "../core/id.ts";
import type { Page, PageRequest } from "./paging.ts";
import { addRow, changeRow, listRows, readRow } from "./rows.ts";
import type { AccountStore } from "./store.ts";

type Group = typeof groups.$inferSelect;

interface NewGroup {
  /** undefined = the gateway makes one. */
  readonly id?: string | undefined;
  readonly name: string;
  /** Parts per million of the price; undefined = the price itself. */
  readonly ratioPpm?: number | undefined;
  /** People may choose it for their keys in the portal; false by default. */
  readonly offered?: boolean | undefined;
}

/** undefined leaves a setting as it is. */
interface GroupChange {
  readonly name?: string | undefined;
  readonly ratioPpm?: number | undefined;
  readonly offered?: boolean | undefined;
  /** The keys of a disabled group are refused. */
  readonly disabled?: boolean | undefined;
}

export async function listGroups(store: AccountStore, page: PageRequest): Promise<Page<Group>> {
  return listRows(store, groups, page);
}

/** @throws Fault `conflict` */
export async function createGroup(store: AccountStore, group: NewGroup): Promise<Group> {
  return addRow(store, groups, { ...group, id: group.id ?? uuidv7(store.now()), createdAt: store.now() });
}

/** @throws Fault `resource_not_found` */
export async function readGroup(store: AccountStore, id: string): Promise<Group> {
  return readRow(store, groups, id);
}

/** @throws Fault `resource_not_found` */
export async function changeGroup(store: AccountStore, id: string, change: GroupChange): Promise<Group> {
  return changeRow(store, groups, id, change);
}
