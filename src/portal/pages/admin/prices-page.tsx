/** `/admin/prices`: what models cost, as people quote it, with what the operator pays beside it. */
import { UNIT_NAMES, UNITS, type Unit } from "../../../core/units.ts";
import type { JsonObject } from "../../../core/json.ts";
import { objectsOf } from "../../../core/json.ts";
import { formatNanos } from "../../../core/money.ts";
import { EMPTY, readForm, type Field, type Fields, type FormState, type Ruled } from "../../form.ts";
import { callApi, listApi, numberIn, text, timeIn } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Form } from "../../parts/fields.tsx";
import { Table } from "../../parts/table.tsx";
import { redirectTo } from "../../respond.tsx";
import { decimalNanos } from "../../rules.ts";
import { ADMIN } from "../../text/admin-text.ts";
import { RULES } from "../../text/rules-text.ts";
import { UNIT_TEXTS } from "../../text/units-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { choice, choicesOf, day } from "./admin-fields.ts";
import { ADMIN_CRUMB, bodyOf, Refused, refused, statusOf } from "./resource-pages.tsx";

/** The units that most models have; the others stand behind one line. */
const USUAL = new Set<Unit>(["input", "cachedRead", "output"]);

async function list(visit: OwnVisit): Promise<Content> {
  const { say, format, services, context } = visit;
  const { rows, next } = await listApi(visit, "prices", { cursor: context.req.query("cursor") });
  const nowMs = services.now();
  const current = new Set<string>();
  const shown = rows.map((row) => {
    const [model, at] = [text(row, "model_id"), timeIn(row, "effective_at") ?? 0];
    const isCurrent = at <= nowMs && !current.has(model);
    if (isCurrent) current.add(model);
    return { row, state: at > nowMs ? ("later" as const) : isCurrent ? ("now" as const) : ("past" as const) };
  });
  const quoted = (row: JsonObject, unit: Unit, prefix = "") => {
    const nanos = numberIn(row, `${prefix}${UNITS[unit].price}_nanos`);
    return nanos === undefined ? "" : format.amount(nanos * factorOf(unit));
  };
  return {
    title: ADMIN.prices,
    body: (
      <>
        <p>{say(ADMIN.pricesIntro)}</p>
        <p>
          <a class="button" href="/admin/prices/new">
            {say(ADMIN.newPrice)}
          </a>
        </p>
        <Table
          visit={visit}
          caption={ADMIN.prices}
          rows={shown}
          next={next}
          empty={ADMIN.none}
          columns={[
            {
              title: ADMIN.model,
              isHead: true,
              cell: ({ row }) => <a href={`/admin/models/${text(row, "model_id")}`}>{text(row, "model_id")}</a>,
            },
            { title: ADMIN.from, cell: ({ row }) => format.time(timeIn(row, "effective_at") ?? 0) },
            {
              title: ADMIN.state,
              cell: ({ state }) => <span class={`state ${state === "now" ? "ok" : "off"}`}>{say(ADMIN[state])}</span>,
            },
            ...[...USUAL].map((unit) => ({
              title: UNIT_TEXTS[unit],
              isNumber: true,
              cell: ({ row }: (typeof shown)[number]) => quoted(row, unit),
            })),
            {
              title: ADMIN.cost,
              isNumber: true,
              cell: ({ row }) =>
                [quoted(row, "input", "cost_"), quoted(row, "output", "cost_")].filter((one) => one !== "").join(" / "),
            },
          ]}
        />
      </>
    ),
  };
}

/** People quote a price for so many times what the API's price is for. */
function factorOf(unit: Unit): number {
  return UNITS[unit].quotedPer / UNITS[unit].per;
}

