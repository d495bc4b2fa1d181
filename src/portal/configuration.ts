/**
 * The whole configuration as JSON: what the operator set, without any secret. An import makes what is missing and changes
 * what differs; it deletes nothing.
 */
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import { UNIT_NAMES, UNITS } from "../core/units.ts";
import { noteInAudit } from "./auth/users.ts";
import { allRows, callApi, checkCall, text, type Refusal } from "./operator-api.ts";
import { isAuto } from "../routing/plan.ts";
import { siteSettingsIn, type SiteSettings } from "./site.ts";
import { TROUBLES } from "./text/admin-troubles-text.ts";
import type { OwnVisit } from "./visit.ts";

interface ConfiguredKind {
  /** Below `/admin/api`, and the name in the JSON. */
  readonly api: string;
  /** What a new row is made with. */
  readonly create: readonly string[];
  /** What can be changed of a row. */
  readonly change: readonly string[];
}

/** What an operator pays on a route is told with decimals that it is not written with. */
const COST = ["unit", "when", "cost_nanos"];

const MODEL = [
  "capabilities",
  "context_length",
  "max_output",
  "usual_output",
  "image_tokens",
  "audio_tokens",
  "file_tokens",
  "max_tokens_per_second",
  "auto_weight",
  "tier",
  "owned_by",
  "first_event_ms",
  "first_output_ms",
  "idle_ms",
  "answer_ms",
  "total_ms",
];
const CAPACITY = ["requests_per_minute", "tokens_per_minute", "concurrent_requests"];
const ROUTE = [
  "upstream_model",
  "wire",
  "weight",
  "priority",
  "refuses_stream_options",
  "output_cap_field",
  "costs",
  "max_inputs",
  ...CAPACITY,
];
const UPSTREAM = ["name", "base_url", "groups", "fields", "abandon", "label"];
const PLAN = ["name", "tier", "allowance_nanos", "allowance_requests", "price_nanos", "period_days"];
const GROUP = ["name", "ratio_ppm", "offered"];

/** In this order: a row refers to rows of kinds before its own. */
export const KINDS: readonly ConfiguredKind[] = [
  { api: "groups", create: ["id", ...GROUP], change: [...GROUP, "disabled"] },
  { api: "plans", create: ["id", ...PLAN], change: [...PLAN, "disabled"] },
  { api: "upstreams", create: ["id", "kind", ...UPSTREAM], change: [...UPSTREAM, "disabled"] },
  { api: "models", create: ["id", "operation", ...MODEL], change: [...MODEL, "disabled"] },
  { api: "routes", create: ["id", "model_id", "upstream_id", ...ROUTE], change: [...ROUTE, "disabled"] },
  { api: "aliases", create: ["id", "target"], change: ["target", "disabled"] },
];

const PRICE = UNIT_NAMES.flatMap((unit) => [`${UNITS[unit].price}_nanos`, `cost_${UNITS[unit].price}_nanos`]);

const FORM = "token-gateway-configuration";
const VERSION = 1;
/** D1 allows 1,000 queries in a request. */
const MOST_CHANGES = 150;

export async function exportConfiguration(visit: OwnVisit): Promise<JsonObject> {
  const kinds: [string, JsonObject[]][] = [];
  for (const { api, create, change } of KINDS) {
    const fields = [...new Set([...create, ...change])];
    kinds.push([api, (await allRows(visit, api)).map((row) => picked(row, fields))]);
  }
  const [prices, site] = await Promise.all([currentPrices(visit), visit.sites.stored()]);
  return { form: FORM, version: VERSION, site, ...Object.fromEntries(kinds), prices };
}

async function currentPrices(visit: OwnVisit): Promise<JsonObject[]> {
  const nowMs = visit.services.now();
  const rows = await allRows(visit, "prices");
  // The latest of a model comes first.
  const current = Map.groupBy(
    rows.filter((row) => Date.parse(text(row, "effective_at")) <= nowMs),
    (row) => text(row, "model_id"),
  );
  return [...current.values()].flatMap(([row]) => (row === undefined ? [] : [priceOf(row)]));
}

