/**
 * Edits JSON and keeps the rest byte for byte: numbers beyond 2^53, the order of members, escapes, whitespace.
 * A draft is a parsed object together with the text it came from; the edits are spliced into that text.
 */
import { CLOSE_ARRAY, COMMA, endOfString, endOfValue, OPEN_ARRAY, OPEN_OBJECT, QUOTE } from "./json-text.ts";
import { skipSpace, unquoted } from "./json-text.ts";
import { isObject, type JsonObject } from "./json.ts";

/** An object inside a draft, or the draft itself. */
export class JsonPlace {
  /** The object with all edits made so far. */
  readonly value: JsonObject;
  readonly #within: Within | undefined;
  #edits: Edits | undefined;

  constructor(value: JsonObject, within?: Within) {
    this.value = value;
    this.#within = within;
  }

  /** Sets a member; undefined removes it. Setting the value that is already there is no edit. */
  set(name: string, value: unknown): void {
    const holder = this.value;
    const isNew = !Object.hasOwn(holder, name);
    if (holder[name] === value && (value !== undefined || isNew)) return;
    if (value === undefined) delete holder[name];
    else holder[name] = value;
    const edits = this.#openEdits();
    const known = edits?.get(name);
    if (known === undefined || known instanceof Map) edits?.set(name, { holder, isNew });
  }

  /** Sets a member that is absent or null. */
  fill(name: string, value: unknown): void {
    if (this.value[name] === undefined || this.value[name] === null) this.set(name, value);
  }

  /** The member `name`, or undefined when it is not an object. */
  object(name: string): JsonPlace | undefined {
    const value = this.value[name];
    return isObject(value) ? new JsonPlace(value, { outer: this, name }) : undefined;
  }

  /** The member `name`. If it is not an object, an empty object replaces it. */
  ownObject(name: string): JsonPlace {
    if (!isObject(this.value[name])) this.set(name, {});
    return new JsonPlace(this.value[name] as JsonObject, { outer: this, name });
  }

  /** The objects in the array `name`; empty when the member is not an array. */
  objects(name: string): JsonPlace[] {
    const items = this.value[name];
    const places: JsonPlace[] = [];
    if (!Array.isArray(items)) return places;
    for (let position = 0; position < items.length; position++) {
      const item: unknown = items[position];
      if (isObject(item)) places.push(new JsonPlace(item, { outer: this, name, position }));
    }
    return places;
  }

