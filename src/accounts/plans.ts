/** Subscriptions: a tier of models, and a daily allowance. */
import { plans } from "../../schema/index.ts";
import { uuidv7 } from "../core/id.ts";
import type { Page, PageRequest } from "./paging.ts";
import { addRow, changeRow, listRows, readRow } from "./rows.ts";
import type { AccountStore } from "./store.ts";

export type Plan = typeof plans.$inferSelect;

/** undefined leaves a setting as it is; null = not limited. */
interface PlanSettings {
  /** Models of this tier and below may be used. */
  readonly tier?: number | undefined;
  /** Per day. */
  readonly allowanceNanos?: number | null | undefined;
  /** Per day. */
  readonly allowanceRequests?: number | null | undefined;
  readonly priceNanos?: number | undefined;
  /** How long one purchase lasts; null = without end. */
  readonly periodDays?: number | null | undefined;
}

interface NewPlan extends PlanSettings {
  /** undefined = the gateway makes one. */
  readonly id?: string | undefined;
  readonly name: string;
}

interface PlanChange extends PlanSettings {
  readonly name?: string | undefined;
  /** No longer sold; accounts that have the plan keep it. */
  readonly disabled?: boolean | undefined;
}

export async function listPlans(store: AccountStore, page: PageRequest): Promise<Page<Plan>> {
  return listRows(store, plans, page);
}

/** @throws Fault `conflict` */
export async function createPlan(store: AccountStore, plan: NewPlan): Promise<Plan> {
  return addRow(store, plans, { ...plan, id: plan.id ?? uuidv7(store.now()), createdAt: store.now() });
}

/** @throws Fault `resource_not_found` */
export async function readPlan(store: AccountStore, id: string): Promise<Plan> {
  return readRow(store, plans, id);
}

/** @throws Fault `resource_not_found` */
export async function changePlan(store: AccountStore, id: string, change: PlanChange): Promise<Plan> {
  return changeRow(store, plans, id, change);
}