/** Rates without conditions are fields of their own. */
function priceOf(row: JsonObject): JsonObject {
  const rates = objectsOf(row["rates"])
    .filter((rate) => isObject(rate["when"]) && Object.keys(rate["when"]).length > 0)
    .map((rate) => withoutNulls(picked(rate, ["unit", "when", "price_nanos", "cost_nanos"])));
  return { ...withoutNulls(picked(row, ["model_id", ...PRICE])), ...(rates.length === 0 ? {} : { rates }) };
}

/** The fields of a row that are there; null = a setting that is removed. */
function picked(row: JsonObject, fields: readonly string[]): JsonObject {
  const known = fields.filter((field) => row[field] !== undefined);
  const valueOf = (field: string) =>
    field === "costs" && Array.isArray(row[field])
      ? objectsOf(row[field]).map((cost) => picked(cost, COST))
      : row[field];
  return Object.fromEntries(known.map((field) => [field, valueOf(field)]));
}

/** A new row has nothing that a null could remove. */
function withoutNulls(row: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

export interface Imported {
  readonly made: number;
  readonly changed: number;
  /** What was refused first. If nothing is made or changed, it was found before the first write; else the rest is not imported. */
  readonly refusal?: Refusal;
  /** More differs than one request may change: the same import goes on where this one ended. */
  readonly isPartial: boolean;
}

/** undefined = the text is no exported configuration. */
export function parseConfiguration(written: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(written);
    return isObject(value) && value["form"] === FORM && value["version"] === VERSION ? value : undefined;
  } catch {
    return undefined;
  }
}

/** A call of the API that an import needs. */
interface Step {
  readonly method: "POST" | "PATCH";
  readonly path: string;
  readonly body: JsonObject;
  /** For people: the kind and the id of the row. */
  readonly row: string;
  readonly counts: "made" | "changed" | undefined;
}

/** All rows are checked before the first is written. */
export async function importConfiguration(visit: OwnVisit, wanted: JsonObject): Promise<Imported> {
  const count = { made: 0, changed: 0 };
  const stored = await visit.sites.stored();
  // An export of an earlier version has none. What it does not say stays, as with other rows.
  const site = siteSettingsIn(merged(stored, wanted["site"] ?? {}));
  const { steps, ids } = await stepsFor(visit, wanted);
  const refusal =
    site === undefined
      ? unread(visit, "site")
      : (repeatedIn(visit, wanted) ?? missingIn(visit, wanted, ids) ?? (await check(visit, steps)));
  if (refusal !== undefined) return { ...count, isPartial: false, refusal };
  if (site !== undefined) count.changed += await importSite(visit, site, stored);
  for (const { method, path, body, row, counts } of steps) {
    if (counts !== undefined && count.made + count.changed >= MOST_CHANGES) return { ...count, isPartial: true };
    const answer = await callApi(visit, method, path, body);
    if (!answer.ok) return { ...count, isPartial: false, refusal: refusedRow(row, answer) };
    if (counts !== undefined) count[counts]++;
  }
  return { ...count, isPartial: false };
}

function merged(stored: SiteSettings, wanted: unknown): unknown {
  return isObject(wanted) ? { ...stored, ...wanted } : wanted;
}

/** @returns whether anything was changed, as a count */
async function importSite(visit: OwnVisit, settings: SiteSettings, stored: SiteSettings): Promise<0 | 1> {
  if (isSame(settings, stored)) return 0;
  await visit.sites.change(settings);
  await noteInAudit(visit, "portal: settings", "site", settings);
  return 1;
}

async function check(visit: OwnVisit, steps: readonly Step[]): Promise<Refusal | undefined> {
  for (const { method, path, body, row } of steps) {
    const checked = await checkCall(visit, method, path, body);
    if (!checked.ok) return refusedRow(row, checked);
  }
  return undefined;
}

