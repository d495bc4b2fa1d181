/** `/admin/models`, `/admin/routes`, `/admin/groups`, `/admin/plans`: kinds of rows that need no page of their own making. */
import { RATIO_ONE } from "../../../billing/price.ts";
import { formatDecimal } from "../../../core/money.ts";
import type { JsonObject } from "../../../core/json.ts";
import { OPERATIONS } from "../../../operation/operations.ts";
import { WIRE_NAMES } from "../../../wire/index.ts";
import { amountIn, flagIn, allRows, listIn, numberIn, text } from "../../operator-api.ts";
import type { Page } from "../../page.ts";
import { ActionButton } from "../../parts/fields.tsx";
import { Table, type Column } from "../../parts/table.tsx";
import { quotedNanos } from "../../prices.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { OPERATION_NAMES } from "../../text/models-text.ts";
import type { OwnVisit, Visit } from "../../visit.ts";
import { choice, choicesOf, count, flag, listed, money, number, word } from "./admin-fields.ts";
import { resourcePages, type AdminResource } from "./resource-pages.tsx";

const RATIO_DECIMALS = 6;

export function OnOff({ visit: { say }, row }: { visit: Visit; row: JsonObject }) {
  return flagIn(row, "disabled") ? (
    <span class="state off">{say(ADMIN.off)}</span>
  ) : (
    <span class="state ok">{say(ADMIN.on)}</span>
  );
}

function nameColumn(path: string): Column<JsonObject> {
  return {
    title: ADMIN.name,
    isHead: true,
    cell: (row) => <a href={`${path}/${text(row, "id")}`}>{text(row, "name") || text(row, "id")}</a>,
  };
}

const stateColumn = (visit: Visit): Column<JsonObject> => ({
  title: ADMIN.state,
  cell: (row) => <OnOff visit={visit} row={row} />,
});

const capacity = () => ({
  requests_per_minute: count({ label: ADMIN.requestsPerMinute, isExtra: true, least: 1 }),
  tokens_per_minute: count({ label: ADMIN.tokensPerMinute, isExtra: true, least: 1 }),
  concurrent_requests: count({ label: ADMIN.concurrent, isExtra: true, least: 1 }),
});

const modelFields = {
  context_length: count({ label: ADMIN.contextLength, least: 1 }),
  max_output: count({ label: ADMIN.maxOutput, least: 1 }),
  auto_weight: number({ label: ADMIN.autoWeight, hint: ADMIN.autoWeightHint }),
  tier: number({ label: ADMIN.tier }),
  owned_by: word({ label: ADMIN.ownedBy, isExtra: true }),
};

/** The API takes a list of capabilities, also an empty one. */
const capabilities = {
  ...listed({ label: ADMIN.capabilities, hint: ADMIN.capabilitiesHint }),
  rule: (written: string) => {
    const ruled = listed({ label: ADMIN.capabilities }).rule(written);
    return "value" in ruled ? { value: ruled.value ?? [] } : ruled;
  },
};

const MODELS: AdminResource = {
  path: "/admin/models",
  api: "models",
  title: ADMIN.models,
  newTitle: ADMIN.newModel,
  idHasSlash: true,
  columns: (visit) => [
    nameColumn("/admin/models"),
    {
      title: ADMIN.operation,
      cell: (row) =>
        OPERATIONS.filter((one) => one === text(row, "operation")).map((one) => visit.say(OPERATION_NAMES[one])),
    },
    { title: ADMIN.contextLength, isNumber: true, cell: (row) => numberOf(visit, row, "context_length") },
    { title: ADMIN.autoWeight, isNumber: true, cell: (row) => numberOf(visit, row, "auto_weight") },
    { title: ADMIN.tier, isNumber: true, cell: (row) => numberOf(visit, row, "tier") },
    stateColumn(visit),
  ],
  createFields: async ({ say }) => ({
    id: word({ label: ADMIN.modelId, hint: ADMIN.modelIdHint, isRequired: true }),
    operation: choice({
      label: ADMIN.operation,
      choices: OPERATIONS.map((value) => ({ value, label: say(OPERATION_NAMES[value]) })),
    }),
    capabilities,
    ...modelFields,
  }),
  changeFields: async () => ({ capabilities, ...modelFields, disabled: flag({ label: ADMIN.disabled }) }),
  more: async (visit, row) => {
    const { say, services, context } = visit;
    const id = text(row, "id");
    const [priceOf, rows] = await Promise.all([
      services.relay.prices.current(context.env.defer),
      allRows(visit, "routes"),
    ]);
    const price = priceOf(id)?.price;
    const query = new URLSearchParams({ model_id: id }).toString();
    return (
      <>
        <h2>{say(ADMIN.price)}</h2>
        <p>
          {price === undefined
            ? say(ADMIN.noPrice)
            : say(ADMIN.perMillion, {
                input: visit.format.amount(quotedNanos(price, "input", RATIO_ONE)),
                output: visit.format.amount(quotedNanos(price, "output", RATIO_ONE)),
              })}{" "}
          <a href={`/admin/prices/new?${query}`}>{say(ADMIN.setPrice)}</a>
        </p>
        <h2>{say(ADMIN.routes)}</h2>
        <RouteTable visit={visit} rows={rows.filter((route) => text(route, "model_id") === id)} />
        <p>
          <a href={`/admin/routes/new?${query}`}>{say(ADMIN.newRoute)}</a>
        </p>
      </>
    );
  },
};

function numberOf({ format }: Visit, row: JsonObject, name: string): string {
  const value = numberIn(row, name);
  return value === undefined ? "" : format.number(value);
}

