/**
 * The whole configuration as JSON: what the operator set, without any secret. An import makes what is missing and changes
 * what differs; it deletes nothing.
 */
import { isObject, objectsOf, type JsonObject } from "../core/json.ts";
import { UNIT_NAMES, UNITS } from "../core/units.ts";
import { noteInAudit } from "./auth/users.ts";
import { allRows, callApi, text, type Refusal } from "./operator-api.ts";
import { siteSettingsIn } from "./site.ts";
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

interface Refused {
  /** The row, such as `routes gpt-4o`. */
  readonly row: string;
  /** undefined = it cannot be read. */
  readonly message: string | undefined;
}

export interface Imported {
  readonly made: number;
  readonly changed: number;
  /** What was refused first; what comes after it is not imported. */
  readonly refused?: Refused;
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

export async function importConfiguration(visit: OwnVisit, wanted: JsonObject): Promise<Imported> {
  const count = { made: 0, changed: 0 };
  const refusedAt = (row: string, message?: string) => ({ ...count, refused: { row, message }, isPartial: false });
  if (!(await importSite(visit, wanted["site"], count))) return refusedAt("site");
  for (const kind of KINDS) {
    const known = new Map((await allRows(visit, kind.api)).map((row) => [text(row, "id"), row]));
    for (const row of objectsOf(wanted[kind.api])) {
      if (count.made + count.changed >= MOST_CHANGES) return { ...count, isPartial: true };
      const refusal = await importRow(visit, { kind, row, present: known.get(text(row, "id")), count });
      if (refusal !== undefined) return refusedAt(`${kind.api} ${text(row, "id")}`, refusal.message);
    }
  }
  const prices = new Map((await currentPrices(visit)).map((row) => [text(row, "model_id"), row]));
  for (const row of objectsOf(wanted["prices"])) {
    if (count.made + count.changed >= MOST_CHANGES) return { ...count, isPartial: true };
    const price = priceOf(row);
    if (isSame(price, prices.get(text(row, "model_id")))) continue;
    const answer = await callApi(visit, "POST", "prices", price);
    if (!answer.ok) return refusedAt(`prices ${text(row, "model_id")}`, answer.message);
    count.made++;
  }
  return { ...count, isPartial: false };
}

/** @returns whether the settings could be read; an export of an earlier version has none */
async function importSite(visit: OwnVisit, wanted: unknown, count: { changed: number }): Promise<boolean> {
  if (wanted === undefined) return true;
  const settings = siteSettingsIn(wanted);
  if (settings === undefined) return false;
  if (isSame(settings, await visit.sites.stored())) return true;
  await visit.sites.change(settings);
  await noteInAudit(visit, "portal: settings", "site", settings);
  count.changed++;
  return true;
}

interface RowImport {
  readonly kind: ConfiguredKind;
  readonly row: JsonObject;
  readonly present: JsonObject | undefined;
  readonly count: { made: number; changed: number };
}

async function importRow(visit: OwnVisit, { kind, row, present, count }: RowImport): Promise<Refusal | undefined> {
  if (present === undefined) {
    const made = await callApi(visit, "POST", kind.api, withoutNulls(picked(row, kind.create)));
    if (!made.ok) return made;
    count.made++;
    if (row["disabled"] !== true) return undefined;
  } else if (isSame(picked(row, kind.change), picked(present, kind.change))) return undefined;
  const path = `${kind.api}/${text(row, "id").split("/").map(encodeURIComponent).join("/")}`;
  const changed = await callApi(visit, "PATCH", path, picked(row, kind.change));
  if (!changed.ok) return changed;
  if (present !== undefined) count.changed++;
  return undefined;
}

/** The order of fields does not matter. */
function isSame(one: JsonObject, other: JsonObject | undefined): boolean {
  const sorted = (row: JsonObject) => JSON.stringify(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  return other !== undefined && sorted(one) === sorted(other);
}
