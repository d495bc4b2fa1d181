/** `/app/billing/orders`: payments, each with a page that leads to the payment service, waits for it, and is the receipt. */
import { listOrders, readOrder, type Order } from "../../../accounts/orders.ts";
import { Fault } from "../../../core/fault.ts";
import { log } from "../../../core/log.ts";
import { formatMinor } from "../../../payments/currency.ts";
import { openPayments } from "../../../payments/open-payments.ts";
import { markCanceled, mayAsk } from "../../../payments/order-store.ts";
import { isOpen, type Payments } from "../../../payments/payments.ts";
import { ProviderError, type Checkout } from "../../../payments/payment-provider.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { pageRequest } from "../../page-request.ts";
import { redirectTo } from "../../respond.tsx";
import { METHODS, ORDER_STATES_TEXT, ORDERS } from "../../text/orders-text.ts";
import type { OwnVisit, Visit } from "../../visit.ts";
import { BILLING_CRUMB } from "./top-up.tsx";

const PATH = "/app/billing/orders";
const CRUMBS = [BILLING_CRUMB, { path: PATH, title: ORDERS.payments }];
/** The page of an order that waits looks again so often, and so many times. */
const LOOK_AGAIN_S = 5;
const MOST_LOOKS = 24;

function paidAmount({ format }: Visit, order: Pick<Order, "payMinor" | "payCurrency">, minor = order.payMinor): string {
  return format.paid(formatMinor(minor, order.payCurrency), order.payCurrency);
}

export function methodName({ say }: Visit, method: string): string {
  const known = METHODS[method];
  return known === undefined ? method : say(known);
}

async function list(visit: OwnVisit): Promise<Content> {
  const { services, person } = visit;
  const { rows, next } = await listOrders(services, { accountId: person.accountId }, pageRequest(visit));
  return { title: ORDERS.payments, above: [BILLING_CRUMB], body: <OrderTable visit={visit} rows={rows} next={next} /> };
}

export function OrderTable({
  visit,
  rows,
  next,
}: {
  readonly visit: Visit;
  readonly rows: readonly Order[];
  readonly next?: string | undefined;
}) {
  const { say, format } = visit;
  return (
    <Table
      visit={visit}
      caption={ORDERS.payments}
      rows={rows}
      next={next}
      empty={ORDERS.none}
      columns={[
        {
          title: ORDERS.time,
          isHead: true,
          cell: ({ id, createdAt }) => <a href={`${PATH}/${id}`}>{format.time(createdAt)}</a>,
        },
        { title: ORDERS.method, cell: ({ method }) => methodName(visit, method) },
        { title: ORDERS.pays, isNumber: true, cell: (order) => paidAmount(visit, order) },
        { title: ORDERS.credit, isNumber: true, cell: ({ creditNanos }) => format.amount(creditNanos) },
        { title: ORDERS.state, cell: ({ state }) => say(ORDER_STATES_TEXT[state]) },
      ]}
    />
  );
}

/** @throws Fault `resource_not_found`, also for the order of another account */
async function ownOrder({ services, person, context }: OwnVisit): Promise<Order> {
  const order = await readOrder(services, context.req.param("id") ?? "");
  if (order.accountId !== person.accountId) throw new Fault("resource_not_found", { param: "id" });
  return order;
}

/** What the service says, or undefined where it does not answer. */
async function unlessAway<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    log("warn", "payment_service_away", { reason: error.message });
    return undefined;
  }
}

async function show(visit: OwnVisit): Promise<Content> {
  const { context, services } = visit;
  const order = await ownOrder(visit);
  const payments = await openPayments(services);
  if (order.state === "created" && context.req.query("pay") !== undefined) return leadToPayment(visit, payments, order);
  const asks =
    isOpen(order) && order.state !== "review" && hasService(payments, order) && (await mayAsk(services, order));
  const now = asks ? (await unlessAway(async () => payments.look(order)))?.order : order;
  return receipt(visit, now ?? order, { isAway: now === undefined, canPay: hasService(payments, order) });
}

function hasService({ providers }: Payments, order: Order): boolean {
  return providers.some(({ id }) => id === order.provider);
}

async function leadToPayment(visit: OwnVisit, payments: Payments, order: Order): Promise<Content> {
  const { say } = visit;
  const checkout = hasService(payments, order) ? await unlessAway(async () => payments.checkout(order)) : undefined;
  if (checkout === undefined || checkout.kind === "over") {
    return receipt(visit, order, { isAway: checkout === undefined, canPay: false });
  }
  const words = say(ORDERS.payWith, { amount: paidAmount(visit, order), method: methodName(visit, order.method) });
  return {
    title: ORDERS.payment,
    above: CRUMBS,
    // Nothing that comes back to this page should lead away again.
    ...(checkout.kind === "link" ? { goesTo: { address: checkout.url, afterS: 0 } } : {}),
    // A platform leads on to other sites, and browsers hold that against the form.
    ...(checkout.kind === "form" ? { formOrigins: [new URL(checkout.action).origin, "https:"] } : {}),
    body: (
      <>
        <p>{say(ORDERS.leading)}</p>
        <Leading checkout={checkout} words={words} />
        <p>
          <a href={`${PATH}/${order.id}`}>{say(ORDERS.check)}</a>
        </p>
      </>
    ),
  };
}