  /** Leaves only the items of the array `name` that `isKept` accepts. Places of its items become invalid. */
  filter(name: string, isKept: (item: unknown) => boolean): void {
    const items = this.value[name];
    if (!Array.isArray(items)) return;
    const kept = items.map(isKept);
    if (!kept.includes(false)) return;
    this.value[name] = items.filter((_, position) => kept[position]);
    const edits = inner(this.#openEdits(), name);
    for (const [position, stays] of kept.entries()) if (!stays) edits?.set(position, REMOVED);
  }

  /** The edits made in this object; undefined when there are none. */
  protected get edits(): Edits | undefined {
    return this.#edits;
  }

  /** Where edits of this object are noted; undefined when an outer edit writes the object whole. */
  #openEdits(): Edits | undefined {
    if (this.#edits !== undefined) return this.#edits;
    if (this.#within === undefined) return (this.#edits = new Map());
    const { outer, name, position } = this.#within;
    const inMember = inner(outer.#openEdits(), name);
    return (this.#edits = position === undefined ? inMember : inner(inMember, position));
  }
}

export class JsonDraft extends JsonPlace {
  readonly #text: string | undefined;

  /** @param text the text that `value` was parsed from; without it, `toString` writes the value */
  constructor(value: JsonObject, text?: string) {
    super(value);
    this.#text = text;
  }

  /** The text with all edits. */
  override toString(): string {
    if (this.#text === undefined) return JSON.stringify(this.value);
    return this.edits === undefined ? this.#text : new Splicer(this.#text).splice(this.edits);
  }
}

/** Where an object is: a member of `outer`, or an item of a member that is an array. */
interface Within {
  readonly outer: JsonPlace;
  readonly name: string;
  readonly position?: number;
}

/** The edits of an object by member, or of an array by position: a new value, or the edits inside the old one. */
type Edits = Map<string | number, Edits | Written>;

/** A member that is written from its holder, or removed because the holder has no such member. */
interface Written {
  readonly holder: JsonObject;
  /** The text has no such member. */
  readonly isNew: boolean;
}

const REMOVED: Written = { holder: {}, isNew: false };

/** The edits inside the value at `name`; undefined when that value is written whole. */
function inner(edits: Edits | undefined, name: string | number): Edits | undefined {
  const known = edits?.get(name);
  if (known instanceof Map) return known;
  if (edits === undefined || known !== undefined) return undefined;
  const made: Edits = new Map();
  edits.set(name, made);
  return made;
}

/** Makes the text of a draft in one pass. Where a text has an edited name twice, both are edited. */
class Splicer {
  readonly #text: string;
  #out = "";
  /** Up to this position, the text is in `#out` or left out. */
  #done = 0;

  constructor(text: string) {
    this.#text = text;
  }

  splice(edits: Edits): string {
    const start = skipSpace(this.#text, 0);
    this.#object(start, edits);
    return this.#out + this.#text.slice(this.#done);
  }

  /** Edits the object that begins at `at`. @returns the position after it */
  #object(at: number, edits: Edits): number {
    const text = this.#text;
    let place = skipSpace(text, at + 1);
    let end = at + 1;
    let isEmpty = true;
    while (text.charCodeAt(place) === QUOTE) {
      const start = place;
      const endBefore = end;
      const nameEnd = endOfString(text, start);
      const name = unquoted(text.slice(start, nameEnd));
      const edit = edits.get(name);
      place = skipSpace(text, skipSpace(text, nameEnd) + 1);
      end = this.#value(place, edit, name);
      place = skipSpace(text, end);
      const next = afterComma(text, place);
      if (isRemoved(edit, name)) this.#remove({ isFirst: isEmpty, endBefore, start, end, next });
      else isEmpty = false;
      place = next ?? place;
    }
    for (const [name, edit] of edits) {
      if (edit instanceof Map || !edit.isNew || isRemoved(edit, name)) continue;
      this.#replace(end, end, `${isEmpty ? "" : ","}${JSON.stringify(name)}:${JSON.stringify(edit.holder[name])}`);
      isEmpty = false;
    }
    return place + 1;
  }

  /** Edits the items of the array that begins at `at`. @returns the position after it */
  #array(at: number, edits: Edits): number {
    const text = this.#text;
    let place = skipSpace(text, at + 1);
    let end = at + 1;
    let isEmpty = true;
    for (let position = 0; place < text.length && text.charCodeAt(place) !== CLOSE_ARRAY; position++) {
      const start = place;
      const endBefore = end;
      const edit = edits.get(position);
      end = this.#value(start, edit, position);
      place = skipSpace(text, end);
      const next = afterComma(text, place);
      if (isRemoved(edit, position)) this.#remove({ isFirst: isEmpty, endBefore, start, end, next });
      else isEmpty = false;
      place = next ?? place;
    }
    return place + 1;
  }

  /**
   * Leaves out a member or an item. It takes one comma along: the one before it if another stays before it, else the one
   * after it.
   */
  #remove({ isFirst, endBefore, start, end, next }: Span): void {
    if (isFirst) this.#replace(start, next ?? end, "");
    else this.#replace(endBefore, end, "");
  }

  /** Edits the value that begins at `at`. @returns the position after it */
  #value(at: number, edit: Edits | Written | undefined, name: string | number): number {
    const first = this.#text.charCodeAt(at);
    if (edit instanceof Map && first === OPEN_OBJECT) return this.#object(at, edit);
    if (edit instanceof Map && first === OPEN_ARRAY) return this.#array(at, edit);
    const end = endOfValue(this.#text, at);
    if (edit !== undefined && !(edit instanceof Map) && !isRemoved(edit, name)) {
      this.#replace(at, end, JSON.stringify(edit.holder[name]));
    }
    return end;
  }

  #replace(from: number, to: number, by: string): void {
    this.#out += this.#text.slice(this.#done, from) + by;
    this.#done = to;
  }
}

/** Where a member or an item stands in the text. */
interface Span {
  /** None stays before it. */
  readonly isFirst: boolean;
  /** The end of the one before it, or of the opening bracket. */
  readonly endBefore: number;
  readonly start: number;
  readonly end: number;
  /** The start of the one after it; undefined if it is the last. */
  readonly next: number | undefined;
}

/** The first position after the comma at `at`; undefined if there is no comma. */
function afterComma(text: string, at: number): number | undefined {
  return text.charCodeAt(at) === COMMA ? skipSpace(text, at + 1) : undefined;
}

function isRemoved(edit: Edits | Written | undefined, name: string | number): boolean {
  return edit !== undefined && !(edit instanceof Map) && !Object.hasOwn(edit.holder, name);
}
