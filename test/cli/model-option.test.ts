import { describe, expect, it } from "vitest";
import { parseModelOption } from "../../src/cli/operator/model-option.ts";

describe("--model", () => {
  it.each([
    ["input=2.5,output=10", { input_nanos: 2_500_000, output_nanos: 10_000_000 }],
    ["cached-read=0.25,cache-write-1h=0.000001", { cached_read_nanos: 250_000, cache_write_1h_nanos: 1 }],
    ["character=15", { character_nanos: 15_000_000 }],
    [
      "image=0.04,second=0.5,search=0.000000001",
      { image_nanos: 40_000_000, second_nanos: 500_000_000, search_nanos: 1 },
    ],
    ["second=9007199.254740991", { second_nanos: Number.MAX_SAFE_INTEGER }],
  ])("reads %s as people quote it", (settings, price) => {
    const base = { input_nanos: 0, output_nanos: 0 };
    expect(parseModelOption(`m,input=0,output=0,${settings}`, "bearer").price).toEqual({ ...base, ...price });
  });

  it.each([
    "input=0.0000001,output=1",
    "input=-1,output=1",
    "input=1,output=1,image=x",
    "input=1,output=1,images=1",
    "input=1",
  ])("refuses %s", (settings) => {
    expect(() => parseModelOption(`m,${settings}`, "bearer")).toThrow(/--model/);
  });

  it.each([
    ["bearer", "", "openai.chat"],
    ["anthropic", "", "anthropic.messages"],
    ["bearer", ",operation=complete", "openai.completions"],
    ["bearer", ",operation=video", "openai.videos"],
    ["bearer", ",operation=video,wire=kling.videos", "kling.videos"],
    ["gemini", ",operation=video", "gemini.video"],
    ["kling", ",operation=video", "kling.videos"],
    ["kling", ",operation=image", "kling.images"],
    ["midjourney", ",operation=paint", "midjourney.tasks"],
  ])("has a route for %s%s over %s", (kind, settings, wire) => {
    expect(parseModelOption(`m,input=0,output=0${settings}`, kind).wire).toBe(wire);
  });

  it("refuses what upstreams of the kind do not do", () => {
    expect(() => parseModelOption("m,input=0,output=0,operation=speech", "kling")).toThrow(/wire=/);
  });
});
