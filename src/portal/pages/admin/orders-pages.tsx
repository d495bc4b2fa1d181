/** `/admin/orders`: payments, with what the payment service says beside what stands here, and giving back. */
import { ORDER_STATES } from "../../../../schema/index.ts";
import type { JsonObject } from "../../../core/json.ts";
import { formatMinor, parseMinor } from "../../../payments/currency.ts";
import { filled, readForm, textOf, type Fields, type FormState, type Ruled } from "../../form.ts";
import {
  amountIn,
  callApi,
  flagIn,
  listApi,
  numberIn,
  readApi,
  text,
  timeIn,
  type Refusal,
} from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Filters } from "../../parts/filters.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { anyText } from "../../rules.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN_ORDERS } from "../../text/admin-orders-text.ts";
import { ORDER_STATES_TEXT, ORDERS } from "../../text/orders-text.ts";
import { RULES } from "../../text/rules-text.ts";
import type { OwnVisit, Visit } from "../../visit.ts";
import { methodName } from "../app/orders.tsx";
import { askAgain } from "../guest/sign-in.tsx";
import { flag } from "./admin-fields.ts";
import { ORDERS_PATH, paidPart, Refunds } from "./order-refunds.tsx";
import { ADMIN_CRUMB, Refused } from "./resource-pages.tsx";

const PATH = ORDERS_PATH;
const CRUMBS = [ADMIN_CRUMB, { path: PATH, title: ORDERS.payments }];
const STATES = [
  { value: "", label: ADMIN.any },
  { value: "look", label: ADMIN_ORDERS.needsALook },
  ...ORDER_STATES.map((state) => ({ value: state, label: ORDER_STATES_TEXT[state] })),
];

function paid(visit: Visit, order: JsonObject, minor = numberIn(order, "pay_minor") ?? 0): string {
  return paidPart(visit, order, minor);
}

function stateOf({ say }: Visit, order: JsonObject): string {
  const state = ORDER_STATES.find((known) => known === text(order, "state"));
  return state === undefined ? "" : say(ORDER_STATES_TEXT[state]);
}

async function list(visit: OwnVisit): Promise<Content> {
  const { say, format, context } = visit;
  const query = context.req.query();
  const asked = (name: string) => (query[name] === "" ? undefined : query[name]);
  const state = asked("state");
  const { rows, next } = await listApi(visit, "orders", {
    cursor: query["cursor"],
    account_id: asked("account"),
    ...(state === "look" ? { needs_a_look: "true" } : { state }),
  });
  return {
    title: ORDERS.payments,
    body: (
      <>
        <Filters
          visit={visit}
          submit={ADMIN_ACCOUNTS.find}
          filters={[
            { name: "state", label: ORDERS.state, choices: STATES },
            { name: "account", label: ADMIN.account },
          ]}
        />
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
              cell: (row) => <a href={`${PATH}/${text(row, "id")}`}>{format.time(timeIn(row, "created_at") ?? 0)}</a>,
            },
            { title: ADMIN.account, cell: (row) => <AccountLink id={text(row, "account_id")} /> },
            { title: ORDERS.method, cell: (row) => methodName(visit, text(row, "method")) },
            { title: ORDERS.pays, isNumber: true, cell: (row) => paid(visit, row) },
            { title: ORDERS.credit, isNumber: true, cell: (row) => format.amount(amountIn(row, "credit")) },
            {
              title: ORDERS.state,
              cell: (row) => (flagIn(row, "disputed") ? say(ADMIN_ORDERS.disputed) : stateOf(visit, row)),
            },
          ]}
        />
      </>
    ),
  };
}

function AccountLink({ id }: { readonly id: string }) {
  return (
    <a href={`/admin/accounts/${id}`}>
      <code>{id.slice(0, 13)}</code>
    </a>
  );
}

interface Shown {
  readonly refund?: FormState;
  readonly refusal?: Refusal | undefined;
  /** What the payment service has just said. */
  readonly words?: string;
}

function refundFields({ payCurrency }: { readonly payCurrency: string }) {
  return {
    amount: {
      label: ADMIN_ORDERS.refundAmount,
      input: "decimal",
      required: true,
      maxLength: 20,
      rule(sent: string): Ruled<number> {
        const minor = parseMinor(sent, payCurrency);
        return minor === undefined || minor === 0 ? { problem: RULES.amount } : { value: minor };
      },
    },
    force: flag({ label: ADMIN_ORDERS.force, hint: ADMIN_ORDERS.forceHint }),
    after: { label: ORDERS.formId, input: "hidden", rule: anyText(20) },
  } as const satisfies Fields;
}

function pathOf({ context }: OwnVisit): string {
  return `orders/${encodeURIComponent(context.req.param("id") ?? "")}`;
}