function priceField(unit: Unit, isCost: boolean): Field<number | undefined> {
  const factor = factorOf(unit);
  const isRequired = !isCost && (unit === "input" || unit === "output");
  return {
    label: isCost ? labelOfCost(unit) : UNIT_TEXTS[unit],
    input: "decimal",
    maxLength: 25,
    required: isRequired,
    isExtra: isCost || !USUAL.has(unit),
    rule: (written): Ruled<number | undefined> => {
      if (written === "") return isRequired ? { problem: RULES.missing } : { value: undefined };
      const nanos = decimalNanos(written);
      const isExact = nanos !== undefined && nanos >= 0 && nanos % factor === 0;
      return isExact ? { value: nanos / factor } : { problem: RULES.amount };
    },
  };
}

function labelOfCost(unit: Unit) {
  const { en, zh } = UNIT_TEXTS[unit];
  return { en: ADMIN.costOf.en.replace("{unit}", en), zh: ADMIN.costOf.zh.replace("{unit}", zh) };
}

async function fieldsFor(visit: OwnVisit): Promise<Fields> {
  const choices = await choicesOf(visit, "models");
  const amounts = (isCost: boolean) =>
    UNIT_NAMES.map((unit) => [`${isCost ? "cost_" : ""}${UNITS[unit].price}_nanos`, priceField(unit, isCost)] as const);
  return {
    model_id: choice({ label: ADMIN.model, choices }),
    ...Object.fromEntries(amounts(false)),
    ...Object.fromEntries(amounts(true)),
    effective_at: { ...day({ label: ADMIN.from, hint: ADMIN.fromHint, isExtra: true }), rule: startOfDay },
  };
}

function startOfDay(written: string): Ruled<string | undefined> {
  if (written === "") return { value: undefined };
  const ok = /^\d{4}-\d{2}-\d{2}$/.test(written) && !Number.isNaN(Date.parse(written));
  return ok ? { value: `${written}T00:00:00.000Z` } : { problem: RULES.date };
}

interface Shown {
  readonly state?: FormState;
  readonly refusal?: Parameters<typeof Refused>[0]["refusal"];
}

async function form(visit: OwnVisit, shown: Shown): Promise<Content> {
  return {
    title: ADMIN.newPrice,
    above: [ADMIN_CRUMB, { path: "/admin/prices", title: ADMIN.prices }],
    status: statusOf(shown),
    body: (
      <div class="narrow">
        <p>{visit.say(ADMIN.pricesIntro)}</p>
        <Refused refusal={shown.refusal} />
        <Form
          visit={visit}
          fields={await fieldsFor(visit)}
          state={shown.state ?? EMPTY}
          submit={visit.say(ADMIN.save)}
        />
      </div>
    ),
  };
}

/** The form with the price of now, which the new one replaces. */
async function begin(visit: OwnVisit): Promise<Content> {
  const modelId = visit.context.req.query("model_id");
  if (modelId === undefined) return form(visit, {});
  const { rows } = await listApi(visit, "prices", { model_id: modelId, limit: "1" });
  const [row] = objectsOf(rows);
  const sent = UNIT_NAMES.flatMap((unit) =>
    ["", "cost_"].flatMap((prefix) => {
      const name = `${prefix}${UNITS[unit].price}_nanos`;
      const nanos = row === undefined ? undefined : numberIn(row, name);
      return nanos === undefined ? [] : [[name, formatNanos(nanos * factorOf(unit))] as const];
    }),
  );
  return form(visit, { state: { ...EMPTY, sent: { model_id: modelId, ...Object.fromEntries(sent) } } });
}

async function save(visit: OwnVisit, data: FormData): Promise<Content | Response> {
  const fields = await fieldsFor(visit);
  const read = readForm(fields, data);
  if (!read.ok) return form(visit, { state: read });
  const answer = await callApi(visit, "POST", "prices", bodyOf(read.values, { hasNulls: false }));
  return answer.ok ? redirectTo(visit, "/admin/prices", "saved") : form(visit, refused(fields, read.sent, answer));
}

export const PRICE_PAGES: readonly Page[] = [
  { path: "/admin/prices", access: "operators", get: list },
  { path: "/admin/prices/new", access: "operators", get: begin, post: save },
];
