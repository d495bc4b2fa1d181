import { sql } from "drizzle-orm";
import { index, integer, sqliteTable, text, uniqueIndex } from "drizzle-orm/sqlite-core";
import { accounts } from "./accounts.ts";
import { flag, milliseconds, nanos } from "./columns.ts";

export const ORDER_STATES = ["created", "paid", "credited", "expired", "review", "refunded"] as const;
/** `not_bought` = the plan is gone, or dearer: the money stays in the balance. */
const PLAN_STEPS = ["due", "bought", "not_bought"] as const;
export const PAYMENT_PROVIDERS = ["stripe", "epay"] as const;

/** Orders that a person should look at. */
export const NEEDS_A_LOOK = sql`(state = 'review' OR shortfall > 0 OR disputed = 1 OR flagged = 1)`;

/**
 * Payments that people have begun. What is sold is frozen in the row when it is made: a trigger refuses later changes, and
 * another one a credit without its entry in `entries`. Amounts in minor units (cents, fen) are whole numbers.
 */
export const orders = sqliteTable(
  "orders",
  {
    /** 32 hexadecimal digits of a UUIDv7: sorts by time, and is a valid order number at every provider. */
    id: text("id").primaryKey(),
    accountId: text("account_id")
      .notNull()
      .references(() => accounts.id),
    kind: text("kind", { enum: ["top_up", "plan"] }).notNull(),
    provider: text("provider", { enum: PAYMENT_PROVIDERS }).notNull(),
    /** How the payer pays: `card`, or the provider's own word, such as `alipay`. */
    method: text("method").notNull(),
    payMinor: integer("pay_minor").notNull(),
    /** ISO 4217, lower case. */
    payCurrency: text("pay_currency").notNull(),
    /** Units of `pay_currency` for one unit of the site's currency, as a decimal; null = they are the same. */
    rate: text("rate"),
    creditNanos: nanos("credit").notNull(),
    /** Of a plan: what is bought with the credit. */
    planId: text("plan_id"),
    /** What the payer sees that they buy. It never changes: a service takes an order with other words for another one. */
    title: text("title").notNull(),
    /** Of the gateway, as the payer saw it when the order was made: where the service leads back to, and calls. */
    origin: text("origin").notNull(),
    /** In which language the payment service speaks: `zh` or `en`. */
    language: text("language").notNull(),
    /** Of the form that made the order. A form sent twice is one order. */
    formId: text("form_id").notNull(),
    /** Money of a test is no money. */
    livemode: flag("livemode").notNull(),
    createdAt: milliseconds("created_at").notNull(),
    /** Until then the provider takes the payment. */
    expiresAt: milliseconds("expires_at").notNull(),
    state: text("state", { enum: ORDER_STATES }).notNull().default("created"),
    /** Stripe: the checkout session. Epay: `trade_no`. */
    providerRef: text("provider_ref"),
    /** Where the payer pays, once the service has said so. */
    checkoutUrl: text("checkout_url"),
    /** Stripe: the payment intent. Epay: `api_trade_no`. */
    providerPayment: text("provider_payment"),
    paidAt: milliseconds("paid_at"),
    creditedAt: milliseconds("credited_at"),
    /** The sum of `order_refunds` that did not fail. */
    refundedMinor: integer("refunded_minor").notNull().default(0),
    /** What the provider gave back and the account could not: it was spent. */
    shortfallNanos: nanos("shortfall").notNull().default(0),
    /** The payer's bank has taken the payment back. */
    disputed: flag("disputed").notNull().default(false),
    /** A dispute or a shortfall of this order has disabled the account, which was enabled before. */
    disabledAccount: flag("disabled_account").notNull().default(false),
    /** Something else that a person should see to, as `note` says. */
    flagged: flag("flagged").notNull().default(false),
    /** Of a plan, once its money is there; null = not yet. */
    planStep: text("plan_step", { enum: PLAN_STEPS }),
    /** How often the job has asked the provider in this state. */
    checks: integer("checks").notNull().default(0),
    /** When the job looks again; null = no more. */
    nextCheckAt: milliseconds("next_check_at"),
    /** When somebody last asked the provider. */
    askedAt: milliseconds("asked_at"),
    /** What a person should know, such as which figure differs. */
    note: text("note"),
  },
  (table) => [
    uniqueIndex("orders_form").on(table.accountId, table.formId),
    uniqueIndex("orders_ref").on(table.provider, table.providerRef),
    uniqueIndex("orders_payment").on(table.provider, table.providerPayment),
    index("orders_due")
      .on(table.nextCheckAt)
      .where(sql`next_check_at IS NOT NULL`),
    index("orders_look").on(table.id).where(NEEDS_A_LOOK),
  ],
);

/** What was given back of an order, by an operator or at the provider. */
export const orderRefunds = sqliteTable(
  "order_refunds",
  {
    /** Also the id of the entry in `entries`: `pay-refund:<order>:<n>`. */
    id: text("id").primaryKey(),
    orderId: text("order_id")
      .notNull()
      .references(() => orders.id),
    minor: integer("minor").notNull(),
    /** What the account gave back. */
    debitNanos: nanos("debit").notNull(),
    /** What it should have given back beyond that, and had spent. */
    shortfallNanos: nanos("shortfall").notNull(),
    /** `asked` = the account has paid, and the provider has not yet said yes. */
    state: text("state", { enum: ["asked", "done", "failed"] }).notNull(),
    /** The service's own id, where it gives one. */
    providerRefund: text("provider_refund"),
    /** Who gave it back: an operator's name; null = it was done at the provider. */
    operator: text("operator"),
    createdAt: milliseconds("created_at").notNull(),
  },
  (table) => [
    index("order_refunds_order").on(table.orderId),
    uniqueIndex("order_refunds_provider").on(table.orderId, table.providerRefund),
  ],
);

/** Stripe's events that were handled. It saves work only: nothing is credited twice without it. */
export const stripeEvents = sqliteTable(
  "stripe_events",
  {
    id: text("id").primaryKey(),
    type: text("type").notNull(),
    expiresAt: milliseconds("expires_at").notNull(),
  },
  (table) => [index("stripe_events_expiry").on(table.expiresAt)],
);
