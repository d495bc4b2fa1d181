/** Tasks with what they cost, as their payer and operators list them. `src/tasks/` makes them, and opens what is sealed. */
import { and, eq, getTableColumns, isNull, ne, sql, type SQL } from "drizzle-orm";
import { charges, tasks } from "../../schema/index.ts";
import { Fault } from "../core/fault.ts";
import { isObject } from "../core/json.ts";
import type { ChargesOf } from "./charges.ts";
import { mapPage, readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

type Row = typeof tasks.$inferSelect;

/** A task in a list. Times are Unix milliseconds. */
export interface ListedTask {
  readonly row: Row;
  /** Of one film or picture; null = not known, or it has no length. */
  readonly seconds: number | null;
  /** 0 until the charge is settled. */
  readonly amountNanos: number;
}

/** What no operator reads: what a client wrote, and what opens its results. */
type Sealed = "sealed" | "chargeNonce" | "retryKey" | "retryOf" | "nameKey" | "terms";

export interface OperatorTask extends Omit<ListedTask, "row"> {
  readonly row: Omit<Row, Sealed>;
  readonly costNanos: number | null;
}

/** What a list of tasks is narrowed to. */
export interface TaskFilter {
  readonly operation?: string | undefined;
  readonly state?: Row["state"] | undefined;
}

const ORDER = [
  { column: tasks.createdAt, type: "number", descending: true },
  { column: tasks.id, descending: true },
] as const;

const AMOUNT = { amountNanos: sql<number>`coalesce(${charges.amountNanos}, 0)` };
const OF_CHARGE = and(eq(charges.accountId, tasks.accountId), eq(charges.id, tasks.chargeId));

/** The latest first. What no upstream has taken yet is not there for its client. */
export async function listTasks(
  { db }: AccountStore,
  of: ChargesOf & TaskFilter,
  page: PageRequest,
): Promise<Page<ListedTask>> {
  return readPage<ListedTask>(page, {
    order: ORDER,
    keyOf: ({ row }) => [row.createdAt, row.id],
    read: async ({ where, orderBy, limit }) => {
      const rows = await db
        .select({ row: tasks, ...AMOUNT })
        .from(tasks)
        .leftJoin(charges, OF_CHARGE)
        .where(and(isOf(of), narrowed(of), where))
        .orderBy(...orderBy)
        .limit(limit);
      return rows.map(withLength);
    },
  });
}

/** @throws Fault `resource_not_found`, also for a task of another account or key */
export async function readTask(store: AccountStore, of: ChargesOf & { readonly id: string }): Promise<ListedTask> {
  const found = await findTask(store, of);
  if (found === undefined) throw new Fault("resource_not_found", { param: "id" });
  return found;
}

/** undefined = it is not there, or is that of another account or key. */
export async function findTask(
  { db }: AccountStore,
  { id, ...of }: ChargesOf & { readonly id: string },
): Promise<ListedTask | undefined> {
  const [found] = await db
    .select({ row: tasks, ...AMOUNT })
    .from(tasks)
    .leftJoin(charges, OF_CHARGE)
    .where(and(isOf(of), eq(tasks.id, id)));
  return found && withLength(found);
}

export interface OperatorFilter extends TaskFilter {
  /** Tasks of this account, open or not; undefined = those of all accounts whose charge is open. */
  readonly accountId?: string | undefined;
  readonly upstreamId?: string | undefined;
}

/** The latest first. */
export async function listTasksForOperator(
  { db }: AccountStore,
  { accountId, upstreamId, ...filter }: OperatorFilter,
  page: PageRequest,
): Promise<Page<OperatorTask>> {
  const wanted = and(
    accountId === undefined ? isNull(tasks.closedAt) : eq(tasks.accountId, accountId),
    upstreamId === undefined ? undefined : eq(tasks.upstreamId, upstreamId),
    narrowed(filter),
  );
  const rows = await readPage<OperatorRow>(page, {
    order: ORDER,
    keyOf: ({ row }) => [row.createdAt, row.id],
    read: async ({ where, orderBy, limit }) =>
      forOperator(db, and(wanted, where))
        .orderBy(...orderBy)
        .limit(limit),
  });
  return mapPage(rows, withLength);
}

/** @throws Fault `resource_not_found` */
export async function readTaskForOperator({ db }: AccountStore, id: string): Promise<OperatorTask> {
  const [found] = await forOperator(db, eq(tasks.id, id));
  if (found === undefined) throw new Fault("resource_not_found", { param: "id" });
  return withLength(found);
}

/** Tasks of all accounts whose charge is open. */
export async function countOpenTasks({ db }: AccountStore): Promise<number> {
  return db.$count(tasks, isNull(tasks.closedAt));
}

function forOperator(db: AccountStore["db"], where: SQL | undefined) {
  const {
    sealed: _sealed,
    chargeNonce: _nonce,
    retryKey: _key,
    retryOf: _of,
    nameKey: _name,
    terms,
    ...row
  } = getTableColumns(tasks);
  return db
    .select({ row, terms, ...AMOUNT, costNanos: charges.costNanos })
    .from(tasks)
    .leftJoin(charges, OF_CHARGE)
    .where(where);
}

interface OperatorRow extends Omit<OperatorTask, "seconds"> {
  readonly terms: string | null;
}

/** The terms say how long it is, and how many there are. */
function withLength<Found extends { readonly row: Pick<Row, "terms"> } | { readonly terms: string | null }>(
  found: Found,
): Found & { readonly seconds: number | null } {
  const terms = "terms" in found ? found.terms : found.row.terms;
  const parsed: unknown = terms === null ? undefined : JSON.parse(terms);
  const units = isObject(parsed) && isObject(parsed["units"]) ? parsed["units"] : {};
  const { durationMs, actions = 1 } = units;
  const isKnown = typeof durationMs === "number" && typeof actions === "number" && actions > 0;
  return { ...found, seconds: isKnown ? durationMs / 1000 / actions : null };
}

function isOf({ accountId, keyId }: ChargesOf): SQL | undefined {
  return and(
    eq(tasks.accountId, accountId),
    ne(tasks.state, "submitting"),
    keyId === undefined ? undefined : eq(tasks.keyId, keyId),
  );
}

function narrowed({ operation, state }: TaskFilter): SQL | undefined {
  return and(
    operation === undefined ? undefined : eq(tasks.operation, operation),
    state === undefined ? undefined : eq(tasks.state, state),
  );
}
