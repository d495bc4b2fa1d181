/** `/app/billing/top-up`: how much, and with what. The form makes an order; the order's page leads to the payment service. */
import type { Plan } from "../../../accounts/plans.ts";
import { uuidv7 } from "../../../core/id.ts";
import { Fault } from "../../../core/fault.ts";
import { formatNanos } from "../../../core/money.ts";
import { decimalsOf } from "../../../payments/currency.ts";
import { openPayments } from "../../../payments/open-payments.ts";
import { paymentOptions, type PaymentOptions } from "../../../payments/options.ts";
import { MOST_OPEN } from "../../../payments/order-store.ts";
import type { Provider } from "../../../payments/payment-provider.ts";
import { planForSale } from "../../../payments/payments.ts";
import { filled, textOf, readForm, refuse, type Choice, type Fields, type FormState, type Ruled } from "../../form.ts";
import { countTry } from "../../limits.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { redirectTo } from "../../respond.tsx";
import { anyText, decimalNanos, oneOf } from "../../rules.ts";
import { BILLING } from "../../text/billing-text.ts";
import { METHODS, ORDERS } from "../../text/orders-text.ts";
import type { OwnVisit, Visit } from "../../visit.ts";
import { tooManyTries } from "../problem.tsx";

const PATH = "/app/billing/top-up";
export const BILLING_CRUMB = { path: "/app/billing", title: BILLING.title };
const FORM_ID = /^[0-9a-f-]{36}$/;

/** With the keys of a test, anybody would get a balance for nothing: only operators may try them. */
const mayUse = ({ person }: OwnVisit, { livemode }: { readonly livemode: boolean }) =>
  livemode || person.role === "operator";

/** Whether this person can pay here. */
export function takesPayments(visit: OwnVisit): boolean {
  const { stripe, epay } = paymentOptions(visit.services.settings);
  return epay !== undefined || (stripe !== undefined && mayUse(visit, stripe));
}

/** `stripe:card`, `epay:alipay`, … */
function choicesOf(providers: readonly Provider[]): readonly Choice[] {
  return providers.flatMap(({ id, methods }) =>
    methods.map((method) => ({ value: `${id}:${method}`, label: METHODS[method] ?? method })),
  );
}

/** @param plan undefined = money for the balance */
function fieldsFor(visit: OwnVisit, providers: readonly Provider[], plan: Plan | undefined) {
  const choices = choicesOf(providers);
  const [first = ""] = choices.map(({ value }) => value);
  return {
    ...(plan === undefined
      ? {
          amount: {
            label: ORDERS.amount,
            input: "decimal",
            required: true,
            maxLength: 20,
            rule: amountRule(visit, paymentOptions(visit.services.settings), providers),
          } as const,
        }
      : {
          plan: { label: ORDERS.plan, input: "hidden", rule: anyText(200) } as const,
          // The one that its reader saw.
          price: { label: BILLING.price, input: "hidden", rule: priceRule(plan) } as const,
        }),
    method: {
      label: ORDERS.method,
      input: "select",
      choices,
      required: true,
      rule: oneOf(first, ...choices.map(({ value }) => value)),
    },
    form: {
      label: ORDERS.formId,
      input: "hidden",
      rule: (text: string) => (FORM_ID.test(text) ? { value: text } : { problem: ORDERS.formId }),
    },
  } as const satisfies Fields;
}

function amountRule({ format }: Visit, { leastNanos, mostNanos }: PaymentOptions, providers: readonly Provider[]) {
  const decimals = Math.min(...providers.map(({ rate, currency }) => (rate === null ? decimalsOf(currency) : 2)));
  return (text: string): Ruled<number> => {
    const nanos = decimalNanos(text) ?? 0;
    if (nanos < leastNanos || nanos > mostNanos) {
      return { problem: ORDERS.between, values: { min: format.amount(leastNanos), max: format.amount(mostNanos) } };
    }
    return nanos % 10 ** (9 - decimals) === 0
      ? { value: nanos }
      : { problem: ORDERS.decimals, values: { n: decimals } };
  };
}

