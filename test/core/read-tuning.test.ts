import { describe, expect, it } from "vitest";
import { readTuning } from "../../src/core/read-tuning.ts";
import { HEALTH_TUNING } from "../../src/health/tuning.ts";
import { ROUTING_TUNING } from "../../src/routing/tuning.ts";

describe("tuning", () => {
  it("is the table, with what a deployment sets", () => {
    const table = { openMs: 5000, share: 0.5 };
    expect(readTuning(undefined, table)).toEqual({ tuning: table, wrong: [], unknown: [] });
    expect(readTuning("", table)).toEqual({ tuning: table, wrong: [], unknown: [] });
    expect(readTuning('{"openMs": 1000}', table)).toEqual({
      tuning: { ...table, openMs: 1000 },
      wrong: [],
      unknown: [],
    });
  });

  it.each([
    ["no JSON", ["JSON"], []],
    ["[1]", ["JSON"], []],
    ["null", ["JSON"], []],
    ['{"openMs": "1"}', ["openMs"], []],
    ['{"openMs": -1, "toString": 1}', ["openMs"], ["toString"]],
    ['{"openMs": 0}', ["openMs"], []],
  ])("names the wrong numbers of %s, and keeps the table's own", (text, wrong, unknown) => {
    const table = { openMs: 5000 };
    expect(readTuning(text, table)).toEqual({ tuning: table, wrong, unknown });
  });

  it.each(Object.entries({ ROUTING_TUNING, HEALTH_TUNING }))("has a unit in every name of %s", (_, table) => {
    const units = /(Ms|Share|Tokens|TokensPerSecond|Factor|Attempts|Failures|Successes|Requests|PerSecond)$/;
    expect(Object.keys(table).filter((name) => !units.test(name))).toEqual([]);
  });

  it("has no name in both tables", () => {
    expect(Object.keys(ROUTING_TUNING).filter((name) => name in HEALTH_TUNING)).toEqual([]);
  });
});