async function show(visit: OwnVisit, shown: Shown = {}): Promise<Content> {
  const { say, format } = visit;
  const order = await readApi(visit, pathOf(visit));
  const id = text(order, "id");
  const left = (numberIn(order, "pay_minor") ?? 0) - (numberIn(order, "refunded_minor") ?? 0);
  const payCurrency = text(order, "pay_currency");
  const isCredited = text(order, "credited_at") !== "";
  const canRefund = isCredited && left > 0 && !flagIn(order, "disputed");
  const isWrong = shown.refusal !== undefined || Object.keys(shown.refund?.problems ?? {}).length > 0;
  const shortfall = amountIn(order, "shortfall");
  const note = text(order, "note");
  const isInReview = text(order, "state") === "review";
  const moment = (name: string) => {
    const at = timeIn(order, name);
    return at === undefined ? "–" : format.time(at);
  };
  return {
    title: ORDERS.payment,
    above: CRUMBS,
    status: isWrong ? 422 : 200,
    body: (
      <>
        <Refused refusal={shown.refusal} />
        {shown.words === undefined ? null : (
          <Notice kind="info">{say(ADMIN_ORDERS.says, { words: shown.words })}</Notice>
        )}
        {isInReview ? <Notice kind="bad">{say(ADMIN_ORDERS.reviewHow)}</Notice> : null}
        {flagIn(order, "disputed") ? <Notice kind="bad">{say(ADMIN_ORDERS.disputedHow)}</Notice> : null}
        {shortfall === 0 ? null : (
          <Notice kind="bad">{say(ADMIN_ORDERS.shortfall, { amount: format.amount(shortfall) })}</Notice>
        )}
        <Facts
          visit={visit}
          facts={[
            [ORDERS.state, stateOf(visit, order)],
            [ADMIN.account, <AccountLink id={text(order, "account_id")} />],
            [ORDERS.pays, paid(visit, order)],
            [ORDERS.credit, format.amount(amountIn(order, "credit"))],
            [ORDERS.givenBack, paid(visit, order, numberIn(order, "refunded_minor") ?? 0)],
            [ORDERS.method, `${text(order, "provider")}, ${methodName(visit, text(order, "method"))}`],
            [ADMIN_ORDERS.live, say(flagIn(order, "livemode") ? ADMIN_ORDERS.realMoney : ADMIN_ORDERS.testMoney)],
            ...(text(order, "plan_id") === "" ? [] : [[ORDERS.plan, text(order, "plan_id")] as const]),
            [ORDERS.id, <code>{id}</code>],
            [ORDERS.reference, <code>{text(order, "provider_ref") || "–"}</code>],
            [ADMIN_ORDERS.paymentId, <code>{text(order, "provider_payment") || "–"}</code>],
            [ADMIN.created, moment("created_at")],
            [ORDERS.paidAt, moment("paid_at")],
            [ADMIN_ORDERS.nextLook, moment("next_check_at")],
            ...(text(order, "plan_step") === "not_bought"
              ? [[ADMIN_ORDERS.note, say(ORDERS.planNotBought)] as const]
              : []),
            ...(note === "" ? [] : [[ADMIN_ORDERS.note, note] as const]),
          ]}
        />
        <div class="buttons">
          <ActionButton action={`${PATH}/${id}/check`} text={say(ADMIN_ORDERS.ask)} />
          {isInReview ? <ActionButton action={`${PATH}/${id}/credit`} text={say(ADMIN_ORDERS.credit)} quiet /> : null}
          {isInReview || flagIn(order, "disputed") || flagIn(order, "flagged") || shortfall > 0 ? (
            <ActionButton action={`${PATH}/${id}/close`} text={say(ADMIN_ORDERS.close)} quiet />
          ) : null}
        </div>
        {canRefund ? (
          <section>
            <h2>{say(ADMIN_ORDERS.refund)}</h2>
            <div class="narrow">
              <p>{say(ADMIN_ORDERS.refundHow)}</p>
              <Form
                visit={visit}
                fields={refundFields({ payCurrency })}
                state={
                  shown.refund ??
                  filled({ amount: formatMinor(left, payCurrency), after: numberIn(order, "refunded_minor") ?? 0 })
                }
                submit={say(ADMIN_ORDERS.refund)}
                action={`${PATH}/${id}/refund`}
              />
            </div>
          </section>
        ) : null}
        <section>
          <Refunds visit={visit} order={order} />
        </section>
      </>
    ),
  };
}

async function ask(visit: OwnVisit): Promise<Content> {
  const answer = await callApi(visit, "POST", `${pathOf(visit)}/check`);
  if (!answer.ok) return show(visit, { refusal: answer });
  return show(visit, { words: text(answer.value, "words") || visit.say(ADMIN_ORDERS.justAsked) });
}

/** @param action a write of the operator API that needs no more than its body */
async function act(visit: OwnVisit, action: string, body?: JsonObject): Promise<Content | Response> {
  const again = askAgain(visit, `/admin/${pathOf(visit)}`);
  if (again !== undefined) return again;
  const answer = await callApi(visit, "POST", `${pathOf(visit)}/${action}`, body);
  return answer.ok ? redirectTo(visit, `/admin/${pathOf(visit)}`, "saved") : show(visit, { refusal: answer });
}

async function refund(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const again = askAgain(visit, `/admin/${pathOf(visit)}`);
  if (again !== undefined) return again;
  const order = await readApi(visit, pathOf(visit));
  const read = readForm(refundFields({ payCurrency: text(order, "pay_currency") }), data);
  if (!read.ok) return show(visit, { refund: read });
  const { amount, force, after } = read.values;
  const body = { minor: amount, after_minor: Number(after), force };
  const answer = await callApi(visit, "POST", `${pathOf(visit)}/refunds`, body);
  if (answer.ok) return redirectTo(visit, `/admin/${pathOf(visit)}`, "saved");
  return show(visit, { refund: { sent: read.sent, problems: {} }, refusal: answer });
}

export const ADMIN_ORDER_PAGES: readonly Page[] = [
  { path: PATH, access: "operators", get: list },
  { path: `${PATH}/:id`, access: "operators", get: (visit) => show(visit) },
  { path: `${PATH}/:id/check`, access: "operators", post: ask },
  { path: `${PATH}/:id/refund`, access: "operators", post: refund },
  { path: `${PATH}/:id/close`, access: "operators", post: async (visit) => act(visit, "close") },
  { path: `${PATH}/:id/credit`, access: "operators", post: async (visit) => act(visit, "credit") },
  {
    path: `${PATH}/:id/settle-refund`,
    access: "operators",
    post: async (visit, data) =>
      act(visit, "settle-refund", { refund_id: textOf(data, "refund"), paid_out: textOf(data, "paid_out") === "yes" }),
  },
];
