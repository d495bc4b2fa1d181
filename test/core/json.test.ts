import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fault } from "../../src/core/fault.ts";
import { isObject, MAX_JSON_DEPTH, objectsOf, parseForeign, parseObject } from "../../src/core/json.ts";

/** `levels` containers, one in another, the outermost an object. */
function nested(levels: number, open = "[", close = "]"): string {
  return `{"a":${open.repeat(levels - 1)}${close.repeat(levels - 1)}}`;
}

function faultOf(text: string): Fault {
  try {
    parseObject(text);
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error(`${text.slice(0, 100)} was taken`);
}

describe("parseObject", () => {
  it("gives what JSON.parse gives, for every object", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const text = JSON.stringify(value);
        expect(parseObject(text)).toEqual(JSON.parse(text));
      }),
    );
  });

  it("refuses every other JSON, and any text that is not JSON, as bad JSON", () => {
    const others = fc.jsonValue().filter((value) => !isObject(value));
    fc.assert(fc.property(others, (value) => faultOf(JSON.stringify(value)).kind === "bad_json"));
    for (const text of ["", " ", "{", "{}}", "undefined", "{'a':1}", '{"a":NaN}', "\uFEFF{}x"]) {
      expect(faultOf(text).kind, text).toBe("bad_json");
    }
  });

  it("takes exactly as many levels as it says, the outermost being the first", () => {
    expect(MAX_JSON_DEPTH).toBe(256);
    expect(parseObject(nested(256))).toHaveProperty("a");
    expect(faultOf(nested(257)).text("en")).toContain("256");
    expect(faultOf(nested(100_000)).kind).toBe("bad_json");
  });

  it("counts objects as it counts arrays, and breadth not at all", () => {
    const objects = (levels: number) => '{"a":'.repeat(levels - 1) + "{}" + "}".repeat(levels - 1);
    expect(parseObject(objects(256))).toHaveProperty("a");
    expect(faultOf(objects(257)).kind).toBe("bad_json");
    expect(parseObject(`{"a":[${"[],".repeat(50_000)}{}]}`)).toHaveProperty("a");
  });

  it("keeps __proto__ as a field like any other", () => {
    const value = parseObject('{"__proto__":{"polluted":true}}');
    expect(Object.hasOwn(value, "__proto__")).toBe(true);
    expect(JSON.stringify({ ...value })).toBe('{"__proto__":{"polluted":true}}');
  });
});

describe("a body that names a member twice", () => {
  it.each([
    ['{"a":1,"a":2}', "a"],
    [String.raw`{"model":1,"m\u006fdel":2}`, "model"],
    ['{"list":[{"x":1},{"type":"text","type":"image_url"}]}', "type"],
    [`{${Array.from({ length: 40 }, (_, place) => `"n${place}":0`).join(",")},"n7":1}`, "n7"],
  ])("is refused: %s", (text, name) => {
    expect(() => parseObject(text)).toThrow(expect.objectContaining({ kind: "bad_json" }));
    try {
      parseObject(text);
    } catch (error) {
      expect((error as Fault).text("en")).toContain(`'${name}' twice`);
    }
  });

  it.each(['{"a":{"a":{"a":1}},"b":["a","a"],"c":"a"}', '{"a":[{"b":1},{"b":2}],"b":{"a":"{\\"a\\":1,\\"a\\":2}"}}'])(
    "is not a body whose equal names are in different objects: %s",
    (text) => {
      expect(parseObject(text)).toEqual(JSON.parse(text));
    },
  );
});

describe("parseForeign", () => {
  it("gives JSON of any kind, and undefined for all else", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect(parseForeign(text)).toEqual(JSON.parse(text));
      }),
    );
    const behindTwins = `{"a":1,"a":1,"b":${nested(256)}}`;
    for (const text of ["", "<html>", "{", nested(257), behindTwins])
      expect(parseForeign(text), text.slice(0, 50)).toBeUndefined();
  });
});

describe("objectsOf", () => {
  it("returns the objects of a list, and nothing for any other value", () => {
    expect(objectsOf([{ a: 1 }, null, [], "x", 5, { b: 2 }])).toEqual([{ a: 1 }, { b: 2 }]);
    for (const value of [undefined, null, {}, "x", 5]) expect(objectsOf(value)).toEqual([]);
  });
});