/** Routes, each with a button that asks its upstream for a word. */
export function RouteTable({ visit, rows }: { visit: OwnVisit; rows: readonly JsonObject[] }) {
  return <Table visit={visit} caption={ADMIN.routes} rows={rows} empty={ADMIN.none} columns={routeColumns(visit)} />;
}

function routeColumns(visit: OwnVisit): readonly Column<JsonObject>[] {
  return [
    {
      title: ADMIN.route,
      isHead: true,
      cell: (row) => <a href={`/admin/routes/${text(row, "id")}`}>{text(row, "model_id")}</a>,
    },
    {
      title: ADMIN.upstream,
      cell: (row) => <a href={`/admin/upstreams/${text(row, "upstream_id")}`}>{text(row, "upstream_id")}</a>,
    },
    { title: ADMIN.upstreamModel, cell: (row) => <code>{text(row, "upstream_model")}</code> },
    { title: ADMIN.wire, cell: (row) => text(row, "wire") },
    { title: ADMIN.weight, isNumber: true, cell: (row) => text(row, "weight") },
    { title: ADMIN.priority, isNumber: true, cell: (row) => text(row, "priority") },
    stateColumn(visit),
    {
      title: ADMIN.test,
      cell: (row) => (
        <ActionButton
          action="/admin/route-test"
          values={{ route: text(row, "id"), back: visit.context.req.path }}
          text={visit.say(ADMIN.test)}
          label={visit.say(ADMIN.testRoute, { id: text(row, "id") })}
          quiet
        />
      ),
    },
  ];
}

const routeFields = {
  upstream_model: word({ label: ADMIN.upstreamModel, hint: ADMIN.upstreamModelHint }),
  wire: choice({ label: ADMIN.wire, choices: WIRE_NAMES.map((value) => ({ value, label: value })) }),
  weight: number({ label: ADMIN.weight }),
  priority: number({ label: ADMIN.priority, hint: ADMIN.priorityHint }),
  max_inputs: count({ label: ADMIN.maxInputs, hint: ADMIN.maxInputsHint, isExtra: true, least: 1 }),
  ...capacity(),
};

const ROUTES: AdminResource = {
  path: "/admin/routes",
  api: "routes",
  title: ADMIN.routes,
  newTitle: ADMIN.newRoute,
  takesId: true,
  idHasSlash: true,
  columns: routeColumns,
  createFields: async (visit) => ({
    model_id: choice({ label: ADMIN.model, choices: await choicesOf(visit, "models") }),
    upstream_id: choice({ label: ADMIN.upstream, choices: await choicesOf(visit, "upstreams") }),
    ...routeFields,
  }),
  changeFields: async () => ({ ...routeFields, disabled: flag({ label: ADMIN.disabled }) }),
};

const groupFields = {
  name: word({ label: ADMIN.name, isRequired: true }),
  ratio_ppm: number({ label: ADMIN.ratio, hint: ADMIN.ratioHint }),
  offered: flag({ label: ADMIN.offered }),
};

const GROUPS: AdminResource = {
  path: "/admin/groups",
  api: "groups",
  title: ADMIN.groupList,
  newTitle: ADMIN.newGroup,
  takesId: true,
  columns: (visit) => [
    nameColumn("/admin/groups"),
    { title: ADMIN.id, cell: (row) => <code>{text(row, "id")}</code> },
    {
      title: ADMIN.ratioShown,
      isNumber: true,
      cell: (row) => `× ${formatDecimal(BigInt(numberIn(row, "ratio_ppm") ?? RATIO_ONE), RATIO_DECIMALS)}`,
    },
    { title: ADMIN.offered, cell: (row) => visit.say(flagIn(row, "offered") ? ADMIN.yes : ADMIN.no) },
    stateColumn(visit),
  ],
  createFields: async () => ({ ...groupFields, id: word({ label: ADMIN.id, hint: ADMIN.idHint, isExtra: true }) }),
  changeFields: async () => ({ ...groupFields, disabled: flag({ label: ADMIN.disabled }) }),
};

const planFields = {
  name: word({ label: ADMIN.name, isRequired: true }),
  price_nanos: { ...money({ label: ADMIN.price, isRequired: true }) },
  period_days: count({ label: ADMIN.periodDays, least: 1 }),
  allowance_nanos: money({ label: ADMIN.allowance }),
  allowance_requests: count({ label: ADMIN.allowanceRequests, least: 1 }),
  tier: number({ label: ADMIN.tier }),
};

const PLANS: AdminResource = {
  path: "/admin/plans",
  api: "plans",
  title: ADMIN.plans,
  newTitle: ADMIN.newPlan,
  takesId: true,
  columns: (visit) => [
    nameColumn("/admin/plans"),
    { title: ADMIN.price, isNumber: true, cell: (row) => visit.format.amount(amountIn(row, "price")) },
    {
      title: ADMIN.periodDays,
      isNumber: true,
      cell: (row) => numberOf(visit, row, "period_days") || visit.say(ADMIN.forever),
    },
    {
      title: ADMIN.allowance,
      isNumber: true,
      cell: (row) => (row["allowance_nanos"] === null ? "" : visit.format.amount(amountIn(row, "allowance"))),
    },
    { title: ADMIN.allowanceRequests, isNumber: true, cell: (row) => numberOf(visit, row, "allowance_requests") },
    { title: ADMIN.tier, isNumber: true, cell: (row) => text(row, "tier") },
    stateColumn(visit),
  ],
  createFields: async () => planFields,
  changeFields: async () => ({ ...planFields, disabled: flag({ label: ADMIN.notSold }) }),
};

/** Groups of upstreams and keys, for other forms. */
export function groupNames(row: JsonObject): string {
  return listIn(row, "groups").join(", ");
}

export const CATALOGUE_PAGES: readonly Page[] = [MODELS, ROUTES, GROUPS, PLANS].flatMap(resourcePages);
