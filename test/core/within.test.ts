import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { within } from "../../src/core/within.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("within", () => {
  it("returns what the work returns, or throws what it throws, and leaves no timer", async () => {
    expect(await within(100, Promise.resolve("done"))).toBe("done");
    await expect(within(100, Promise.reject(new Error("broken")))).rejects.toThrow("broken");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("does not wait for work that takes longer", async () => {
    const outcome = expect(within(100, new Promise(() => undefined))).rejects.toThrow("no answer within 100 ms");
    await vi.advanceTimersByTimeAsync(100);
    await outcome;
  });
});
