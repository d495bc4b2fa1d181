/** What was given back of a payment, and how each part stands. */
import type { Text } from "../../../core/language.ts";
import { objectsOf, type JsonObject } from "../../../core/json.ts";
import { formatMinor } from "../../../payments/currency.ts";
import { amountIn, numberIn, text, timeIn } from "../../operator-api.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Table } from "../../parts/table.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { ADMIN_ORDERS, REFUND_STATES_TEXT } from "../../text/admin-orders-text.ts";
import { ORDERS } from "../../text/orders-text.ts";
import type { Visit } from "../../visit.ts";

export const ORDERS_PATH = "/admin/orders";

export function paidPart({ format }: Visit, order: JsonObject, minor: number): string {
  const currency = text(order, "pay_currency");
  return format.paid(formatMinor(minor, currency), currency);
}

export function Refunds({ visit, order }: { readonly visit: Visit; readonly order: JsonObject }) {
  const { say, format } = visit;
  return (
    <>
      <h2>{say(ADMIN_ORDERS.refunds)}</h2>
      <Table
        visit={visit}
        caption={ADMIN_ORDERS.refunds}
        rows={objectsOf(order["refunds"])}
        empty={ADMIN.none}
        columns={[
          { title: ORDERS.time, isHead: true, cell: (row) => format.time(timeIn(row, "created_at") ?? 0) },
          { title: ORDERS.amount, isNumber: true, cell: (row) => paidPart(visit, order, numberIn(row, "minor") ?? 0) },
          { title: ADMIN_ORDERS.debit, isNumber: true, cell: (row) => format.amount(amountIn(row, "debit")) },
          {
            title: ORDERS.state,
            cell: (row) => (
              <>
                {refundState(visit, row)}
                {text(row, "state") === "asked" ? (
                  <Outcomes visit={visit} order={text(order, "id")} refund={text(row, "id")} />
                ) : null}
              </>
            ),
          },
          { title: ADMIN_ORDERS.by, cell: (row) => text(row, "operator") || say(ADMIN_ORDERS.elsewhere) },
        ]}
      />
    </>
  );
}

/** For a refund to which the service gives no answer. */
function Outcomes({ visit, order, refund }: { visit: Visit; order: string; refund: string }) {
  const settle = (paidOut: "yes" | "no", label: Text) => (
    <ActionButton
      action={`${ORDERS_PATH}/${order}/settle-refund`}
      values={{ refund, paid_out: paidOut }}
      text={visit.say(label)}
      quiet
    />
  );
  return (
    <>
      {settle("yes", ADMIN_ORDERS.paidOut)} {settle("no", ADMIN_ORDERS.notPaidOut)}
    </>
  );
}

function refundState({ say }: Visit, row: JsonObject): string {
  const state = text(row, "state");
  return Object.hasOwn(REFUND_STATES_TEXT, state)
    ? say(REFUND_STATES_TEXT[state as keyof typeof REFUND_STATES_TEXT])
    : "";
}