function Leading({ checkout, words }: { readonly checkout: Checkout; readonly words: string }) {
  if (checkout.kind === "over") return null;
  if (checkout.kind === "link") {
    return (
      <p>
        <a class="button" href={checkout.url}>
          {words}
        </a>
      </p>
    );
  }
  return (
    <form method="post" action={checkout.action} data-submit>
      {Object.entries(checkout.fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
      <button type="submit">{words}</button>
    </form>
  );
}

interface Known {
  readonly isAway: boolean;
  /** The order's payment service is set up. */
  readonly canPay: boolean;
}

function receipt(visit: OwnVisit, order: Order, { isAway, canPay }: Known): Content {
  const { say, format, site, origin, context } = visit;
  const looks = Number(context.req.query("looks") ?? 0);
  const waits = order.state === "created" || order.state === "paid";
  const looksAgain = waits && looks < MOST_LOOKS;
  const path = `${PATH}/${order.id}`;
  return {
    title: ORDERS.payment,
    above: CRUMBS,
    ...(looksAgain ? { goesTo: { address: `${path}?looks=${looks + 1}`, afterS: LOOK_AGAIN_S } } : {}),
    body: (
      <>
        {isAway ? <Notice kind="warn">{say(ORDERS.noAnswer)}</Notice> : null}
        {waits ? <Notice kind="info">{say(looksAgain ? ORDERS.waiting : ORDERS.nothingLost)}</Notice> : null}
        {order.state === "review" ? <Notice kind="warn">{say(ORDERS.review)}</Notice> : null}
        {order.planStep === "not_bought" ? <Notice kind="warn">{say(ORDERS.planNotBought)}</Notice> : null}
        <Facts
          visit={visit}
          facts={[
            [ORDERS.state, say(ORDER_STATES_TEXT[order.state])],
            [ORDERS.pays, paidAmount(visit, order)],
            [ORDERS.credit, format.amount(order.creditNanos)],
            ...(order.rate === null ? [] : [[ORDERS.exchange, rateOf(visit, order)] as const]),
            [ORDERS.method, methodName(visit, order.method)],
            ...(order.refundedMinor === 0
              ? []
              : [[ORDERS.givenBack, paidAmount(visit, order, order.refundedMinor)] as const]),
            [ORDERS.time, format.time(order.createdAt)],
            ...(order.paidAt === null ? [] : [[ORDERS.paidAt, format.time(order.paidAt)] as const]),
            [ORDERS.id, <code>{order.id}</code>],
            ...(order.providerPayment === null && order.providerRef === null
              ? []
              : [[ORDERS.reference, <code>{order.providerPayment ?? order.providerRef}</code>] as const]),
            [ORDERS.seller, `${site.name}, ${origin}`],
          ]}
        />
        <div class="buttons">
          {order.state === "created" && canPay ? (
            <a class="button" href={`${path}?pay=1`}>
              {say(ORDERS.pay)}
            </a>
          ) : null}
          {waits || order.state === "expired" ? (
            <ActionButton action={`${path}/check`} text={say(ORDERS.check)} quiet />
          ) : null}
          {order.state === "created" ? (
            <ActionButton action={`${path}/cancel`} text={say(ORDERS.cancel)} quiet />
          ) : null}
          {order.state === "expired" ? <a href="/app/billing/top-up">{say(ORDERS.again)}</a> : null}
        </div>
        {order.creditedAt === null ? null : <p class="muted">{say(ORDERS.print)}</p>}
      </>
    ),
  };
}

function rateOf({ say }: Visit, { rate, payCurrency }: Order): string {
  return say(ORDERS.rate, { rate: rate ?? "", currency: payCurrency.toUpperCase() });
}

/** The page itself asks: this only leads to it. */
async function check(visit: OwnVisit): Promise<Response> {
  const order = await ownOrder(visit);
  return redirectTo(visit, `${PATH}/${order.id}?looks=${MOST_LOOKS}`);
}

/** What was paid all the same is credited all the same. */
async function cancel(visit: OwnVisit): Promise<Response> {
  const order = await ownOrder(visit);
  await markCanceled(visit.services, order);
  return redirectTo(visit, `${PATH}/${order.id}`, order.state === "created" ? "paymentCanceled" : undefined);
}

export const ORDER_PAGES: readonly Page[] = [
  { path: PATH, access: "people", get: list },
  { path: `${PATH}/:id`, access: "people", get: show },
  { path: `${PATH}/:id/check`, access: "people", post: check },
  { path: `${PATH}/:id/cancel`, access: "people", post: cancel },
];
