/** What is kept of a report that is too large. */
import { describe, expect, it } from "vitest";
import { checkTaken, keepable } from "../../src/tasks/kept-size.ts";
import type { TaskReport } from "../../src/wire/task-types.ts";

const LONG = "x".repeat(200_000);
const FILM = [{ variant: "video", address: "https://vendor.test/film.mp4" }] as const;
const keptOf = (report: TaskReport) => keepable(new Map([["1", report]])).get("1");

describe("a report that is too large", () => {
  it("loses what is said of the film before the film", () => {
    const film = { state: "succeeded", results: FILM, usage: { actions: 2 } } as const;
    expect(keptOf({ ...film, native: { finalPrompt: LONG } })).toEqual(film);
    expect(checkTaken({ id: "1", report: { ...film, native: { finalPrompt: LONG } } })).toEqual({
      id: "1",
      report: film,
    });
  });

  it("says that the film failed, without the reason", () => {
    expect(keptOf({ state: "failed", error: { message: LONG } })).toEqual({ state: "failed" });
  });

  it("is none where the film itself is too large", () => {
    const report = { state: "succeeded", results: [{ variant: "video", address: LONG }] } as const;
    expect(keptOf(report)).toBeUndefined();
    expect(() => checkTaken({ id: "1", report })).toThrow("upstream_error");
  });

  it("loses results that nobody sells for one price: each is a file to keep", () => {
    const results = Array.from({ length: 3000 }, (_, at) => ({ variant: `video-${at}`, address: "http://a.test/1" }));
    expect(keptOf({ state: "succeeded", results })?.results).toEqual(results.slice(0, 12));
  });

  it("is kept whole where it is not", () => {
    const report = { state: "running", native: { status: "MODAL" }, wantsMore: true } as const;
    expect(keptOf(report)).toBe(report);
  });
});
