/**
 * Edits JSON and keeps the rest byte for byte: numbers beyond 2^53, the order of members, escapes, whitespace.
 * A draft is a parsed object together with the text it came from; the edits are spliced into that text.
 */
import { endOfString, endOfValue, isObject, skipSpace, unquoted, type JsonObject } from "./json.ts";

/** Names of members and positions in arrays, from the outside in. */
export type Path = readonly (string | number)[];

export class JsonDraft {
  /** The object with all edits made so far. */
  readonly value: JsonObject;
  readonly #text: string | undefined;
  #edits: Edits | undefined;

  /** @param text the text that `value` was parsed from; without it, `toString` writes the value */
  constructor(value: JsonObject, text?: string) {
    this.value = value;
    this.#text = text;
  }

  /**
   * Sets the member or item at `path`; undefined removes a member. Setting the value that is already there is no edit.
   * @throws RangeError when the parent of `path` is not an object or array
   */
  set(path: Path, value: unknown): void {
    const holder = path.slice(0, -1).reduce<unknown>(step, this.value);
    const last = path.at(-1);
    if (last === undefined || !isHolder(holder)) throw new RangeError(`nothing at ${path.slice(0, -1).join(".")}`);
    if (isThere(holder, last, value)) return;
    if (value === undefined) delete holder[last];
    else holder[last] = value;
    this.#note(path, holder, last);
  }

  /** The object itself, as a place to edit. */
  get root(): JsonPlace {
    return new JsonPlace(this, [], this.value);
  }

  /** The text with all edits. */
  toString(): string {
    if (this.#text === undefined) return JSON.stringify(this.value);
    if (this.#edits === undefined) return this.#text;
    return splice(this.#text, skipSpace(this.#text, 0), this.#edits, true);
  }

  #note(path: Path, holder: Holder, last: string | number): void {
    let edits = (this.#edits ??= new Map());
    for (const name of path.slice(0, -1)) {
      const next = edits.get(name);
      // An earlier edit set a value that contains this one. That value is written whole, with this edit in it.
      if (next !== undefined && !(next instanceof Map)) return;
      if (next === undefined) edits.set(name, (edits = new Map()));
      else edits = next;
    }
    edits.set(last, { holder, name: last });
  }
}

/** An object inside a draft. */
export class JsonPlace {
  readonly value: JsonObject;
  readonly #draft: JsonDraft;
  readonly #path: Path;

  constructor(draft: JsonDraft, path: Path, value: JsonObject) {
    this.#draft = draft;
    this.#path = path;
    this.value = value;
  }

  /** Sets a member; undefined removes it. */
  set(name: string, value: unknown): void {
    // Most values are there already, and then no path need be made.
    if (!isThere(this.value, name, value)) this.#draft.set([...this.#path, name], value);
  }

  /** Sets a member that is absent or null. */
  fill(name: string, value: unknown): void {
    if (this.value[name] === undefined || this.value[name] === null) this.set(name, value);
  }

  /** The member `name`, or undefined when it is not an object. */
  object(name: string): JsonPlace | undefined {
    const value = this.value[name];
    return isObject(value) ? new JsonPlace(this.#draft, [...this.#path, name], value) : undefined;
  }

  /** The member `name`. If it is not an object, an empty object replaces it. */
  ownObject(name: string): JsonPlace {
    if (!isObject(this.value[name])) this.set(name, {});
    return new JsonPlace(this.#draft, [...this.#path, name], this.value[name] as JsonObject);
  }

  /** The objects in the array `name`; empty when the member is not an array. */
  objects(name: string): JsonPlace[] {
    const items = this.value[name];
    if (!Array.isArray(items)) return [];
    return items.flatMap((item: unknown, position) =>
      isObject(item) ? [new JsonPlace(this.#draft, [...this.#path, name, position], item)] : [],
    );
  }
}

type Holder = Record<string | number, unknown>;
/** For each edited member or item: the holder from which its new value is written, or the edits inside it. */
type Edits = Map<string | number, Edits | { readonly holder: Holder; readonly name: string | number }>;

function isThere(holder: Holder, name: string | number, value: unknown): boolean {
  return holder[name] === value && (value !== undefined || !Object.hasOwn(holder, name));
}

function isHolder(value: unknown): value is Holder {
  return isObject(value) || Array.isArray(value);
}

function step(value: unknown, name: string | number): unknown {
  return isHolder(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/**
 * The text of the value at `at`, with its edits.
 * @param whole includes the text before and after it: for the outermost value
 */
function splice(text: string, at: number, edits: Edits, whole: boolean): string {
  const members = membersOf(text, at);
  const end = members.at(-1)?.end ?? at + 1;
  const close = skipSpace(text, end);
  const isArray = text.charAt(at) === "[";
  const missing = new Set(isArray ? [] : edits.keys());
  /** Of several members with one name, JSON.parse reads the last. The others are left out. */
  const read = new Map(members.map(({ name }, position) => [name, position]));
  let out = text.slice(whole ? 0 : at, members[0]?.start ?? end);
  let written = 0;
  for (const [position, { name, start, valueStart, end: valueEnd }] of members.entries()) {
    const edit = edits.get(name);
    missing.delete(name);
    const isRemoved = edit !== undefined && !(edit instanceof Map) && !Object.hasOwn(edit.holder, edit.name);
    if (isRemoved || read.get(name) !== position) continue;
    if (written++ > 0) out += text.slice(members[position - 1]?.end, start);
    if (edit === undefined) out += text.slice(start, valueEnd);
    else
      out +=
        text.slice(start, valueStart) + (edit instanceof Map ? splice(text, valueStart, edit, false) : write(edit));
  }
  for (const name of missing) {
    const edit = edits.get(name);
    if (edit === undefined || edit instanceof Map || !Object.hasOwn(edit.holder, edit.name)) continue;
    out += `${written++ > 0 ? "," : ""}${JSON.stringify(name)}:${write(edit)}`;
  }
  return out + text.slice(end, whole ? text.length : close + 1);
}

function write({ holder, name }: { readonly holder: Holder; readonly name: string | number }): string {
  return JSON.stringify(holder[name]);
}

interface Member {
  readonly name: string | number;
  /** Where the name begins, or the item of an array. */
  readonly start: number;
  readonly valueStart: number;
  readonly end: number;
}

/** Members of the object, or items of the array, that begins at `at`. */
function membersOf(text: string, at: number): Member[] {
  const members: Member[] = [];
  const isArray = text.charAt(at) === "[";
  let place = skipSpace(text, at + 1);
  while (place < text.length && !"]}".includes(text.charAt(place))) {
    const start = place;
    const nameEnd = isArray ? start : endOfString(text, start);
    const name = isArray ? members.length : unquoted(text.slice(start, nameEnd));
    const valueStart = isArray ? start : skipSpace(text, skipSpace(text, nameEnd) + 1);
    const end = endOfValue(text, valueStart);
    members.push({ name, start, valueStart, end });
    place = skipSpace(text, end);
    if (text.charAt(place) === ",") place = skipSpace(text, place + 1);
  }
  return members;
}
