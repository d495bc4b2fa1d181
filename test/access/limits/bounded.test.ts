import { describe, expect, it } from "vitest";
import { BlockedSubjects } from "../../../src/access/limits/blocked.ts";
import { LocalLimiter } from "../../../src/access/limits/local.ts";

const NOW_MS = 1_700_000_040_000;

describe("what an isolate remembers", () => {
  it("is a bounded number of blocked subjects: the oldest is dropped", () => {
    const blocked = new BlockedSubjects();
    for (let subject = 0; subject < 10_001; subject++) blocked.set(String(subject), NOW_MS);
    expect(blocked.size).toBe(10_000);
    expect([blocked.has("0"), blocked.has("1"), blocked.has("10000")]).toEqual([false, true, true]);
    blocked.set("1", NOW_MS + 1);
    blocked.set("one more", NOW_MS);
    expect([blocked.has("1"), blocked.has("2")], "a new refusal makes a subject the newest").toEqual([true, false]);
  });

  it("is a bounded number of windows: the one unused for longest is dropped", async () => {
    const limiter = new LocalLimiter(() => NOW_MS);
    const passes = async (subject: string) => (await limiter.check({ ip: { subject, limit: 1 } })).ip.allowed;
    expect([await passes("regular"), await passes("once")]).toEqual([true, true]);
    for (let subject = 0; subject < 9998; subject++) await passes(String(subject));
    expect(await passes("regular")).toBe(false);
    await passes("one too many");
    expect([await passes("regular"), await passes("once")]).toEqual([false, true]);
  });
});
