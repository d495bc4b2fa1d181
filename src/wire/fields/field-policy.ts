/** Reads a request by the table of its wire's fields: what it asks for beyond tokens, and what is refused. */
import { isObject, type JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";
import { invalid } from "../invalid.ts";
import type { FieldRule, FieldShape, FieldTable } from "./field-table.ts";

/**
 * Finds the fees that a request asks for.
 * @throws Fault `invalid_parameter` for a name that equals a known one but for case or form (NFKC): some servers would
 *   take it for that one. `unsupported_feature` for a promise about the client's data that the gateway cannot keep
 */
export function readFees(body: JsonObject, table: FieldTable): ReadonlySet<Fee> {
  const fees = new Set<Fee>();
  const unknown = new UnknownNames(table, "");
  for (const [name, value] of Object.entries(body)) {
    const field = table.get(name);
    if (field === undefined) {
      unknown.add(name);
      continue;
    }
    if (asksForFee(field.rule, value)) fees.add(field.rule.fee);
    if (field.inside !== undefined) readInside({ shape: field.inside, path: name, fees }, value);
  }
  return fees;
}

interface Place {
  readonly shape: FieldShape;
  /** As the client would write it: `messages[0].content[1]`. */
  readonly path: string;
  readonly fees: Set<Fee>;
}

function readInside(place: Place, value: unknown): void {
  if (isObject(value)) readObject(place, value);
  if (!Array.isArray(value)) return;
  for (let position = 0; position < value.length; position++) {
    const item: unknown = value[position];
    if (isObject(item)) readObject({ ...place, path: `${place.path}[${position}]` }, item);
  }
}

function readObject({ shape, path, fees }: Place, object: JsonObject): void {
  const unknown = new UnknownNames(shape, `${path}.`);
  for (const name of Object.keys(object)) {
    const inside = shape.get(name);
    if (inside === undefined) unknown.add(name);
    else if (inside !== null) readInside({ shape: inside, path: `${path}.${name}`, fees }, object[name]);
  }
  const fee = shape.fee?.(object);
  if (fee !== undefined) fees.add(fee);
  shape.check?.(object);
}

/** A longer name is cut in the error that names it. */
const MAX_SHOWN = 100;

/** Refuses names of one object that equal a known name, or each other, but for case or form. */
class UnknownNames {
  readonly #known: ReadonlyMap<string, unknown>;
  readonly #path: string;
  #seen: Set<string> | undefined;

  constructor(known: ReadonlyMap<string, unknown>, path: string) {
    this.#known = known;
    this.#path = path;
  }

  add(name: string): void {
    const plain = folded(name);
    const shown = plain.slice(0, MAX_SHOWN);
    this.#seen ??= new Set();
    if (this.#known.has(plain) || this.#seen.has(plain)) {
      throw invalid(
        (this.#path + name).slice(0, MAX_SHOWN),
        `differs from '${shown}' only in case or in the form of its letters; write '${shown}' once`,
        `与 '${shown}' 仅大小写或字符形式不同,请只写一次 '${shown}'`,
      );
    }
    this.#seen.add(plain);
  }
}

/** The name without its case, as readers without regard to case compare it. */
function folded(name: string): string {
  // Both ways, because some letters equal a letter of ASCII in one of them only.
  return name.normalize("NFKC").toUpperCase().toLowerCase();
}

/** A rule with a fee, and a value that asks for it. Null and `false` ask for nothing. */
export function asksForFee(rule: FieldRule, value: unknown): rule is Extract<FieldRule, { fee: Fee }> {
  if (typeof rule === "string" || value === null || value === false) return false;
  return !(typeof value === "string" && rule.free?.includes(value) === true);
}
