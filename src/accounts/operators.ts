/** The operators with tokens of their own. A token is shown once, when it is made. Only its hash is stored. */
import { operators } from "../../schema/index.ts";
import { drawOperatorToken, keyRecord } from "../core/api-key.ts";
import { uuidv7 } from "../core/id.ts";
import type { Page, PageRequest } from "./paging.ts";
import { addRow, changeRow, listRows, readRow } from "./rows.ts";
import type { AccountStore } from "./store.ts";

type OperatorRow = typeof operators.$inferSelect;

const DAY_MS = 86_400_000;
const USUAL_DAYS = 90;

interface NewOperator extends Pick<OperatorRow, "name" | "role"> {
  /** Unix milliseconds; undefined = in 90 days, null = never. */
  readonly expiresAt?: number | null | undefined;
}

interface OperatorChange {
  readonly role?: OperatorRow["role"] | undefined;
  readonly expiresAt?: number | null | undefined;
  readonly disabled?: boolean | undefined;
}

export async function listOperators(store: AccountStore, page: PageRequest): Promise<Page<OperatorRow>> {
  return listRows(store, operators, page);
}

/**
 * @returns under `token` what the operator must send, which cannot be read again
 * @throws Fault `conflict` when the name is taken
 */
export async function createOperator(
  store: AccountStore,
  { name, role, expiresAt }: NewOperator,
): Promise<{ readonly operator: OperatorRow; readonly token: string }> {
  const token = drawOperatorToken();
  const createdAt = store.now();
  const operator = await addRow(store, operators, {
    ...(await keyRecord(token)),
    id: uuidv7(createdAt),
    name,
    role,
    expiresAt: expiresAt === undefined ? createdAt + USUAL_DAYS * DAY_MS : expiresAt,
    createdAt,
  });
  return { operator, token };
}

/** @throws Fault `resource_not_found` */
export async function readOperator(store: AccountStore, id: string): Promise<OperatorRow> {
  return readRow(store, operators, id);
}

/** Takes effect at once. @throws Fault `resource_not_found` */
export async function changeOperator(store: AccountStore, id: string, change: OperatorChange): Promise<OperatorRow> {
  return changeRow(store, operators, id, change);
}
