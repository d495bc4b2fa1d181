/** What must be true of an order after anything that happens, and the operator who looks at it. */
import { expect } from "vitest";
import { ADMIN_TOKEN } from "../portal/stage.ts";
import type { OrderRow, PaymentStage } from "./payment-stage.ts";

/** Credited exactly once, and the books are right. */
export async function expectCredited(
  stage: PaymentStage,
  { id, accountId }: OrderRow,
  state: OrderRow["state"] = "credited",
): Promise<void> {
  const order = await stage.order(id);
  expect(order).toMatchObject({ state });
  const made = (await stage.entriesOf(accountId)).filter((entry) => entry.id === `order:${id}`);
  expect(made.map(({ kind, amountNanos }) => [kind, amountNanos])).toEqual([["top_up", order.creditNanos]]);
  expect(await stage.broken(accountId)).toEqual([]);
}

/** Not credited at all. */
export async function expectNothing(
  stage: PaymentStage,
  { id, accountId }: OrderRow,
  state: OrderRow["state"],
): Promise<void> {
  expect(await stage.order(id)).toMatchObject({ state });
  expect((await stage.entriesOf(accountId)).filter((entry) => entry.id === `order:${id}`)).toEqual([]);
  expect(await stage.broken(accountId)).toEqual([]);
}

/** Whoever holds the admin token. */
export class Operator {
  readonly #url: string;

  constructor({ gateway }: PaymentStage) {
    this.#url = `${gateway.url}/admin/api/orders`;
  }

  async refund(id: string, minor: number, afterMinor: number, force = false): Promise<Response> {
    return this.post(id, "refunds", { minor, after_minor: afterMinor, force });
  }

  async post(id: string, action: "refunds" | "check" | "close" | "credit", body: object = {}): Promise<Response> {
    return fetch(`${this.#url}/${id}/${action}`, {
      method: "POST",
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }
}
