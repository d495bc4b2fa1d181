/** `/app/requests`: every request with what it cost; and the receipt of each, line by line. */
import { listCharges, readReceipt, type Charge, type Receipt } from "../../../accounts/charges.ts";
import { keyNames } from "../../../accounts/keys.ts";
import { findTask } from "../../../accounts/task-list.ts";
import { RATIO_ONE } from "../../../billing/price.ts";
import { FAULTS } from "../../../core/fault.ts";
import { formatDecimal } from "../../../core/money.ts";
import { COUNTED_UNITS, UNITS } from "../../../core/units.ts";
import type { Content, Page } from "../../page.ts";
import { Filters } from "../../parts/filters.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { pageRequest } from "../../page-request.ts";
import { redirectTo } from "../../respond.tsx";
import { REQUESTS } from "../../text/requests-text.ts";
import { UNIT_TEXTS } from "../../text/units-text.ts";
import type { OwnVisit } from "../../visit.ts";

const STATES = ["held", "settled", "void"] as const;
const UUID = /^(req_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const RATIO_DECIMALS = 6;

async function list(visit: OwnVisit): Promise<Content | Response> {
  const { services, person, say, format, context } = visit;
  const { id = "", model = "", state = "" } = context.req.query();
  const wanted = id.trim().toLowerCase();
  if (UUID.test(wanted)) return redirectTo(visit, `/app/requests/${wanted.replace("req_", "")}`);
  const filter = {
    model: model.trim() === "" ? undefined : model.trim(),
    state: STATES.find((one) => one === state),
  };
  const [{ rows, next }, names] = await Promise.all([
    listCharges(services, { accountId: person.accountId, ...filter }, pageRequest(visit)),
    keyNames(services, person.accountId),
  ]);
  const isNarrowed = filter.model !== undefined || filter.state !== undefined;
  return {
    title: REQUESTS.title,
    body: (
      <>
        <Filters
          visit={visit}
          submit={REQUESTS.find}
          filters={[
            { name: "id", label: REQUESTS.id },
            { name: "model", label: REQUESTS.model },
            {
              name: "state",
              label: REQUESTS.state,
              choices: [
                { value: "", label: REQUESTS.any },
                ...STATES.map((value) => ({ value, label: REQUESTS[value] })),
              ],
            },
          ]}
        />
        {wanted === "" ? null : <Notice kind="warn">{say(REQUESTS.unknownId)}</Notice>}
        <Table
          visit={visit}
          caption={REQUESTS.title}
          rows={rows}
          next={next}
          empty={isNarrowed ? REQUESTS.noMatch : REQUESTS.none}
          columns={[
            {
              title: REQUESTS.time,
              titleValues: { zone: format.timeZone },
              isHead: true,
              cell: (charge) => <a href={`/app/requests/${charge.id}`}>{format.shortTime(charge.createdAt)}</a>,
            },
            { title: REQUESTS.key, cell: (charge) => names.get(charge.keyId ?? "") ?? say(REQUESTS.deletedKey) },
            { title: REQUESTS.asked, cell: (charge) => askedText(charge) },
            { title: REQUESTS.input, isNumber: true, cell: (charge) => format.number(tokens(charge, "prompt")) },
            { title: REQUESTS.output, isNumber: true, cell: (charge) => format.number(tokens(charge, "output")) },
            { title: REQUESTS.cost, isNumber: true, cell: (charge) => <Cost visit={visit} charge={charge} /> },
            { title: REQUESTS.ttft, isNumber: true, cell: (charge) => ms(visit, charge.request["ttft_ms"]) },
            { title: REQUESTS.duration, isNumber: true, cell: (charge) => ms(visit, charge.request["duration_ms"]) },
            { title: REQUESTS.ending, cell: (charge) => <Ending visit={visit} charge={charge} /> },
          ]}
        />
      </>
    ),
  };
}

function askedText({ model, request }: Charge): string {
  return [textIn(request, "asked"), model ?? undefined]
    .filter((name, at, all) => name !== undefined && all.indexOf(name) === at)
    .join(" → ");
}

function textIn(request: Charge["request"], name: string): string | undefined {
  const value = request[name];
  return typeof value === "string" ? value : undefined;
}

function tokens({ usage }: Charge, side: "prompt" | "output"): number {
  return COUNTED_UNITS.filter((unit) => "side" in UNITS[unit] && UNITS[unit].side === side).reduce(
    (sum, unit) => sum + (usage[unit] ?? 0),
    0,
  );
}

function ms({ format }: OwnVisit, value: unknown): string {
  return typeof value === "number" ? format.duration(value) : "";
}

function Cost({ visit: { format, say }, charge }: { visit: OwnVisit; charge: Charge }) {
  return charge.state === "settled" ? (
    <>{format.amount(charge.amountNanos)}</>
  ) : (
    <span class="muted">{say(REQUESTS[charge.state])}</span>
  );
}

const ENDING_KINDS = { complete: "ok", failed: "bad", abandoned: "warn", swept: "warn" } as const;

function Ending({ visit: { say }, charge: { ending } }: { visit: OwnVisit; charge: Charge }) {
  return ending === null ? (
    <span class="state off">{say(REQUESTS.open)}</span>
  ) : (
    <span class={`state ${ENDING_KINDS[ending]}`}>{say(REQUESTS[ending])}</span>
  );
}

async function show(visit: OwnVisit): Promise<Content> {
  const { services, person, say, context } = visit;
  const chargeId = context.req.param("id") ?? "";
  const [receipt, names] = await Promise.all([
    readReceipt(services, { accountId: person.accountId, chargeId }),
    keyNames(services, person.accountId),
  ]);
  const id = textIn(receipt.request, "task");
  const task = id === undefined ? undefined : await findTask(services, { accountId: person.accountId, id });
  return {
    title: say(REQUESTS.receipt, { id: receipt.id }),
    above: [
      { path: "/app", title: { en: "Overview", zh: "概览" } },
      { path: "/app/requests", title: REQUESTS.title },
    ],
    body: (
      <>
        {receipt.state === "void" ? <Notice kind="info">{say(REQUESTS.notCharged)}</Notice> : null}
        {receipt.state === "held" ? <Notice kind="info">{say(REQUESTS.notYet)}</Notice> : null}
        <RequestFacts visit={visit} receipt={receipt} keyName={names.get(receipt.keyId ?? "")} taskId={task?.row.id} />
        {receipt.state === "settled" ? <Lines visit={visit} receipt={receipt} /> : null}
        <h2>{say(REQUESTS.attempts)}</h2>
        <Attempts visit={visit} receipt={receipt} />
      </>
    ),
  };
}

interface ReceiptOf {
  readonly visit: OwnVisit;
  readonly receipt: Receipt;
}

interface FactsOf extends ReceiptOf {
  readonly keyName: string | undefined;
  /** Of the task that the request has made, while it is known. */
  readonly taskId: string | undefined;
}

function RequestFacts({ visit, receipt, keyName, taskId }: FactsOf) {
  const { say, format, language } = visit;
  const { request } = receipt;
  const fault = textIn(request, "fault");
  const known = fault !== undefined && Object.hasOwn(FAULTS, fault) ? FAULTS[fault as keyof typeof FAULTS] : undefined;
  return (
    <Facts
      visit={visit}
      facts={[
        [REQUESTS.ending, <Ending visit={visit} charge={receipt} />],
        ...(known === undefined ? [] : [[REQUESTS.fault, known.text[language]] as const]),
        [REQUESTS.asked, askedText(receipt)],
        [REQUESTS.key, keyName ?? say(REQUESTS.deletedKey)],
        [REQUESTS.endpoint, <code>{textIn(request, "endpoint") ?? ""}</code>],
        ...(taskId === undefined ? [] : [[REQUESTS.task, <a href={`/app/tasks/${taskId}`}>{taskId}</a>] as const]),
        [REQUESTS.stream, say(request["stream"] === true ? REQUESTS.yes : REQUESTS.no)],
        [REQUESTS.startedAt, format.time(receipt.createdAt)],
        [REQUESTS.duration, ms(visit, request["duration_ms"])],
        ...(request["ttft_ms"] === undefined ? [] : [[REQUESTS.ttft, ms(visit, request["ttft_ms"])] as const]),
        ...(request["client_request_id"] === undefined
          ? []
          : [[REQUESTS.clientId, <code>{textIn(request, "client_request_id") ?? ""}</code>] as const]),
      ]}
    />
  );
}

function Lines({ visit, receipt }: ReceiptOf) {
  const { say, format } = visit;
  const { ratioPpm, writtenOffNanos } = receipt;
  return (
    <>
      <h2>{say(REQUESTS.lines)}</h2>
      {receipt.estimated ? <p class="muted">{say(REQUESTS.estimated)}</p> : null}
      <Table
        visit={visit}
        caption={REQUESTS.lines}
        rows={receipt.lines}
        empty={REQUESTS.none}
        columns={[
          { title: REQUESTS.unit, isHead: true, cell: ({ unit }) => say(UNIT_TEXTS[unit]) },
          { title: REQUESTS.count, isNumber: true, cell: ({ count }) => format.number(count) },
          {
            title: REQUESTS.price,
            isNumber: true,
            cell: ({ unitNanos, per }) =>
              say(REQUESTS.per, { amount: format.amount(unitNanos), per: format.number(per) }),
          },
          { title: REQUESTS.amount, isNumber: true, cell: ({ nanos }) => format.exact(nanos) },
        ]}
      />
      <Facts
        visit={visit}
        facts={[
          ...(ratioPpm === null || ratioPpm === RATIO_ONE
            ? []
            : [[REQUESTS.ratio, `× ${formatDecimal(BigInt(ratioPpm), RATIO_DECIMALS)}`] as const]),
          [REQUESTS.sum, format.amount(receipt.sumNanos)],
          ...(writtenOffNanos === 0 ? [] : [[REQUESTS.writtenOff, format.amount(-writtenOffNanos)] as const]),
          [REQUESTS.charged, <strong>{format.amount(receipt.amountNanos)}</strong>],
          [REQUESTS.funding, say(receipt.funding === "allowance" ? REQUESTS.allowance : REQUESTS.balance)],
        ]}
      />
    </>
  );
}

function Attempts({ visit, receipt: { attempts } }: ReceiptOf) {
  const { say, format } = visit;
  return (
    <Table
      visit={visit}
      caption={REQUESTS.attempts}
      rows={attempts.map((attempt, at) => ({ ...attempt, number: at + 1 }))}
      empty={REQUESTS.noAttempts}
      columns={[
        { title: REQUESTS.attempt, isHead: true, cell: ({ number }) => format.number(number) },
        {
          title: REQUESTS.outcome,
          cell: ({ outcome }) => (
            <span class={`state ${outcome === "answered" ? "ok" : "bad"}`}>
              {say(outcome === "answered" ? REQUESTS.answered : REQUESTS.failed)}
            </span>
          ),
        },
        {
          title: REQUESTS.duration,
          isNumber: true,
          cell: (attempt) => (attempt.ms === null ? "" : format.duration(attempt.ms)),
        },
      ]}
    />
  );
}

export const REQUEST_PAGES: readonly Page[] = [
  { path: "/app/requests", access: "people", get: list },
  { path: "/app/requests/:id", access: "people", get: show },
];