function priceRule({ priceNanos }: Plan) {
  return (text: string): Ruled<string> =>
    text === String(priceNanos) ? { value: text } : { problem: BILLING.planChanged };
}

async function planAsked({ services }: OwnVisit, id: string | undefined): Promise<Plan | undefined> {
  return id === undefined || id === "" ? undefined : planForSale(services, id);
}

/** @throws Fault `resource_not_found` when this person has nothing to pay with */
async function openFor(visit: OwnVisit) {
  const payments = await openPayments(visit.services);
  const providers = payments.providers.filter((provider) => mayUse(visit, provider));
  if (providers.length === 0) throw new Fault("resource_not_found");
  return { payments, providers };
}

async function show(visit: OwnVisit, sent?: FormState): Promise<Content> {
  const { services, say, format, context } = visit;
  const { providers } = await openFor(visit);
  const plan = await planAsked(visit, sent?.sent["plan"] ?? context.req.query("plan"));
  const { presetNanos } = paymentOptions(services.settings);
  const rate = providers.find((provider) => provider.rate !== null);
  // The id makes a form that is sent twice one order.
  const state = sent ?? filled({ amount: context.req.query("amount"), plan: plan?.id, form: uuidv7() });
  const price: FormState["sent"] = plan === undefined ? {} : { price: String(plan.priceNanos) };
  return {
    title: plan === undefined ? ORDERS.topUp : say(ORDERS.buyPlan, { plan: plan.name }),
    above: [BILLING_CRUMB],
    status: Object.keys(sent?.problems ?? {}).length === 0 ? 200 : 422,
    body: (
      <div class="narrow">
        {plan === undefined ? (
          <p>
            {say(ORDERS.presets)}{" "}
            {presetNanos.map((nanos) => (
              <>
                <a href={`${PATH}?amount=${formatNanos(nanos)}`}>{format.amount(nanos)}</a>{" "}
              </>
            ))}
          </p>
        ) : (
          <p class="lead">{format.amount(plan.priceNanos)}</p>
        )}
        {rate === undefined ? null : (
          <p class="muted">{say(ORDERS.rate, { rate: rate.rate ?? "", currency: rate.currency.toUpperCase() })}</p>
        )}
        <Form
          visit={visit}
          fields={fieldsFor(visit, providers, plan)}
          state={{ ...state, sent: { ...state.sent, ...price } }}
          submit={say(ORDERS.goOn)}
        />
      </div>
    ),
  };
}

async function order(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const { person, language, origin } = visit;
  const wait = await countTry(visit, "order", person.accountId);
  if (wait !== undefined) return tooManyTries(visit, wait);
  const { payments, providers } = await openFor(visit);
  const plan = await planAsked(visit, textOf(data, "plan"));
  const read = readForm(fieldsFor(visit, providers, plan), data);
  if (!read.ok) return show(visit, read);
  const { values, sent } = read;
  const [provider, method = ""] = values.method.split(":");
  const buys = "amount" in values ? { nanos: values.amount } : { planId: values.plan };
  try {
    const made = await payments.begin({
      accountId: person.accountId,
      formId: values.form,
      provider: provider === "stripe" ? "stripe" : "epay",
      method,
      language,
      origin,
      title: titleOf(visit, "nanos" in buys ? buys.nanos : plan),
      buys,
    });
    if (made !== undefined) return redirectTo(visit, `/app/billing/orders/${made.id}?pay=1`);
    return await show(visit, refuse(sent, "form", { problem: ORDERS.tooMany, values: { n: MOST_OPEN } }));
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "conflict") throw error;
    return show(visit, refuse({ ...sent, form: uuidv7() }, "form", { problem: ORDERS.formUsed }));
  }
}

/** What the payer sees at the payment service. */
function titleOf({ site, say, format }: OwnVisit, what: number | Plan | undefined): string {
  const words =
    typeof what === "number"
      ? `${say(ORDERS.topUp)} ${format.amount(what)}`
      : `${say(ORDERS.plan)} ${what?.name ?? ""}`;
  return `${site.name} ${words}`;
}

export const TOP_UP_PAGES: readonly Page[] = [
  { path: PATH, access: "people", get: (visit) => show(visit), post: order },
];
