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
  it("gives a fresh value without a look", async () => {
    expect(await get("a", "old")).toBe("old");
    nowMs += 9;
    expect(await get("a", "new")).toBe("old");
    expect([loads, deferred.length]).toEqual([1, 0]);
  });

  it("gives a stale value at once and looks behind the answer, once", async () => {
    await get("a", "old");
    nowMs += 10;
    expect(await Promise.all([get("a", "new"), get("a", "new")])).toEqual(["old", "old"]);
    expect(deferred.length).toBe(1);
    await Promise.all(deferred);
    expect(await get("a", "newer")).toBe("new");
    expect(loads).toBe(2);
  });

  it("lets nobody have a value that is too old, even while one looks", async () => {
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

  it("keeps the stale value when a look behind the answer fails, and looks again", async () => {
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

  it("rejects as the look-up does when there is nothing to give, and keeps nothing of it", async () => {
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

  it("holds no more than its bound, and drops the longest unread", async () => {
    for (const key of ["a", "b", "c", "d"]) await get(key, key);
    expect(loads).toBe(4);
    for (const key of ["b", "c", "d"]) await get(key, "other");
    expect(loads).toBe(4);
    expect(await get("a", "again")).toBe("again");
  });

  it("forgets what it is told to", async () => {
    await get("a", "old");
    cache.delete("a");
    expect(await get("a", "new")).toBe("new");
  });
});
