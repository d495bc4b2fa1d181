/** `/app/billing`: what an account has, how to add to it, its plan, and every movement. */
import { listEntries, postEntry } from "../../../accounts/entries.ts";
import { readAccountOverview } from "../../../accounts/overview.ts";
import { listOrders } from "../../../accounts/orders.ts";
import { listPlans, type Plan } from "../../../accounts/plans.ts";
import { redeemCode } from "../../../accounts/redeem-codes.ts";
import type { Entry } from "../../../billing/ledger.ts";
import type { Text } from "../../../core/language.ts";
import { Fault } from "../../../core/fault.ts";
import { uuidv7 } from "../../../core/id.ts";
import { formatNanos } from "../../../core/money.ts";
import { csvFile, csvLine } from "../../csv.ts";
import { EMPTY, readForm, refuse, textOf, type FormState } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { ActionButton, Form } from "../../parts/fields.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { pageRequest } from "../../page-request.ts";
import { redirectTo } from "../../respond.tsx";
import { anyText } from "../../rules.ts";
import { BILLING, ENTRY_TEXTS } from "../../text/billing-text.ts";
import { ORDERS } from "../../text/orders-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { tooManyTries } from "../problem.tsx";
import { OrderTable } from "./orders.tsx";
import { takesPayments } from "./top-up.tsx";

const REDEEM_FIELDS = {
  code: {
    label: BILLING.code,
    hint: BILLING.codeHint,
    input: "text",
    required: true,
    maxLength: 100,
    rule: anyText(100),
  },
} as const;

const LATEST_ORDERS = 3;
const MOST_PLANS = 50;
/** More movements than this are read in parts, over the API. */
const MOST_LINES = 5000;

interface Shown {
  readonly state?: FormState;
  readonly problem?: Text;
}

async function billing(visit: OwnVisit, { state = EMPTY, problem }: Shown = {}): Promise<Content> {
  const { services, person, say, format, context } = visit;
  const { accountId } = person;
  const canPay = takesPayments(visit);
  const [overview, plans, entries, orders] = await Promise.all([
    readAccountOverview(services, accountId),
    listPlans(services, { limit: MOST_PLANS }),
    listEntries(services, accountId, pageRequest(visit)),
    listOrders(services, { accountId }, { limit: LATEST_ORDERS }),
  ]);
  const { account, availableNanos, plan } = overview;
  const sold = plans.rows.filter(({ disabled }) => !disabled);
  const isWrong = Object.keys(state.problems).length > 0 || problem !== undefined;
  return {
    title: BILLING.title,
    status: isWrong ? 422 : 200,
    body: (
      <>
        {problem === undefined ? null : <Notice kind="bad">{say(problem)}</Notice>}
        <dl class="figures">
          <div>
            <dt>{say(BILLING.balance)}</dt>
            <dd>{account.unlimited ? say(BILLING.unlimited) : format.amount(account.balanceNanos)}</dd>
          </div>
          <div>
            <dt>{say(BILLING.available)}</dt>
            <dd>{account.unlimited ? say(BILLING.unlimited) : format.amount(availableNanos)}</dd>
          </div>
          <div>
            <dt>{say(BILLING.yours)}</dt>
            <dd>
              {plan === null
                ? say(BILLING.none)
                : account.planExpiresAt === null
                  ? plan.name
                  : say(BILLING.until, { plan: plan.name, time: format.time(account.planExpiresAt) })}
            </dd>
          </div>
        </dl>
        {canPay ? (
          <section>
            <p>
              <a class="button" href="/app/billing/top-up">
                {say(ORDERS.topUp)}
              </a>
            </p>
          </section>
        ) : null}
        <section>
          <h2>{say(BILLING.redeem)}</h2>
          <div class="narrow">
            <Form
              visit={visit}
              fields={REDEEM_FIELDS}
              state={
                context.req.path === "/redeem" ? { ...EMPTY, sent: { code: context.req.query("code") ?? "" } } : state
              }
              submit={say(BILLING.redeemButton)}
              action="/app/billing/redeem"
            />
          </div>
        </section>
        {sold.length === 0 ? null : <Plans visit={visit} plans={sold} current={plan} canPay={canPay} />}
        {orders.rows.length === 0 ? null : (
          <section>
            <h2>{say(ORDERS.payments)}</h2>
            <OrderTable visit={visit} rows={orders.rows} />
            <p>
              <a href="/app/billing/orders">{say(ORDERS.all)}</a>
            </p>
          </section>
        )}
        <section>
          <h2>{say(BILLING.ledger)}</h2>
          <p>
            {say(BILLING.ledgerHow)} <a href="/app/billing.csv">{say(BILLING.csv)}</a>
          </p>
          <Table
            visit={visit}
            caption={BILLING.ledger}
            rows={entries.rows}
            next={entries.next}
            empty={BILLING.ledgerNone}
            columns={[
              {
                title: BILLING.time,
                titleValues: { zone: format.timeZone },
                isHead: true,
                cell: (entry) => format.time(entry.createdAt),
              },
              { title: BILLING.what, cell: (entry) => say(ENTRY_TEXTS[entry.kind]) },
              { title: BILLING.amount, isNumber: true, cell: (entry) => format.amount(entry.amountNanos) },
              { title: BILLING.note, cell: (entry) => noteOf(entry) },
            ]}
          />
        </section>
      </>
    ),
  };
}

/** What an entry says for its account; a code's hash says nothing to people. */
function noteOf({ kind, reason, reference }: Entry): string {
  return reason ?? (kind === "redeem" ? "" : (reference ?? ""));
}

