/**
 * What a wire says of its request fields: what happens to each on its way upstream, and which names inside them are
 * watched. Each wire has one table; `field-policy.ts` reads requests by it, `field-edits.ts` edits them.
 */
import type { JsonObject } from "../../core/json.ts";
import type { Fee } from "../../core/units.ts";

/**
 * - `pass`: sent as it came.
 * - `gateway`: the gateway acts on it itself. It is not sent, and nothing is lost.
 * - `account`: replaced by a hash of the account.
 * - `scoped`: prefixed by that hash, so that accounts do not share what the field names.
 * - `off`: sent as `false` only. Any other value has an effect on the operator's account, and is dropped.
 * - `drop`: dropped, even by an `open` upstream.
 * - `fee`: sent where the serving model has a price for the fee, else dropped. The values in `free` ask for no fee.
 */
export type FieldRule =
  | "pass"
  | "gateway"
  | "account"
  | "scoped"
  | "off"
  | "drop"
  | { readonly fee: Fee; readonly free?: readonly string[] };

export interface FieldGroup {
  readonly title: string;
  readonly rule: FieldRule;
  readonly names: readonly string[];
}

interface Field {
  readonly rule: FieldRule;
  /** The members whose names the gateway watches. */
  readonly inside: FieldShape | undefined;
}

export type FieldTable = ReadonlyMap<string, Field>;

/**
 * The members of an object, or of each object in an array; null = nothing inside is watched. Other members pass, unless
 * their name equals a listed one but for case or form.
 */
export interface FieldShape extends ReadonlyMap<string, FieldShape | null> {
  /** The fee that such an object asks for. */
  readonly fee?: (object: JsonObject) => Fee | undefined;
  /** Refuses what the gateway cannot keep. @throws Fault */
  readonly check?: (object: JsonObject) => void;
}

/** @param names of the members in which nothing is watched, with spaces between them */
export function shape(
  names: string,
  inside: Readonly<Record<string, FieldShape>> = {},
  does: Pick<FieldShape, "fee" | "check"> = {},
): FieldShape {
  const leaves = words(names).map((name): [string, null] => [name, null]);
  return Object.assign(new Map<string, FieldShape | null>([...leaves, ...Object.entries(inside)]), does);
}

export function fieldTable(groups: readonly FieldGroup[], inside: Readonly<Record<string, FieldShape>>): FieldTable {
  return new Map(
    groups.flatMap(({ rule, names }) =>
      names.map((name): [string, Field] => [
        name,
        { rule, inside: Object.hasOwn(inside, name) ? inside[name] : undefined },
      ]),
    ),
  );
}

/** The words of a text. */
export function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

/** The lives of a prompt cache that are not a fee. */
const SHORT_LIVES: ReadonlySet<unknown> = new Set([undefined, null, "5m"]);

/** A mark of a prompt cache. @see https://platform.claude.com/docs/en/build-with-claude/prompt-caching */
export const CACHE_MARK = shape(
  "type ttl",
  {},
  { fee: (mark) => (SHORT_LIVES.has(mark["ttl"]) ? undefined : "cacheWrite1h") },
);
