/** Charges, as their payer may see them and as the operator may. Only the operator sees who served a request. */
import { and, eq, type SQL } from "drizzle-orm";
import { charges, prices } from "../../schema/index.ts";
import { receiptOf, usageOf } from "../billing/price-list.ts";
import { readAttributes } from "../billing/rates.ts";
import type { Receipt as Sum } from "../billing/price.ts";
import { Fault } from "../core/fault.ts";
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import type { Attributes, Usage } from "../core/units.ts";
import { mapPage, readPage, type Page, type PageRequest } from "./paging.ts";
import type { AccountStore } from "./store.ts";

type ChargeRow = typeof charges.$inferSelect;

/** Times are Unix milliseconds; `amountNanos` is 0 until the charge is settled. */
export interface Charge extends Pick<
  ChargeRow,
  | "id"
  | "state"
  | "createdAt"
  | "settledAt"
  | "day"
  | "keyId"
  | "model"
  | "funding"
  | "amountNanos"
  | "estimated"
  | "ending"
> {
  readonly usage: Usage;
  /** Those of {@link PAYERS_FIELDS} that are known. */
  readonly request: JsonObject;
}

/** A charge with the lines of its sum: `sumNanos` is the sum of the lines times the ratio, rounded once. */
interface Itemised extends Charge, Pick<ChargeRow, "priceVersion" | "ratioPpm" | "writtenOffNanos"> {
  /** None until the charge is settled. */
  readonly lines: Sum["lines"];
  /** The attributes that the price depended on. */
  readonly attributes: Attributes;
  /** `amountNanos` + `writtenOffNanos`. */
  readonly sumNanos: number;
}

export interface Receipt extends Itemised {
  readonly attempts: readonly { readonly outcome: "answered" | "failed"; readonly ms: number | null }[];
}

export interface OperatorCharge
  extends
    Itemised,
    Pick<ChargeRow, "leaseUntil" | "estimateNanos" | "costNanos" | "checkpointAmountNanos" | "route" | "upstream"> {
  /** Each with its route, upstream, credential and outcome. */
  readonly attempts: readonly unknown[];
  /** All that is stored of the request, not only what its payer may see. */
  readonly request: JsonObject;
}

/** Whose charges are seen: those of an account, or of one of its keys alone. */
export interface ChargesOf {
  readonly accountId: string;
  readonly keyId?: string | undefined;
}

interface ChargeRef extends ChargesOf {
  /** The id, or the `x-request-id` of the charge's request. */
  readonly chargeId: string;
}

/** The fields of a charge's `request` that its payer may see. */
const PAYERS_FIELDS = [
  "endpoint",
  "asked",
  "stream",
  "status",
  "fault",
  "ttft_ms",
  "duration_ms",
  "client_request_id",
  "task",
] as const;

/** What a list of charges is narrowed to. */
export interface ChargeFilter {
  readonly model?: string | undefined;
  readonly state?: ChargeRow["state"] | undefined;
}

/** The latest first. */
export async function listCharges(
  { db }: AccountStore,
  of: ChargesOf & ChargeFilter,
  page: PageRequest,
): Promise<Page<Charge>> {
  const rows = await readPage<ChargeRow>(page, {
    order: [{ column: charges.id, descending: true }],
    keyOf: ({ id }) => [id],
    read: async ({ where, orderBy, limit }) =>
      db
        .select()
        .from(charges)
        .where(and(isOf(of), narrowed(of), where))
        .orderBy(...orderBy)
        .limit(limit),
  });
  return mapPage(rows, chargeOf);
}

/** @throws Fault `resource_not_found`, also for a charge of another account or key */
export async function readReceipt(store: AccountStore, ref: ChargeRef): Promise<Receipt> {
  const { row, itemised } = await itemise(store, ref);
  const attempts = objectsOf(parsed(row.attempts)).map((attempt) => ({
    outcome: attempt["outcome"] === "answered" ? ("answered" as const) : ("failed" as const),
    ms: typeof attempt["ms"] === "number" ? attempt["ms"] : null,
  }));
  return { ...itemised, attempts };
}

/** @throws Fault `resource_not_found` */
export async function readChargeForOperator(store: AccountStore, ref: ChargeRef): Promise<OperatorCharge> {
  const { row, itemised } = await itemise(store, ref);
  const { leaseUntil, estimateNanos, costNanos, checkpointAmountNanos, route, upstream } = row;
  const attempts = parsed(row.attempts);
  return {
    ...itemised,
    leaseUntil,
    estimateNanos,
    costNanos,
    checkpointAmountNanos,
    route,
    upstream,
    attempts: Array.isArray(attempts) ? (attempts as unknown[]) : [],
    request: requestOf(row),
  };
}

async function itemise(
  { db }: AccountStore,
  { chargeId, ...of }: ChargeRef,
): Promise<{ readonly row: ChargeRow; readonly itemised: Itemised }> {
  const [found] = await db
    .select({ row: charges, price: prices })
    .from(charges)
    .leftJoin(prices, and(eq(prices.modelId, charges.model), eq(prices.effectiveAt, charges.priceVersion)))
    .where(and(isOf(of), eq(charges.id, chargeId.replace(/^req_/, ""))));
  if (found === undefined) throw new Fault("resource_not_found", { param: "chargeId" });
  const { row, price } = found;
  const { priceVersion, ratioPpm, writtenOffNanos } = row;
  const { lines, amountNanos: sumNanos } =
    row.state === "settled" && price !== null
      ? receiptOf(row, price)
      : { lines: [], amountNanos: row.amountNanos + writtenOffNanos };
  return {
    row,
    itemised: {
      ...chargeOf(row),
      priceVersion,
      ratioPpm,
      writtenOffNanos,
      lines,
      attributes: readAttributes(row.attributes) ?? {},
      sumNanos,
    },
  };
}

function isOf({ accountId, keyId }: ChargesOf): SQL | undefined {
  return and(eq(charges.accountId, accountId), keyId === undefined ? undefined : eq(charges.keyId, keyId));
}

function narrowed({ model, state }: ChargeFilter): SQL | undefined {
  return and(
    model === undefined ? undefined : eq(charges.model, model),
    state === undefined ? undefined : eq(charges.state, state),
  );
}

function chargeOf(row: ChargeRow): Charge {
  const { id, state, createdAt, settledAt, day, keyId, model, funding, amountNanos, estimated, ending } = row;
  const stored = requestOf(row);
  const known = PAYERS_FIELDS.filter((name) => name in stored).map((name) => [name, stored[name]] as const);
  const shown = { usage: usageOf(row), request: Object.fromEntries(known) };
  return { id, state, createdAt, settledAt, day, keyId, model, funding, amountNanos, estimated, ending, ...shown };
}

function requestOf(row: ChargeRow): JsonObject {
  const request = parsed(row.request);
  return isObject(request) ? request : {};
}

function parsed(text: string | null): unknown {
  if (text === null) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
