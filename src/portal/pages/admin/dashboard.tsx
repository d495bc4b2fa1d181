/** `/admin`: in one page, what needs the operator, and how the last day went. */
import { siteFigures } from "../../../accounts/site-report.ts";
import { unitPrice } from "../../../billing/price.ts";
import type { PriceVersion } from "../../../billing/price-list.ts";
import { objectsOf, type JsonObject } from "../../../core/json.ts";
import { UNIT_NAMES } from "../../../core/units.ts";
import { paymentOptions } from "../../../payments/options.ts";
import { callApi, flagIn, listApi, numberIn, text } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { ADMIN_ORDERS } from "../../text/admin-orders-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { FAULTS } from "../../../core/fault.ts";
import type { OwnVisit } from "../../visit.ts";

const DAY_MS = 86_400_000;
const MOST = "100";
/** Each upstream's object is asked: more would take too long. */
const MOST_UPSTREAMS = 20;

interface Problem {
  readonly text: string;
  readonly path: string;
}

async function dashboard(visit: OwnVisit): Promise<Content> {
  const { services, say, format, context } = visit;
  if (services.settings.ADMIN_TOKEN === undefined) {
    return { title: ADMIN.dashboard, body: <Notice kind="warn">{say(ADMIN.needsToken)}</Notice> };
  }
  const listed = listApi(visit, "upstreams", { limit: MOST });
  const [upstreams, problems, figures, status] = await Promise.all([
    listed,
    problemsOf(visit, listed),
    siteFigures(services, services.now() - DAY_MS),
    services.status.current(context.env.defer),
  ]);
  const all = [
    ...problems,
    ...(status === undefined ? [{ text: say(ADMIN.noSchedule), path: "/healthz" }] : []),
    ...(figures.writtenOff > 0
      ? [
          {
            text: say(ADMIN.lossesToday, { amount: format.amount(figures.writtenOff) }),
            path: "/admin/requests?hours=24",
          },
        ]
      : []),
  ];
  return {
    title: ADMIN.dashboard,
    body: (
      <>
        {upstreams.rows.length === 0 ? <FirstSteps visit={visit} /> : null}
        <section>
          <h2>{say(ADMIN.wrong)}</h2>
          {all.length === 0 ? (
            <p class="state ok">{say(ADMIN.allWell)}</p>
          ) : (
            <ul class="problems">
              {all.map((problem) => (
                <li>
                  <a href={problem.path}>{problem.text}</a>
                </li>
              ))}
            </ul>
          )}
        </section>
        <section>
          <h2>{say(ADMIN.figures)}</h2>
          <dl class="figures">
            {(
              [
                [ADMIN.requests, format.number(figures.requests)],
                [ADMIN.success, figures.requests === 0 ? "–" : format.percent(figures.answered / figures.requests)],
                [ADMIN.revenue, format.amount(figures.revenue)],
                [ADMIN.cost, format.amount(figures.cost)],
                [ADMIN.margin, format.amount(figures.revenue - figures.cost)],
              ] as const
            ).map(([name, value]) => (
              <div>
                <dt>{say(name)}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
          <Table
            visit={visit}
            caption={ADMIN.topModels}
            rows={figures.models}
            empty={ADMIN.none}
            columns={[
              { title: ADMIN.model, isHead: true, cell: ({ model }) => model },
              { title: ADMIN.requests, isNumber: true, cell: (row) => format.number(row.requests) },
              { title: ADMIN.revenue, isNumber: true, cell: (row) => format.amount(row.revenue) },
            ]}
          />
          <h3>{say(ADMIN.failures)}</h3>
          <Table
            visit={visit}
            caption={ADMIN.failures}
            rows={figures.faults}
            empty={ADMIN.noFailures}
            columns={[
              { title: ADMIN.fault, isHead: true, cell: ({ fault }) => <code>{fault}</code> },
              { title: ADMIN.status, isNumber: true, cell: ({ fault }) => statusOf(fault) },
              { title: ADMIN.requests, isNumber: true, cell: (row) => format.number(row.requests) },
            ]}
          />
        </section>
      </>
    ),
  };
}

function statusOf(fault: string): string {
  return Object.hasOwn(FAULTS, fault) ? String(FAULTS[fault as keyof typeof FAULTS].status) : "";
}

function FirstSteps({ visit: { say } }: { visit: OwnVisit }) {
  return (
    <section class="card">
      <h2>{say(ADMIN.noUpstream)}</h2>
      <p>{say(ADMIN.steps)}</p>
      <p>
        <a class="button" href="/admin/upstreams/new">
          {say(ADMIN.newUpstream)}
        </a>
      </p>
    </section>
  );
}

async function problemsOf(visit: OwnVisit, listed: ReturnType<typeof listApi>): Promise<readonly Problem[]> {
  const { services, say } = visit;
  const [health, models, books, outbox, orders] = await Promise.all([
    healthOf(visit, listed),
    modelProblems(visit),
    callApi(visit, "GET", "invariants"),
    callApi(visit, "GET", "outbox"),
    callApi(visit, "GET", `orders?needs_a_look=true&limit=${MOST}`),
  ]);
  const looks = orders.ok ? objectsOf(orders.value["data"]).length : 0;
  const { problems: wrong, stripe } = paymentOptions(services.settings);
  const wrongSums = books.ok ? objectsOf(books.value["data"]).length : 0;
  const waiting = outbox.ok ? (numberIn(outbox.value, "waiting") ?? 0) : 0;
  return [
    ...health.flat(),
    ...models,
    ...(wrongSums === 0 ? [] : [{ text: say(ADMIN.booksWrong, { n: wrongSums }), path: "/admin/accounts" }]),
    ...(looks === 0 ? [] : [{ text: say(ADMIN_ORDERS.look, { n: looks }), path: "/admin/orders?state=look" }]),
    ...(wrong.length === 0
      ? []
      : [{ text: say(ADMIN_ORDERS.settings, { names: wrong.join(", ") }), path: "/admin/settings" }]),
    ...(stripe?.livemode === false ? [{ text: say(ADMIN_ORDERS.testMode), path: "/admin/orders" }] : []),
    ...(waiting === 0 ? [] : [{ text: say(ADMIN.outboxWaits, { n: waiting }), path: "/admin/requests" }]),
  ];
}

/** Longer lists are cut. */
const MOST_NAMED = 10;

/** Models that are not served, or that cost more than they bring. */
async function modelProblems({ services, say, context }: OwnVisit): Promise<readonly Problem[]> {
  const { catalogue, prices } = services.relay;
  const [{ models, routes }, priceOf] = await Promise.all([
    catalogue.current(context.env.defer),
    prices.current(context.env.defer),
  ]);
  const kinds = [
    { what: ADMIN.unpriced, path: "/admin/prices/new", has: (id: string) => priceOf(id) === undefined },
    { what: ADMIN.routeless, path: "/admin/routes/new", has: (id: string) => !routes.has(id) },
    { what: ADMIN.belowCost, path: "/admin/prices", has: (id: string) => isBelowCost(priceOf(id)) },
  ];
  return kinds.flatMap(({ what, path, has }) => {
    const found = [...models.keys()].filter(has);
    const named = [...found.slice(0, MOST_NAMED), ...(found.length > MOST_NAMED ? ["…"] : [])].join(", ");
    return found.length === 0 ? [] : [{ text: say(what, { models: named }), path }];
  });
}

/** Whether the operator pays more for a unit than clients do. */
function isBelowCost(version: PriceVersion | undefined): boolean {
  if (version?.operator === undefined) return false;
  const { price, operator } = version;
  return UNIT_NAMES.some((unit) => unitPrice(price, unit) < unitPrice(operator, unit));
}

async function healthOf(visit: OwnVisit, listed: ReturnType<typeof listApi>): Promise<readonly (readonly Problem[])[]> {
  const asked = (await listed).rows.filter((row) => !flagIn(row, "disabled")).slice(0, MOST_UPSTREAMS);
  return Promise.all(asked.map(async (row) => upstreamProblems(visit, row)));
}

async function upstreamProblems(visit: OwnVisit, row: JsonObject): Promise<readonly Problem[]> {
  const { say } = visit;
  const id = text(row, "id");
  const path = `upstreams/${encodeURIComponent(id)}`;
  const [health, credentials] = await Promise.all([
    callApi(visit, "GET", `${path}/health`),
    callApi(visit, "GET", `${path}/credentials`),
  ]);
  const enabled = credentials.ok ? objectsOf(credentials.value["data"]).filter((one) => !flagIn(one, "disabled")) : [];
  const open = health.ok ? objectsOf(health.value["routes"]).filter((one) => text(one, "breaker") !== "closed") : [];
  const coolings = health.ok ? objectsOf(health.value["coolings"]) : [];
  const words = [
    ...(health.ok ? [] : [say(ADMIN.unreachable)]),
    ...(enabled.length === 0 ? [say(ADMIN.noKeys)] : []),
    ...(open.length === 0 ? [] : [say(ADMIN.breakersOpen, { n: open.length })]),
    ...(coolings.length === 0 ? [] : [say(ADMIN.coolings, { n: coolings.length })]),
  ];
  return words.map((what) => ({
    text: say(ADMIN.upstreamDown, { name: text(row, "name"), what }),
    path: `/admin/upstreams/${id}`,
  }));
}

export const DASHBOARD_PAGES: readonly Page[] = [{ path: "/admin", access: "operators", get: dashboard }];
