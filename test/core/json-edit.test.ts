import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { JsonDraft, type JsonPlace } from "../../src/core/json-edit.ts";
import { isObject, parseObject, type JsonObject } from "../../src/core/json.ts";

/** Names of members, and of objects among the items of an array, from the outside in. Ends with a name. */
type Path = readonly (string | number)[];

function edited(text: string, ...edits: [Path, unknown][]): string {
  const draft = new JsonDraft(parseObject(text), text);
  for (const [path, value] of edits) set(draft, path, value);
  return draft.toString();
}

function set(place: JsonPlace, [name, ...rest]: Path, value: unknown): void {
  if (typeof name !== "string") throw new Error("no name");
  const [next, ...last] = rest;
  if (next === undefined) return place.set(name, value);
  if (typeof next === "string") return set(place.object(name) ?? fail(name), rest, value);
  const items = place.value[name] as unknown[];
  const item = place.objects(name).find((inner) => inner.value === items[next]);
  set(item ?? fail(name), last, value);
}

function fail(name: string): never {
  throw new Error(`no object at ${name}`);
}

const SPACE = fc.stringMatching(/^[ \t\r\n]{0,2}$/);
const NUMBER = fc.constantFrom("9223372036854775807", "-0", "1e400", "1.10", "12345678901234567890.5", "0.1e-7");
const STRING = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 6 }).map((text) => JSON.stringify(text)),
  fc.constantFrom(String.raw`"\u0041\"\\"`, String.raw`"\/{[,:"`, String.raw`"\ud83c\udf0d"`, '""', '"]}"'),
);

/** The text of any JSON value, with any whitespace, escapes and numbers. */
const { value: VALUE } = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(NUMBER, STRING, fc.constantFrom("true", "false", "null")),
    fc.tuple(SPACE, fc.array(fc.tuple(SPACE, tie("value"), SPACE), { maxLength: 4 })).map(list),
    fc.tuple(SPACE, members(tie("value"))).map(object),
  ),
}));

const OBJECT = fc.tuple(SPACE, members(VALUE)).map(object);

function members(value: fc.Arbitrary<string>) {
  const name = fc.oneof(fc.constantFrom("a", "b", "model"), fc.string({ unit: "grapheme", maxLength: 3 }));
  return fc.uniqueArray(fc.tuple(name, SPACE, SPACE, value, SPACE), { maxLength: 5, selector: ([text]) => text });
}

function list([space, items]: [string, [string, string, string][]]): string {
  return items.length === 0 ? `[${space}]` : `[${items.map((item) => item.join("")).join(",")}]`;
}

function object([space, parts]: [string, [string, string, string, string, string][]]): string {
  if (parts.length === 0) return `{${space}}`;
  const written = parts.map(([name, a, b, value, c]) => `${a}${JSON.stringify(name)}${b}:${b}${value}${c}`);
  return `{${written.join(",")}}`;
}

/** Every path in a value that can be edited. */
function pathsOf(value: unknown, path: Path = []): Path[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => [
    [...path, name],
    ...pathsOf(member, [...path, name]),
    ...(Array.isArray(member) ? member.flatMap((item, position) => pathsOf(item, [...path, name, position])) : []),
  ]);
}

