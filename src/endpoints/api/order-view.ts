/** An order in our own API: for its account, and with what only operators see. */
import { boolean, enum as oneOf, int, nullable, number, object, string } from "zod/mini";
import { ORDER_STATES, PAYMENT_PROVIDERS } from "../../../schema/index.ts";
import type { Order } from "../../accounts/orders.ts";
import { id, money, time } from "./fields.ts";
import { viewOf } from "./views.ts";

const own = {
  id: id(),
  kind: oneOf(["top_up", "plan"]),
  provider: oneOf(PAYMENT_PROVIDERS),
  method: string(),
  state: oneOf(ORDER_STATES),
  /** In the smallest unit of `pay_currency`. */
  pay_minor: number().check(int()),
  /** ISO 4217, lower case. */
  pay_currency: string(),
  /** Units of `pay_currency` for one of the site's currency; null = they are the same. */
  rate: nullable(string()),
  ...money("credit"),
  plan_id: nullable(string()),
  /** Of a plan, once its money is there: `not_bought` = it is gone or dearer, and the money is in the balance. */
  plan_step: nullable(oneOf(["due", "bought", "not_bought"])),
  refunded_minor: number().check(int()),
  created_at: time(),
  expires_at: time(),
  paid_at: nullable(time()),
  credited_at: nullable(time()),
};

export const orderView = object(own);

export const operatorsOrderView = object({
  ...own,
  account_id: id(),
  /** The service's own ids. */
  provider_ref: nullable(string()),
  provider_payment: nullable(string()),
  livemode: boolean(),
  disputed: boolean(),
  flagged: boolean(),
  ...money("shortfall"),
  next_check_at: nullable(time()),
  /** What a person should know. */
  note: nullable(string()),
});

export const viewOrder = (order: Order) => viewOf(orderView, order);
export const viewOperatorsOrder = (order: Order) => viewOf(operatorsOrderView, order);
