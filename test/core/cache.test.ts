import { beforeEach, describe, expect, it } from "vitest";
import { StaleCache } from "../../src/core/cache.ts";

let nowMs: number;
let deferred: Promise<unknown>[];
let cache: StaleCache<string>;

beforeEach(() => {
  nowMs = 1000;
  deferred = [];
  loads = 0;
  cache = new StaleCache<string>({ freshMs: 10, staleMs: 60, maxEntries: 3, now: () => nowMs });
});

let loads: number;
const get = (key: string, value: string) =>
  cache.get(
    key,
    async () => {
      loads++;
      return value;
    },
    (work) => deferred.push(work),
  );

describe("StaleCache", () => {
  it("returns a fresh value without a look-up", async () => {
    expect(await get("a", "old")).toBe("old");
    nowMs += 9;
    expect(await get("a", "new")).toBe("old");
    expect([loads, deferred.length]).toEqual([1, 0]);
  });

  it("returns a stale value at once, and refreshes it once in the background", async () => {
    await get("a", "old");
    nowMs += 10;
    expect(await Promise.all([get("a", "new"), get("a", "new")])).toEqual(["old", "old"]);
    expect(deferred.length).toBe(1);
    await Promise.all(deferred);
    expect(await get("a", "newer")).toBe("new");
    expect(loads).toBe(2);
  });

  it("returns no value that is too old, even during a look-up", async () => {
    await get("a", "old");
    nowMs += 10;
    await cache.get(
      "a",
      () => new Promise(() => undefined),
      () => undefined,
    );
    nowMs += 50;
    expect(await get("a", "new")).toBe("new");
  });

  it("keeps the stale value when a refresh fails, and tries again", async () => {
    await get("a", "old");
    nowMs += 10;
    await cache.get(
      "a",
      () => Promise.reject(new Error("down")),
      (work) => deferred.push(work),
    );
    await Promise.all(deferred);
    expect(await get("a", "new")).toBe("old");
    expect(deferred.length).toBe(2);
    await Promise.all(deferred);
    expect(await get("a", "newer")).toBe("new");
  });

  it("rejects with the look-up's error when there is no value, and does not cache it", async () => {
    const failing = cache.get(
      "a",
      () => Promise.reject(new Error("down")),
      () => undefined,
    );
    await expect(failing).rejects.toThrow("down");
    expect(await get("a", "new")).toBe("new");
  });

  it("counts age from before the look-up", async () => {
    await cache.get(
      "a",
      async () => {
        nowMs += 60;
        return "slow";
      },
      () => undefined,
    );
    expect(await get("a", "new")).toBe("new");
  });

  it("keeps undefined as a value of its own", async () => {
    const absent = new StaleCache<string | undefined>({ freshMs: 10, staleMs: 60, maxEntries: 3, now: () => nowMs });
    let looks = 0;
    const look = async () => {
      looks++;
      return undefined;
    };
    await absent.get("a", look, () => undefined);
    await absent.get("a", look, () => undefined);
    expect(looks).toBe(1);
  });

  it("holds no more than its bound, and drops the value that was loaded longest ago", async () => {
    for (const key of ["a", "b", "c", "d"]) await get(key, key);
    expect(loads).toBe(4);
    for (const key of ["b", "c", "d"]) await get(key, "other");
    expect(loads).toBe(4);
    expect(await get("a", "again")).toBe("again");
  });

  it("forgets a value that is deleted", async () => {
    await get("a", "old");
    cache.delete("a");
    expect(await get("a", "new")).toBe("new");
  });
});
