import { describe, expect, it } from "vitest";
import { asFault, Fault, FAULTS, type FaultName } from "../../src/core/fault.ts";

const NAMES = Object.keys(FAULTS) as FaultName[];

describe("FAULTS", () => {
  it.each(NAMES)("%s has a text in both languages that leaves nothing unfilled", (kind) => {
    const values = { model: "m", method: "GET", path: "/p", allow: "POST", problem: "x" };
    const fault = new Fault(kind, { param: "p", values });
    for (const language of ["en", "zh"] as const) {
      expect(fault.text(language), kind).toMatch(/\S/);
      expect(fault.text(language), kind).not.toMatch(/[{}]/);
    }
    expect(fault.text("zh"), kind).toMatch(/[\u4e00-\u9fff]/);
  });

  it("has no text that names an upstream or how one is reached", () => {
    for (const kind of NAMES) expect(FAULTS[kind].text.en, kind).not.toMatch(/upstream|credential|https?:/i);
  });
});

describe("Fault", () => {
  it("tells SDKs when to try again, and when not to", () => {
    const headersOf = (kind: FaultName, retryAfterMs?: number) =>
      new Fault(kind, retryAfterMs === undefined ? {} : { retryAfterMs }).headers();
    expect(headersOf("upstream_rate_limited", 1500)).toEqual({ "retry-after": "2", "retry-after-ms": "1500" });
    expect(headersOf("no_route", 0.2)).toEqual({ "retry-after": "1", "retry-after-ms": "1" });
    expect(headersOf("no_route")).toEqual({ "retry-after": "5", "retry-after-ms": "5000" });
    expect(headersOf("insufficient_balance")).toEqual({ "x-should-retry": "false" });
    expect(headersOf("tier_not_allowed")).toEqual({ "x-should-retry": "false" });
    expect(headersOf("invalid_key")).toEqual({ "www-authenticate": "Bearer" });
    expect(headersOf("upstream_error", 1500)).toEqual({});
  });

  it("fills its own texts, and what is filled in is not filled again", () => {
    const fault = new Fault("model_not_found", { values: { model: "{param} {path}" }, param: "model" });
    expect(fault.text("en")).toContain("'{param} {path}'");
  });

  it("does not read braces in a value", () => {
    const detail = { en: "{first} {second}", zh: "{second}" };
    const fault = new Fault("invalid_parameter", { detail, values: { first: "{second}", second: "{first}" } });
    expect(fault.text("en")).toBe("{second} {first}");
  });

  it("leaves unknown braces as they are", () => {
    const detail = { en: "{unknown} {constructor} {toString}", zh: "{unknown} {constructor} {toString}" };
    expect(new Fault("invalid_parameter", { detail }).text("en")).toBe(detail.en);
  });
});

describe("asFault", () => {
  it("leaves faults as they are and keeps all else private", () => {
    const fault = new Fault("no_route");
    expect(asFault(fault)).toBe(fault);
    const wrapped = asFault(new TypeError("secret of ours"));
    expect(wrapped.kind).toBe("internal_error");
    expect(wrapped.text("en")).not.toContain("secret");
    expect(wrapped.options.reason).toBe("TypeError: secret of ours");
    expect(asFault("a secret text").options.reason).not.toContain("secret");
  });

  it("logs a database's own words, never the query with its parameters", () => {
    const query = new Error("Failed query: select * from keys where hash = ? params: secret", {
      cause: new Error("D1_ERROR: no such table"),
    });
    expect(asFault(query).options.reason).toContain("no such table");
    expect(asFault(query).options.reason).not.toContain("secret");
    expect(asFault(new Error("Failed query: select ? params: secret")).options.reason).not.toContain("secret");
  });
});
