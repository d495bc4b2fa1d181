/** What costs more than the rest is made for a price of its own alone. */
import { describe, expect, it } from "vitest";
import { priceFrom, readRates } from "../../src/billing/rates.ts";
import { NO_PAYLOAD } from "../../src/core/payload.ts";
import type { Attributes, Fee } from "../../src/core/units.ts";
import type { Demand } from "../../src/operation/demand.ts";
import { checkPriced } from "../../src/tasks/priced-call.ts";
import type { TaskCall } from "../../src/wire/task-types.ts";
import { faultOf } from "../wire/support.ts";

const rate = (when: Attributes) => ({ unit: "images", nanos: 2, when });
const RATES = readRates(
  JSON.stringify([
    { unit: "images", nanos: 1 },
    rate({ mode: "face" }),
    rate({ mode: "text", resolution: "2k" }),
    // Nothing is counted in it.
    { unit: "searches", nanos: 1, when: { mode: "image" } },
  ]),
);
const PRICE = priceFrom(RATES, "nanos");

function check(fees: readonly Fee[], attributes: Attributes, made: Attributes = attributes): string {
  const demand: Demand = {
    operation: "image",
    model: "m",
    fallbacks: [],
    maxOutput: undefined,
    promptBytes: 1,
    choices: 1,
    needs: new Map(),
    attributes,
    ...(fees.length === 0 ? {} : { fees: new Set(fees) }),
  };
  const call: TaskCall = {
    address: { method: "POST", path: "/" },
    payload: NO_PAYLOAD,
    dropped: [],
    units: { images: 2 },
    attributes: made,
  };
  return faultOf(() => checkPriced(demand, call, PRICE));
}

describe("a picture", () => {
  it.each<[string, readonly Fee[], Attributes]>([
    ["asks for nothing that costs more", [], { mode: "image" }],
    ["has a rate", ["mode"], { mode: "face", resolution: "1k" }],
    ["has a rate for all of it", ["resolution"], { mode: "text", resolution: "2k" }],
    ["has a rate for both", ["mode", "resolution"], { mode: "text", resolution: "2k" }],
  ])("is made that %s", (_name, fees, attributes) => {
    expect(check(fees, attributes)).toBe("none");
  });

  it("is made without what the upstream's wire leaves out", () => {
    expect(check(["mode"], { mode: "image" }, {})).toBe("none");
  });

  it.each<[string, readonly Fee[], Attributes]>([
    ["no rate names", ["mode"], { mode: "subject" }],
    ["a rate names that counts something else", ["mode"], { mode: "image" }],
    ["one rate names half of", ["mode", "resolution"], { mode: "face", resolution: "2k" }],
  ])("is not made that %s", (_name, fees, attributes) => {
    expect(check(fees, attributes)).toBe(`unsupported_feature ${fees[0]}`);
  });

  it("is not made of what the wire alone decides, without a rate", () => {
    expect(check(["resolution"], { mode: "text" }, { mode: "text", resolution: "4k" })).toBe(
      "unsupported_feature resolution",
    );
  });
});
