import { describe, expect, it } from "vitest";
import { dayOf, daysBefore, isTimeZone, monthOf, nextMidnightMs } from "../../src/billing/calendar.ts";

const at = (text: string) => Date.parse(text);

describe("the billing day", () => {
  it.each([
    ["2026-05-10T15:59:59.999Z", "Asia/Shanghai", "2026-05-10"],
    ["2026-05-10T16:00:00Z", "Asia/Shanghai", "2026-05-11"],
    ["2026-01-01T04:59:59Z", "America/New_York", "2025-12-31"],
    ["2026-01-01T18:29:59Z", "Asia/Kolkata", "2026-01-01"],
    ["2026-01-01T18:30:00Z", "Asia/Kolkata", "2026-01-02"],
    ["2026-12-31T23:59:59Z", "UTC", "2026-12-31"],
  ])("of %s in %s is %s", (moment, zone, day) => {
    expect(dayOf(at(moment), zone)).toBe(day);
    expect(monthOf(day)).toBe(day.slice(0, 7));
  });

  it.each([
    ["an ordinary day", "2026-05-10T04:00:00Z", "Asia/Shanghai", "2026-05-10T16:00:00Z"],
    ["midnight itself", "2026-05-10T16:00:00Z", "Asia/Shanghai", "2026-05-11T16:00:00Z"],
    ["a day of 23 hours", "2026-03-08T05:00:00Z", "America/New_York", "2026-03-09T04:00:00Z"],
    ["a day of 25 hours", "2026-11-01T04:00:00Z", "America/New_York", "2026-11-02T05:00:00Z"],
    ["a day that begins at 1:00", "2018-11-03T12:00:00Z", "America/Sao_Paulo", "2018-11-04T03:00:00Z"],
    ["a day before one that never was", "2011-12-29T12:00:00Z", "Pacific/Apia", "2011-12-30T10:00:00Z"],
  ])("%s ends at the next", (_, now, zone, midnight) => {
    const next = nextMidnightMs(at(now), zone);
    expect(new Date(next).toISOString()).toBe(new Date(midnight).toISOString());
    expect(dayOf(next, zone) > dayOf(next - 1, zone)).toBe(true);
  });

  it.each(["Mars/Olympus", "", "+08:00", "GMT+8", "Shanghai", "Asia/Shanghai; DROP", "undefined"])(
    "is not in %j, which does not exist",
    (zone) => {
      expect(isTimeZone(zone)).toBe(false);
    },
  );

  it.each(["Asia/Shanghai", "UTC", "America/Argentina/Buenos_Aires", "Etc/GMT-8"])("may be in %s", (zone) => {
    expect(isTimeZone(zone)).toBe(true);
  });

  it("throws for a zone that does not exist", () => {
    expect(() => dayOf(0, "Mars/Olympus")).toThrow(RangeError);
  });

  it("counts back over months and leap days", () => {
    expect([1, 30, 365].map((days) => daysBefore("2024-03-01", days))).toEqual([
      "2024-02-29",
      "2024-01-31",
      "2023-03-02",
    ]);
  });
});
