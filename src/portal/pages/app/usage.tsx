/** `/app/usage`: what was used, by day, model or key, as chart, table and file. */
import { keyNames } from "../../../accounts/keys.ts";
import { reportUsage, type UsageSum } from "../../../accounts/usage-report.ts";
import { dayOf, daysBefore, monthOf } from "../../../billing/calendar.ts";
import { Fault } from "../../../core/fault.ts";
import { formatNanos } from "../../../core/money.ts";
import { COUNTED_UNITS, UNITS } from "../../../core/units.ts";
import { csvFile, csvLine } from "../../csv.ts";
import type { Content, Page } from "../../page.ts";
import { BarChart } from "../../parts/chart.tsx";
import { Filters } from "../../parts/filters.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Table } from "../../parts/table.tsx";
import { USAGE } from "../../text/usage-text.ts";
import type { OwnVisit } from "../../visit.ts";

const MOST_ROWS = 366;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const RANGES = ["today", "week", "days30", "month", "custom"] as const;
const GROUPS = ["day", "model", "key"] as const;

interface Asked {
  readonly from: string;
  readonly to: string;
  readonly by: (typeof GROUPS)[number];
}

function asked({ context, services }: OwnVisit): Asked {
  const query = context.req.query();
  const today = dayOf(services.now(), services.timeZone);
  const range = RANGES.find((one) => one === query["range"]) ?? "days30";
  const by = GROUPS.find((one) => one === query["by"]) ?? "day";
  const given = (name: string, otherwise: string) => {
    const day = query[name] ?? "";
    return DAY.test(day) && !Number.isNaN(Date.parse(day)) ? day : otherwise;
  };
  switch (range) {
    case "today":
      return { from: today, to: today, by };
    case "week":
      return { from: daysBefore(today, 6), to: today, by };
    case "days30":
      return { from: daysBefore(today, 29), to: today, by };
    case "month":
      return { from: `${monthOf(today)}-01`, to: today, by };
    case "custom":
      return { from: given("from", daysBefore(today, 29)), to: given("to", today), by };
  }
}

interface Sums {
  readonly rows: readonly UsageSum[];
  /** What stands for a group: the name of a key, the model, the day. */
  readonly nameOf: (group: string) => string;
}

async function read(visit: OwnVisit, { from, to, by }: Asked): Promise<Sums> {
  const { services, person, say } = visit;
  const { accountId } = person;
  const [{ page }, names] = await Promise.all([
    reportUsage(services, { accountId, by, from, to }, { limit: MOST_ROWS }),
    by === "key" ? keyNames(services, accountId) : undefined,
  ]);
  return { rows: page.rows, nameOf: (group) => (group === "" ? say(USAGE.notKnown) : (names?.get(group) ?? group)) };
}

function tokens({ counts }: UsageSum, side: "prompt" | "output"): number {
  return COUNTED_UNITS.filter((unit) => "side" in UNITS[unit] && UNITS[unit].side === side).reduce(
    (sum, unit) => sum + counts[unit],
    0,
  );
}

async function usage(visit: OwnVisit): Promise<Content> {
  const { say, format, services, context } = visit;
  const question = asked(visit);
  const sums = await read(visit, question).catch((error: unknown) => {
    if (error instanceof Fault && error.kind === "invalid_parameter") return undefined;
    throw error;
  });
  const query = new URLSearchParams(context.req.query()).toString();
  const rows = sums?.rows ?? [];
  const total = rows.reduce((sum, row) => sum + row.amountNanos, 0);
  const requests = rows.reduce((sum, row) => sum + row.requests, 0);
  return {
    title: USAGE.title,
    status: sums === undefined ? 422 : 200,
    body: (
      <>
        <Filters
          visit={visit}
          submit={USAGE.show}
          filters={[
            { name: "range", label: USAGE.range, choices: RANGES.map((value) => ({ value, label: USAGE[value] })) },
            { name: "from", label: USAGE.from, input: "date" },
            { name: "to", label: USAGE.to, input: "date" },
            { name: "by", label: USAGE.by, choices: GROUPS.map((value) => ({ value, label: USAGE[value] })) },
          ]}
        />
        {sums === undefined ? <Notice kind="bad">{say(USAGE.wrongDays)}</Notice> : null}
        {rows.length === 0 ? null : (
          <>
            <p>
              {say(USAGE.sum, { amount: format.amount(total), n: format.number(requests) })}{" "}
              <a href={`/app/usage.csv?${query}`}>{say(USAGE.csv)}</a>
            </p>
            {question.by === "day" ? (
              <BarChart visit={visit} title={USAGE.cost} head={USAGE.day} bars={daysOf(question, rows)} />
            ) : null}
          </>
        )}
        <Table
          visit={visit}
          caption={USAGE.title}
          rows={rows}
          empty={USAGE.none}
          columns={[
            { title: USAGE[question.by], isHead: true, cell: ({ group }) => sums?.nameOf(group) ?? group },
            { title: USAGE.requests, isNumber: true, cell: (row) => format.number(row.requests) },
            { title: USAGE.input, isNumber: true, cell: (row) => format.number(tokens(row, "prompt")) },
            { title: USAGE.output, isNumber: true, cell: (row) => format.number(tokens(row, "output")) },
            { title: USAGE.cost, isNumber: true, cell: (row) => format.amount(row.amountNanos) },
          ]}
        />
        <p class="muted">{say(USAGE.zone, { zone: services.timeZone })}</p>
      </>
    ),
  };
}

/** Days without requests have a bar too, of nought. */
function daysOf({ from, to }: Asked, rows: readonly UsageSum[]) {
  const amounts = new Map(rows.map((row) => [row.group, row.amountNanos]));
  const bars: { label: string; value: number }[] = [];
  for (let day = to; day >= from; day = daysBefore(day, 1)) bars.unshift({ label: day, value: amounts.get(day) ?? 0 });
  return bars;
}

async function file(visit: OwnVisit): Promise<Response> {
  const question = asked(visit);
  const { rows, nameOf } = await read(visit, question);
  const columns = COUNTED_UNITS.map((unit) => UNITS[unit].column);
  return csvFile(visit, `usage-${question.from}-${question.to}`, [
    csvLine([question.by, "requests", "cost", ...columns]),
    ...rows.map((row) =>
      csvLine([
        nameOf(row.group),
        row.requests,
        formatNanos(row.amountNanos),
        ...COUNTED_UNITS.map((unit) => row.counts[unit]),
      ]),
    ),
  ]);
}

export const USAGE_PAGES: readonly Page[] = [
  { path: "/app/usage", access: "people", get: usage },
  { path: "/app/usage.csv", access: "people", get: file },
];
