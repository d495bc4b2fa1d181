/** What costs more than the rest is made for a price of its own alone. */
import { isPricedBy, type Price } from "../billing/price.ts";
import { isUnit } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { TaskCall } from "../wire/task-types.ts";
import { unpriced } from "./submit-faults.ts";

/**
 * @param call what an upstream is to be asked: a wire that leaves out what costs more has other attributes than the demand
 * @throws Fault `unsupported_feature`
 */
export function checkPriced({ fees = new Set(), attributes = {} }: Demand, call: TaskCall, price: Price = {}): void {
  const asked = [...fees].flatMap((fee) => (isUnit(fee) ? [] : [fee]));
  const made = asked.filter((name) => attributes[name] === undefined || call.attributes[name] === attributes[name]);
  if (made.length > 0 && !isPricedBy(price, call, made)) throw unpriced(made, call.attributes);
}
