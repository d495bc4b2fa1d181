/** Takes from a request what its upstream may not get, by the table of its wire's fields. */
import type { JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { unusedPreferences } from "../provider.ts";
import type { Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { asksForFee } from "./field-policy.ts";
import { CACHE_MARK, type FieldRule, type FieldShape, type FieldTable } from "./field-table.ts";

/** The life of a prompt cache, as warnings and an upstream's list of fields name it. */
const CACHE_LIFE = "cache_control.ttl";

/** Who gets the fields. */
export type Receiver = Pick<Target, "fields" | "fees" | "account">;

/** A longer name is cut: upstreams refuse it. */
const MAX_SCOPED_LENGTH = 64;

type Treatment = "sent" | "replaced" | "kept here" | "dropped";

/**
 * Edits a request, or an object that stands in one.
 * @param fees what the request asks for
 * @returns the names of what was dropped
 */
export function applyPolicy(draft: JsonPlace, table: FieldTable, target: Receiver, fees: ReadonlySet<Fee>): string[] {
  const dropped = unusedPreferences(draft.value["provider"]);
  for (const [name, value] of Object.entries(draft.value)) {
    const rule = table.get(name)?.rule;
    const treatment = treatmentOf(rule, { name, value }, target);
    if (treatment === "dropped") dropped.push(name);
    if (treatment !== "sent") draft.set(name, treatment === "replaced" ? ownName(rule, value, target) : undefined);
  }
  if (dropsCacheLife(target, fees) && shortenCaches(draft, shapesIn(table)) > 0) dropped.push(CACHE_LIFE);
  if (fees.has("searches") || fees.has("calls")) dropped.push(...dropTools(draft, table, target));
  refuseUnpriced(draft.value, dropped);
  return dropped;
}

/** Fields that ask the upstream to work with tools of its own. */
const HOSTED: ReadonlySet<string> = new Set(["web_search_options", "mcp_servers"]);

/**
 * What the upstream would do for a fee may be left out where the client has tools of its own. A request for nothing else would
 * be answered as if it had not asked.
 * @param dropped the names of what was left out, for lack of a price too
 */
export function refuseUnpriced({ tools }: JsonObject, dropped: readonly string[]): void {
  const name = dropped.find((one) => HOSTED.has(one) || one.startsWith("tools."));
  if (name === undefined || objectsOf(tools).length > 0) return;
  throw unsupported(name, "this model has no price for it, so it is not offered", "该模型未设置相应价格,因此不提供");
}

/** A copy of a body as deep as {@link applyPolicy} edits it, because other attempts send the same payload. */
export function copyToEdit(body: JsonObject, target: Receiver, fees: ReadonlySet<Fee>): JsonObject {
  // Marks of prompt caches may lie deep in the body.
  return dropsCacheLife(target, fees) ? structuredClone(body) : { ...body };
}

function dropsCacheLife(target: Receiver, fees: ReadonlySet<Fee>): boolean {
  return fees.has("cacheWrite1h") && !target.fees.has("cacheWrite1h") && !isListed(CACHE_LIFE, target);
}

interface NamedValue {
  readonly name: string;
  readonly value: unknown;
}

function treatmentOf(rule: FieldRule | undefined, { name, value }: NamedValue, target: Receiver): Treatment {
  const orDropped = (isSent: boolean) => (isSent || isListed(name, target) ? "sent" : "dropped");
  if (typeof rule === "object") return orDropped(!asksForFee(rule, value) || target.fees.has(rule.fee));
  switch (rule) {
    case "pass":
      return "sent";
    case "gateway":
      return "kept here";
    case "account":
    case "scoped":
      return value === null ? "sent" : "replaced";
    case "off":
      return orDropped(value === false || value === null);
    case "drop":
      return orDropped(false);
    case undefined:
      return orDropped(target.fields === "open");
  }
}

/** Whether the operator lists the field in the upstream's row. */
function isListed(name: string, { fields }: Receiver): boolean {
  return fields !== "open" && fields.has(name);
}

/** The name that stands for the client's; undefined where there is no account to name. */
function ownName(rule: FieldRule | undefined, value: unknown, { account }: Receiver): string | undefined {
  if (account === undefined || rule === "account") return account;
  return typeof value === "string" ? `${account}-${value}`.slice(0, MAX_SCOPED_LENGTH) : undefined;
}

function shapesIn(table: FieldTable): FieldShape {
  return new Map([...table].map(([name, { inside }]) => [name, inside ?? null]));
}

/** Makes every prompt cache one of minutes. @returns the number of edits */
function shortenCaches(place: JsonPlace, inside: FieldShape): number {
  let edits = 0;
  if (inside === CACHE_MARK && inside.fee?.(place.value) !== undefined) {
    place.set("ttl", undefined);
    edits++;
  }
  for (const [name, deeper] of inside) {
    if (deeper === null) continue;
    const own = place.object(name);
    for (const inner of own === undefined ? place.objects(name) : [own]) edits += shortenCaches(inner, deeper);
  }
  return edits;
}

/** Removes the tools that the upstream runs for a fee without a price, and what cannot stand without them. */
function dropTools(draft: JsonPlace, table: FieldTable, target: Receiver): string[] {
  const feeOf = table.get("tools")?.inside?.fee;
  const dropped = new Set<string>();
  const names = new Set<unknown>();
  draft.filter("tools", (tool) => {
    if (!isObject(tool)) return true;
    const fee = feeOf?.(tool);
    if (fee === undefined || target.fees.has(fee)) return true;
    const name = `tools.${toolName(tool)}`;
    if (isListed(name, target)) return true;
    dropped.add(name);
    names.add(tool["name"] ?? toolName(tool));
    return false;
  });
  const { tool_choice: choice } = draft.value;
  // A choice names a tool that the upstream runs by its type or, like any tool, by its name.
  if (isObject(choice) && (dropped.has(`tools.${toolName(choice)}`) || names.has(choice["name"]))) {
    draft.set("tool_choice", undefined);
  }
  return [...dropped];
}

function toolName({ type }: JsonObject): string {
  return typeof type === "string" ? type : "untyped";
}