interface PlanFacts {
  readonly visit: OwnVisit;
  readonly plans: readonly Plan[];
  readonly current: Plan | null;
  readonly canPay: boolean;
}

function Plans({ visit, plans, current, canPay }: PlanFacts) {
  const { say, format } = visit;
  return (
    <section>
      <h2>{say(BILLING.plans)}</h2>
      <Table
        visit={visit}
        caption={BILLING.plans}
        rows={plans}
        empty={BILLING.none}
        columns={[
          { title: BILLING.plans, isHead: true, cell: ({ name }) => name },
          { title: BILLING.price, isNumber: true, cell: (plan) => format.amount(plan.priceNanos) },
          {
            title: BILLING.period,
            cell: ({ periodDays }) =>
              periodDays === null ? say(BILLING.forever) : say(BILLING.days, { n: format.number(periodDays) }),
          },
          { title: BILLING.allowance, cell: (plan) => allowanceOf(visit, plan) },
          { title: BILLING.tier, isNumber: true, cell: ({ tier }) => format.number(tier) },
          {
            title: BILLING.buy,
            cell: ({ id, name, priceNanos }) => (
              <>
                <ActionButton
                  action="/app/billing/plan"
                  values={{ plan: id, price: String(priceNanos), form: uuidv7() }}
                  text={say(id === current?.id ? BILLING.renew : BILLING.buy)}
                  label={say(BILLING.buyNamed, { name })}
                />
                {canPay && priceNanos > 0 ? (
                  <>
                    {" "}
                    <a
                      href={`/app/billing/top-up?plan=${encodeURIComponent(id)}`}
                      aria-label={say(BILLING.payNamed, { name })}
                    >
                      {say(BILLING.payDirectly)}
                    </a>
                  </>
                ) : null}
              </>
            ),
          },
        ]}
      />
    </section>
  );
}

function allowanceOf({ say, format }: OwnVisit, { allowanceNanos, allowanceRequests }: Plan): string {
  const parts = [
    ...(allowanceNanos === null ? [] : [format.amount(allowanceNanos)]),
    ...(allowanceRequests === null ? [] : [say(BILLING.allowanceRequests, { n: format.number(allowanceRequests) })]),
  ];
  return parts.length === 0 ? say(BILLING.noAllowance) : format.list(parts);
}

async function redeem(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const read = readForm(REDEEM_FIELDS, data);
  if (!read.ok) return billing(visit, { state: read });
  const { services, person, format } = visit;
  const wait = await countTry(visit, "redeem", person.accountId);
  if (wait !== undefined) return tooManyTries(visit, wait);
  try {
    const { entry } = await redeemCode(services, { accountId: person.accountId, code: read.values.code });
    return redirectTo(visit, "/app/billing", "redeemed", { amount: format.amount(entry.amountNanos) });
  } catch (error) {
    // One text for unknown, used and expired codes: nobody learns which codes exist.
    if (!(error instanceof Fault) || error.row.status >= 500) throw error;
    return billing(visit, { state: refuse({}, "code", { problem: BILLING.codeWrong }) });
  }
}

const FORM_ID = /^[0-9a-f-]{36}$/;

/** A form sent twice is one purchase: the id of the entry stands in the form. So does the price that its reader saw. */
async function buyPlan(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const { services, person } = visit;
  const [planId, form] = [textOf(data, "plan"), textOf(data, "form")];
  if (!FORM_ID.test(form)) throw new Fault("invalid_parameter", { param: "form" });
  const plan = (await listPlans(services, { limit: MOST_PLANS })).rows.find(({ id }) => id === planId);
  if (plan === undefined || plan.disabled) return billing(visit, { problem: BILLING.planGone });
  const { priceNanos: mostNanos } = plan;
  if (textOf(data, "price") !== String(mostNanos)) return billing(visit, { problem: BILLING.planChanged });
  try {
    const entry = { kind: "plan_purchase", id: `plan:form-${form}`, planId, mostNanos } as const;
    await postEntry(services, { accountId: person.accountId, by: person.email }, entry);
  } catch (error) {
    if (error instanceof Fault && error.kind === "insufficient_balance") {
      return billing(visit, { problem: BILLING.tooPoor });
    }
    throw error;
  }
  return redirectTo(visit, "/app/billing", "planBought", { plan: plan.name });
}

async function file(visit: OwnVisit): Promise<Response> {
  const { services, person } = visit;
  const lines: string[] = [];
  let cursor: string | undefined;
  do {
    const { rows, next }: Awaited<ReturnType<typeof listEntries>> = await listEntries(services, person.accountId, {
      limit: 500,
      ...(cursor === undefined ? {} : { cursor }),
    });
    for (const { createdAt, kind, amountNanos, reason, reference, id } of rows) {
      lines.push(csvLine([new Date(createdAt).toISOString(), kind, formatNanos(amountNanos), reason, reference, id]));
    }
    cursor = next;
  } while (cursor !== undefined && lines.length < MOST_LINES);
  return csvFile(visit, "balance", [csvLine(["time", "kind", "amount", "reason", "reference", "id"]), ...lines]);
}

export const BILLING_PAGES: readonly Page[] = [
  { path: "/app/billing", access: "people", get: (visit) => billing(visit) },
  { path: "/app/billing.csv", access: "people", get: file },
  { path: "/app/billing/redeem", access: "people", post: redeem },
  { path: "/app/billing/plan", access: "people", post: buyPlan },
  // A link with a code fills the form in; only the form redeems.
  { path: "/redeem", access: "people", get: (visit) => billing(visit) },
];
