/** `/admin/requests`: the requests of all accounts, who served them, and what they cost the operator. */
import { findRequests } from "../../../accounts/site-report.ts";
import { isObject, objectsOf } from "../../../core/json.ts";
import { amountIn, readApi, text } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { CodeBlock } from "../../parts/copy.tsx";
import { Filters } from "../../parts/filters.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { ADMIN_ACCOUNTS } from "../../text/admin-accounts-text.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { REQUESTS } from "../../text/requests-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { ADMIN_CRUMB } from "./resource-pages.tsx";

const HOUR_MS = 3_600_000;
const ROWS = 50;
const HOURS = [
  { value: "24", label: ADMIN.lastDay },
  { value: "1", label: ADMIN.hour },
  { value: "168", label: ADMIN.lastWeek },
];
const STATES = [
  { value: "", label: ADMIN.any },
  { value: "settled", label: ADMIN.chargedOnly },
  { value: "void", label: ADMIN.notCharged },
  { value: "held", label: ADMIN.running },
];

async function list(visit: OwnVisit): Promise<Content> {
  const { services, say, format, context } = visit;
  const query = context.req.query();
  const given = (name: string) => {
    const value = (query[name] ?? "").trim();
    return value === "" ? undefined : value;
  };
  const id = given("id")?.replace(/^req_/, "");
  const hours = HOURS.find(({ value }) => value === query["hours"])?.value ?? "24";
  const found = await findRequests(services, {
    ...(id === undefined ? { sinceMs: services.now() - Number(hours) * HOUR_MS } : { id }),
    accountId: given("account"),
    keyId: given("key"),
    model: given("model"),
    upstream: given("upstream"),
    state: given("state"),
    before: given("cursor"),
    limit: ROWS + 1,
  });
  const rows = found.slice(0, ROWS);
  return {
    title: ADMIN.requests,
    body: (
      <>
        <Filters
          visit={visit}
          submit={ADMIN_ACCOUNTS.find}
          filters={[
            { name: "id", label: ADMIN.requestId },
            { name: "hours", label: ADMIN.hours, choices: HOURS },
            { name: "account", label: ADMIN.account },
            { name: "model", label: ADMIN.model },
            { name: "upstream", label: ADMIN.upstream },
            { name: "state", label: ADMIN.state, choices: STATES },
          ]}
        />
        <Table
          visit={visit}
          caption={ADMIN.requests}
          rows={rows}
          next={found.length > ROWS ? rows.at(-1)?.id : undefined}
          empty={ADMIN.none}
          columns={[
            {
              title: ADMIN_ACCOUNTS.time,
              titleValues: { zone: format.timeZone },
              isHead: true,
              cell: (row) => (
                <a href={`/admin/requests/${row.accountId}/${row.id}`}>{format.shortTime(row.createdAt)}</a>
              ),
            },
            { title: ADMIN.account, cell: (row) => <a href={`/admin/accounts/${row.accountId}`}>{row.accountName}</a> },
            { title: ADMIN.model, cell: (row) => row.model ?? "" },
            { title: ADMIN.upstream, cell: (row) => row.upstream ?? "" },
            { title: ADMIN.revenue, isNumber: true, cell: (row) => format.amount(row.amountNanos) },
            {
              title: ADMIN.cost,
              isNumber: true,
              cell: (row) => (row.costNanos === null ? "" : format.amount(row.costNanos)),
            },
            { title: ADMIN.ending, cell: (row) => row.ending ?? say(ADMIN.running) },
          ]}
        />
      </>
    ),
  };
}

async function show(visit: OwnVisit): Promise<Content> {
  const { say, format, context } = visit;
  const { account = "", id = "" } = context.req.param() as Record<string, string>;
  const charge = await readApi(visit, `accounts/${encodeURIComponent(account)}/charges/${encodeURIComponent(id)}`);
  const { request } = charge;
  const task = isObject(request) ? text(request, "task") : "";
  return {
    title: `${say(ADMIN.requestId)} ${id}`,
    above: [ADMIN_CRUMB, { path: "/admin/requests", title: ADMIN.requests }],
    body: (
      <>
        <Facts
          visit={visit}
          facts={[
            [ADMIN.account, <a href={`/admin/accounts/${account}`}>{account}</a>],
            [ADMIN.state, text(charge, "state")],
            ...(task === "" ? [] : [[REQUESTS.task, <a href={`/admin/tasks/${task}`}>{task}</a>] as const]),
            [ADMIN.model, text(charge, "model")],
            [ADMIN.route, text(charge, "route")],
            [ADMIN.upstream, text(charge, "upstream")],
            [ADMIN.revenue, format.amount(amountIn(charge, "amount"))],
            [ADMIN.cost, charge["cost_nanos"] === null ? "–" : format.amount(amountIn(charge, "cost"))],
            [ADMIN.margin, format.amount(amountIn(charge, "amount") - amountIn(charge, "cost"))],
          ]}
        />
        <h2>{say(ADMIN.attempts)}</h2>
        <Table
          visit={visit}
          caption={ADMIN.attempts}
          rows={objectsOf(charge["attempts"])}
          empty={ADMIN.none}
          columns={[
            { title: ADMIN.route, isHead: true, cell: (row) => text(row, "route") },
            { title: ADMIN.upstream, cell: (row) => text(row, "upstream") },
            { title: ADMIN.outcome, cell: (row) => text(row, "outcome") },
            { title: ADMIN.status, isNumber: true, cell: (row) => text(row, "status") },
            { title: ADMIN.duration, isNumber: true, cell: (row) => format.duration(Number(text(row, "ms"))) },
          ]}
        />
        <h2>{say(ADMIN.details)}</h2>
        <CodeBlock visit={visit} text={JSON.stringify(charge, undefined, 2)} what={say(ADMIN.details)} />
      </>
    ),
  };
}

export const REQUEST_PAGES: readonly Page[] = [
  { path: "/admin/requests", access: "operators", get: list },
  { path: "/admin/requests/:account/:id", access: "operators", get: show },
];
