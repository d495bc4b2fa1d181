/** Takes from a request what its upstream may not get, by the table of fields (`request-fields.ts`). */
import type { JsonDraft, JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import type { Target } from "../types.ts";
import { asksForFee, feeOfTool, livesLong } from "./field-policy.ts";
import { CACHE_MARK, MAX_PRICE, PROVIDER, type FieldShape } from "./field-shapes.ts";
import { CLIENT_TOOLS, type FieldRule, type FieldTable } from "./request-fields.ts";

/** The life of a prompt cache, as warnings and an upstream's list of fields name it. */
const CACHE_LIFE = "cache_control.ttl";

/** A longer name is cut: upstreams refuse it. */
const MAX_SCOPED_LENGTH = 64;

type Treatment = "sent" | "replaced" | "kept here" | "dropped";

/**
 * Edits a request's draft.
 * @param fees what the request asks for
 * @returns the names of what was dropped
 */
export function applyPolicy(draft: JsonDraft, table: FieldTable, target: Target, fees: ReadonlySet<Fee>): string[] {
  const dropped = unusedPreferences(draft.value["provider"]);
  for (const [name, value] of Object.entries(draft.value)) {
    const rule = table.get(name)?.rule;
    const treatment = treatmentOf(rule, { name, value }, target);
    if (treatment === "dropped") dropped.push(name);
    if (treatment !== "sent") draft.set(name, treatment === "replaced" ? ownName(rule, value, target) : undefined);
  }
  if (dropsCacheLife(target, fees) && shortenCaches(draft, shapesIn(table)) > 0) dropped.push(CACHE_LIFE);
  if (fees.has("searches") || fees.has("calls")) dropped.push(...dropTools(draft, target));
  return dropped;
}

/** Whether {@link applyPolicy} edits marks of prompt caches, which may lie deep in the body. */
export function dropsCacheLife(target: Target, fees: ReadonlySet<Fee>): boolean {
  return fees.has("cacheWrite1h") && !target.fees.has("cacheWrite1h") && !isListed(CACHE_LIFE, target);
}

interface NamedValue {
  readonly name: string;
  readonly value: unknown;
}

function treatmentOf(rule: FieldRule | undefined, { name, value }: NamedValue, target: Target): Treatment {
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
function isListed(name: string, { fields }: Target): boolean {
  return fields !== "open" && fields.has(name);
}

/** The name that stands for the client's; undefined where there is no account to name. */
function ownName(rule: FieldRule | undefined, value: unknown, { account }: Target): string | undefined {
  if (account === undefined || rule === "account") return account;
  return typeof value === "string" ? `${account}-${value}`.slice(0, MAX_SCOPED_LENGTH) : undefined;
}

/** The members of `provider` that mean nothing here. */
function unusedPreferences(provider: unknown): string[] {
  if (!isObject(provider)) return [];
  const unused = (place: string, value: unknown, known: FieldShape) =>
    isObject(value) ? Object.keys(value).flatMap((name) => (known.has(name) ? [] : [`${place}.${name}`])) : [];
  return [...unused("provider", provider, PROVIDER), ...unused("provider.max_price", provider["max_price"], MAX_PRICE)];
}

function shapesIn(table: FieldTable): FieldShape {
  return new Map([...table].map(([name, { inside }]) => [name, inside ?? null]));
}

/** Makes every prompt cache one of minutes. @returns the number of edits */
function shortenCaches(place: JsonPlace, shape: FieldShape): number {
  let edits = 0;
  if (shape === CACHE_MARK && livesLong(place.value)) {
    place.set("ttl", undefined);
    edits++;
  }
  for (const [name, inside] of shape) {
    if (inside === null) continue;
    const own = place.object(name);
    for (const inner of own === undefined ? place.objects(name) : [own]) edits += shortenCaches(inner, inside);
  }
  return edits;
}

/** Removes the tools that the upstream runs for a fee without a price, and what cannot stand without them. */
function dropTools(draft: JsonDraft, target: Target): string[] {
  const dropped = new Set<string>();
  draft.filter("tools", (tool) => {
    const fee = isObject(tool) ? feeOfTool(tool) : undefined;
    if (fee === undefined || target.fees.has(fee)) return true;
    const name = `tools.${toolName(tool as JsonObject)}`;
    if (isListed(name, target)) return true;
    dropped.add(name);
    return false;
  });
  if (dropped.size === 0) return [];
  const left = objectsOf(draft.value["tools"]);
  const { tool_choice: choice } = draft.value;
  if (left.length === 0) for (const name of ["tools", "tool_choice", "parallel_tool_calls"]) draft.set(name, undefined);
  else if (isObject(choice) && !CLIENT_TOOLS.has(choice["type"]) && dropped.has(`tools.${toolName(choice)}`)) {
    draft.set("tool_choice", undefined);
  }
  return [...dropped];
}

function toolName({ type }: JsonObject): string {
  return typeof type === "string" ? type : "untyped";
}
