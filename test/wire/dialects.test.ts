/** Every fault in every dialect, as clients see it. README.md, "Errors", describes the table. */
import { describe, expect, it } from "vitest";
import { Fault, FAULTS, type FaultName } from "../../src/core/fault.ts";
import { midjourneyDialect } from "../../src/wire/midjourney/dialect.ts";
import { klingDialect } from "../../src/wire/kling/dialect.ts";
import { openaiDialect } from "../../src/wire/openai/dialect.ts";
import { xleiDialect } from "../../src/wire/xlei/dialect.ts";

const DIALECTS = { openai: openaiDialect, xlei: xleiDialect };
const NAMES = Object.keys(FAULTS) as FaultName[];

function faultOf(kind: FaultName): Fault {
  const values = { model: "a-model", method: "GET", path: "/a/path", allow: "POST", limit: 10, problem: "a problem" };
  return new Fault(kind, { values, param: "a_param", retryAfterMs: 1500, reason: "a private reason" });
}

describe.each(Object.entries(DIALECTS))("the %s dialect", (name, dialect) => {
  it.each(NAMES)("says %s", (kind) => {
    const fault = faultOf(kind);
    const body = dialect.body(fault, dialect.language, { legacyCodes: false, requestId: "req_1" });
    expect({ status: dialect.status(fault), headers: fault.headers(), body }).toMatchSnapshot();
    expect(JSON.stringify(body)).not.toContain("private");
  });

  it.each(NAMES)("has one shape for %s, in either language and with legacy codes", (kind) => {
    const fault = faultOf(kind);
    for (const language of ["en", "zh"] as const) {
      for (const legacyCodes of [false, true]) {
        const body = dialect.body(fault, language, { legacyCodes, requestId: "req_1" });
        const message = fault.text(language);
        const limited = FAULTS[kind].status === 429;
        expect(body, name).toEqual({
          code: limited && legacyCodes ? 2004 : FAULTS[kind].number,
          message,
          data: null,
          error: {
            message,
            type: FAULTS[kind].type,
            param: "a_param",
            code: FAULTS[kind].code,
            ...(limited ? { legacy_code: 2004 } : {}),
          },
        });
      }
    }
  });

  it("has null for what is not known", () => {
    expect(dialect.body(new Fault("no_route"), "en", { legacyCodes: false, requestId: "req_1" })).toMatchObject({
      error: { param: null },
    });
    expect(dialect.body(new Fault("unprocessable"), "en", { legacyCodes: false, requestId: "req_1" })).toMatchObject({
      error: { code: null },
    });
  });
});

/** The descriptions that programs compare are words; the contract of the relays lists them. */
describe("the dialect of Midjourney's relays", () => {
  it.each(NAMES)("says %s", (kind) => {
    const fault = faultOf(kind);
    const body = midjourneyDialect.body(fault, "en", { legacyCodes: false, requestId: "req_1" });
    expect({ status: midjourneyDialect.status(fault), body }).toMatchSnapshot();
    expect(JSON.stringify(body)).not.toContain("private");
    expect(body).toMatchObject({ description: expect.stringMatching(/\S/) as string, result: null });
  });

  it("names the field that is missing as the relays do", () => {
    const described = (param?: string) =>
      midjourneyDialect.body(new Fault("missing_input", param === undefined ? {} : { param }), "en", {
        legacyCodes: false,
        requestId: "req_1",
      })["description"];
    expect(["prompt", "taskId", "customId", "sourceBase64", "targetBase64", undefined].map(described)).toEqual([
      "prompt_is_required",
      "task_id_is_required",
      "custom_id_is_required",
      "sour_base64_and_target_base64_is_required",
      "sour_base64_and_target_base64_is_required",
      "prompt_is_required",
    ]);
  });
});

describe("an unknown model", () => {
  it("is not found on /v1 and a bad request on Xlei; all other statuses are the same", () => {
    const differing = NAMES.filter((kind) => openaiDialect.status(faultOf(kind)) !== xleiDialect.status(faultOf(kind)));
    expect(differing).toEqual(["model_not_found"]);
    expect(openaiDialect.status(faultOf("model_not_found"))).toBe(404);
    expect(xleiDialect.status(faultOf("model_not_found"))).toBe(400);
  });
});

describe("Kling's dialect", () => {
  it.each(NAMES)("has a number for %s", (kind) => {
    const fault = faultOf(kind);
    const body = klingDialect.body(fault, klingDialect.language, { legacyCodes: true, requestId: "req_1" });
    expect({ status: klingDialect.status(fault), body }).toMatchSnapshot();
    expect(JSON.stringify(body)).not.toContain("private");
  });

  it.each<[FaultName, number, number]>([
    ["missing_key", 1000, 401],
    ["insufficient_balance", 1101, 402],
    ["no_route", 5001, 503],
    ["model_not_found", 1203, 404],
    ["resource_not_found", 1203, 404],
    ["bad_json", 1201, 400],
    ["missing_input", 1201, 400],
    ["rate_limited_key", 1302, 429],
    ["content_policy", 1301, 400],
  ])("says %s with %d and status %d", (kind, code, status) => {
    const fault = faultOf(kind);
    const options = { legacyCodes: false, requestId: "req_1" };
    expect(klingDialect.status(fault)).toBe(status);
    expect(klingDialect.body(fault, "zh", options)).toEqual({ code, message: fault.text("zh"), request_id: "req_1" });
  });
});