function unread({ say }: OwnVisit, row: string): Refusal {
  return { ok: false, status: 422, message: say(TROUBLES.importUnread, { row }), param: undefined };
}

function refusedRow(row: string, { message, ...refusal }: Refusal): Refusal {
  return { ...refusal, message: `${row}: ${message}` };
}

/** The ids of each kind that are there or will be. */
type Ids = ReadonlyMap<string, ReadonlySet<string>>;

/** Fields that name a row of another kind. */
const REFERENCES = [
  ["routes", "model_id", "models"],
  ["routes", "upstream_id", "upstreams"],
  ["prices", "model_id", "models"],
  ["aliases", "target", "models"],
] as const;

function missingIn({ say }: OwnVisit, wanted: JsonObject, ids: Ids): Refusal | undefined {
  for (const [kind, field, of] of REFERENCES) {
    for (const row of objectsOf(wanted[kind])) {
      const id = text(row, field);
      if (ids.get(of)?.has(id) === true || (kind === "aliases" && isAuto(id))) continue;
      const message = say(TROUBLES.importMissing, { row: `${kind} ${text(row, "id")}`.trim(), field, id });
      return { ok: false, status: 422, message, param: undefined };
    }
  }
  return undefined;
}

/** Of a row that was copied and not renamed, one half would be lost. */
function repeatedIn({ say }: OwnVisit, wanted: JsonObject): Refusal | undefined {
  for (const kind of [...KINDS.map(({ api }) => api), "prices"]) {
    const known = new Set<string>();
    for (const id of objectsOf(wanted[kind]).map((row) => text(row, kind === "prices" ? "model_id" : "id"))) {
      const message = say(TROUBLES.importTwice, { row: `${kind} ${id}` });
      if (known.has(id)) return { ok: false, status: 422, message, param: undefined };
      known.add(id);
    }
  }
  return undefined;
}

async function stepsFor(
  visit: OwnVisit,
  wanted: JsonObject,
): Promise<{ readonly steps: readonly Step[]; readonly ids: Ids }> {
  const steps: Step[] = [];
  const ids = new Map<string, ReadonlySet<string>>();
  for (const kind of KINDS) {
    const known = new Map((await allRows(visit, kind.api)).map((row) => [text(row, "id"), row]));
    const rows = objectsOf(wanted[kind.api]);
    ids.set(kind.api, new Set([...known.keys(), ...rows.map((row) => text(row, "id"))]));
    for (const row of rows) steps.push(...stepsOf(kind, row, known.get(text(row, "id"))));
  }
  const prices = new Map((await currentPrices(visit)).map((row) => [text(row, "model_id"), row]));
  for (const price of objectsOf(wanted["prices"]).map(priceOf)) {
    const model = text(price, "model_id");
    if (isSame(price, prices.get(model))) continue;
    steps.push({ method: "POST", path: "prices", body: price, row: `prices ${model}`, counts: "made" });
  }
  return { steps, ids };
}

/** A row that is disabled is made first, and then disabled. */
function stepsOf(kind: ConfiguredKind, row: JsonObject, present: JsonObject | undefined): readonly Step[] {
  const id = text(row, "id");
  const change = {
    method: "PATCH",
    path: `${kind.api}/${id.split("/").map(encodeURIComponent).join("/")}`,
    body: picked(row, kind.change),
    row: `${kind.api} ${id}`,
  } as const;
  if (present !== undefined) {
    return isSame(change.body, picked(present, kind.change)) ? [] : [{ ...change, counts: "changed" }];
  }
  const body = withoutNulls(picked(row, kind.create));
  const make = { ...change, method: "POST", path: kind.api, body, counts: "made" } as const;
  return row["disabled"] === true ? [make, { ...change, counts: undefined }] : [make];
}

/** The order of fields does not matter. */
function isSame(one: JsonObject, other: JsonObject | undefined): boolean {
  const sorted = (row: JsonObject) => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return other !== undefined && sorted(one) === sorted(other);
}