describe("an edit of JSON", () => {
  it("leaves everything else byte for byte", () => {
    fc.assert(
      fc.property(OBJECT, SPACE, fc.nat(), (inner, space, choice) => {
        const text = space + inner + space;
        const paths = pathsOf(JSON.parse(text));
        fc.pre(paths.length > 0);
        const path = paths[choice % paths.length] ?? [];
        const mark = "0123456789-mark";
        const after = edited(text, [path, mark]);
        // With the old value put back, the text is as it was.
        const [before, behind] = after.split(JSON.stringify(mark));
        expect(text.startsWith(before ?? "?")).toBe(true);
        expect(text.endsWith(behind ?? "?")).toBe(true);
        const old = text.slice(before?.length, text.length - (behind?.length ?? 0));
        expect(() => JSON.parse(old) as unknown).not.toThrow();
        expect(old).toBe(old.trim());
      }),
      { numRuns: 2000 },
    );
  });

  it("gives what the same edits of the parsed value give", () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constant(undefined), fc.jsonValue({ maxDepth: 1 }))), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(OBJECT, edits, (text, choices) => {
        const draft = new JsonDraft(JSON.parse(text) as JsonObject, text);
        for (const [choice, value] of choices) {
          const paths = [...pathsOf(draft.value), ["new"]];
          set(draft, paths[choice % paths.length] ?? [], value);
        }
        // Both are serialised again, because JSON.parse changes values such as -0 and 1e400.
        const plain = (json: string) => JSON.parse(JSON.stringify(JSON.parse(json))) as unknown;
        expect(plain(draft.toString())).toEqual(plain(JSON.stringify(draft.value)));
      }),
      { numRuns: 2000 },
    );
  });

  it.each<[string, [Path, unknown][], string]>([
    ['{"model":"a", "max": 9223372036854775807}', [[["model"], "b"]], '{"model":"b", "max": 9223372036854775807}'],
    ['{ "a" : 1e400 , "b":2 }', [[["b"], undefined]], '{ "a" : 1e400 }'],
    ['{ "a" : 1 , "b":2 }', [[["a"], undefined]], '{ "b":2 }'],
    ['{"a":1}', [[["a"], undefined]], "{}"],
    ["{}", [[["a"], 1]], '{"a":1}'],
    ['{"a":1}', [[["b"], [2]]], '{"a":1,"b":[2]}'],
    [
      '{"a":1,"b":2,"c":3}',
      [
        [["a"], undefined],
        [["c"], undefined],
        [["d"], 4],
      ],
      '{"b":2,"d":4}',
    ],
    ['{"a":[{"b":1.0},{"b":2.0}]}', [[["a", 1, "b"], 3]], '{"a":[{"b":1.0},{"b":3}]}'],
    [String.raw`{"m\u006fdel":1,"x":1.0}`, [[["model"], 2]], String.raw`{"m\u006fdel":2,"x":1.0}`],
    ['{"a":1.0}', [[["a"], 1]], '{"a":1.0}'],
    ['{"a":1.0}', [[["b"], undefined]], '{"a":1.0}'],
  ])("turns %s by %j into %s", (text, edits, expected) => {
    expect(edited(text, ...edits)).toBe(expected);
  });

  it.each<[string, [Path, unknown][], string]>([
    [
      '{"usage":null,"x":1,"usage":{"cost":1,"n":2}}',
      [[["usage", "cost"], undefined]],
      '{"usage":null,"x":1,"usage":{"n":2}}',
    ],
    ['{"usage":{"cost":1},"usage":{}}', [[["usage", "n"], 1]], '{"usage":{"cost":1,"n":1},"usage":{"n":1}}'],
    ['{"a":5,"a":[6],"a":[{"b":1}],"c":[]}', [[["a", 0, "b"], 2]], '{"a":5,"a":[6],"a":[{"b":2}],"c":[]}'],
    ['{"a":1,"b":2,"a":3}', [[["a"], undefined]], '{"b":2}'],
    ['{"model":1,"b":2,"model":3}', [[["model"], 4]], '{"model":4,"b":2,"model":4}'],
  ])("in %s, whose names occur twice, %j is made at both: %s", (text, edits, expected) => {
    const draft = new JsonDraft(JSON.parse(text) as JsonObject, text);
    for (const [path, value] of edits) set(draft, path, value);
    expect(draft.toString()).toBe(expected);
  });

  it("leaves out items of an array and keeps the others byte for byte", () => {
    const items = fc.array(fc.tuple(SPACE, VALUE, SPACE, fc.boolean()), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(items, SPACE, (list, space) => {
        const text = `{"a":[${list.map(([before, value, after]) => before + value + after).join(",")}]${space},"b":1}`;
        const draft = new JsonDraft(JSON.parse(text) as JsonObject, text);
        let position = 0;
        draft.filter("a", () => list[position++]?.[3] === true);
        const kept = list.filter(([, , , stays]) => stays).map(([, value]) => value);
        const after = draft.toString();
        expect(JSON.stringify(JSON.parse(after))).toBe(JSON.stringify(JSON.parse(`{"a":[${kept.join(",")}],"b":1}`)));
        expect(JSON.stringify(draft.value)).toBe(JSON.stringify(JSON.parse(after)));
        let from = 0;
        for (const value of kept) {
          expect(after.indexOf(value, from), after).toBeGreaterThanOrEqual(from);
          from = after.indexOf(value, from) + value.length;
        }
        if (kept.length === list.length) expect(after).toBe(text);
      }),
      { numRuns: 1000 },
    );
  });

  it("writes an inner edit with the value that contains it", () => {
    const text = '{"a":{"b":1}}';
    expect(edited(text, [["a"], { c: 1 }], [["a", "c"], 2])).toBe('{"a":{"c":2}}');
    expect(edited(text, [["a", "b"], 2], [["a"], 3])).toBe('{"a":3}');
  });
});
