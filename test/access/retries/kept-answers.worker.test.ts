/** The object that joins retries: one first request at a time, whatever becomes of it. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import type { KeptAnswers } from "../../../src/access/retries/kept-answers.ts";
import type { Begin } from "../../../src/access/retries/kept-answers-port.ts";

const SEALED = new Uint8Array([1, 2, 3]);

/** An object of its own, an hour ahead of the real time. */
async function setUp(name: string) {
  const stub = env.KEPT_ANSWERS.getByName(name);
  let nowMs = Date.now() + 3_600_000;
  const runs = async <Result>(act: (object: KeptAnswers) => Result) => runInDurableObject(stub, act);
  const pass = async (ms: number) => {
    nowMs += ms;
    const atMs = nowMs;
    await runs((object) => {
      object.now = () => atMs;
    });
  };
  await pass(0);
  const begin = async (requestId: string, more: Partial<Begin> = {}) =>
    stub.begin({ name: "n", hash: "h", requestId, waitMs: 0, ...more });
  return { stub, pass, begin };
}

describe("a retry", () => {
  it("of what is over gets its answer, for ten minutes", async () => {
    const { stub, pass, begin } = await setUp("over");
    expect(await begin("one")).toEqual({ kind: "first" });
    await stub.end("n", "one", SEALED);
    expect(await begin("two")).toEqual({ kind: "over", requestId: "one", sealed: SEALED });
    await pass(599_999);
    expect(await begin("three")).toMatchObject({ kind: "over" });
    await pass(1);
    expect(await begin("four")).toEqual({ kind: "first" });
  });

  it("of what still runs waits for its end", async () => {
    const { stub, begin } = await setUp("waits");
    await begin("one");
    const waiting = [begin("two", { waitMs: 30_000 }), begin("three", { waitMs: 30_000 })];
    await stub.end("n", "one", SEALED);
    for (const begun of await Promise.all(waiting)) expect(begun).toMatchObject({ kind: "over", requestId: "one" });
    await begin("four", { name: "other" });
    expect(await begin("five", { name: "other" })).toEqual({ kind: "running", requestId: "four" });
  });

  it("of what failed is a first request itself, one at a time", async () => {
    const { stub, begin } = await setUp("failed");
    await begin("one");
    const waiting = begin("two", { waitMs: 30_000 });
    await stub.end("n", "one", undefined);
    expect(await waiting).toEqual({ kind: "first" });
    expect(await begin("three")).toEqual({ kind: "running", requestId: "two" });
    await stub.end("n", "one", SEALED);
    expect(await begin("three"), "what is late ends nothing of others").toMatchObject({ kind: "running" });
  });

  it("of what was killed is a first request after a minute without a sign", async () => {
    const { stub, pass, begin } = await setUp("killed");
    await begin("one");
    await pass(59_999);
    expect(await begin("two")).toMatchObject({ kind: "running" });
    await stub.extend("n", "one");
    await pass(59_999);
    expect(await begin("two")).toMatchObject({ kind: "running" });
    await pass(1);
    expect(await begin("two")).toEqual({ kind: "first" });
  });

  it("with another body is no retry", async () => {
    const { stub, begin } = await setUp("other");
    await begin("one");
    expect(await begin("two", { hash: "x" })).toEqual({ kind: "other", requestId: "one" });
    await stub.end("n", "one", null);
    expect(await begin("two", { hash: "x" })).toEqual({ kind: "other", requestId: "one" });
    expect(await begin("two"), "too long to be kept").toEqual({ kind: "over", requestId: "one", sealed: null });
  });
});

describe("answers", () => {
  const names = async (stub: DurableObjectStub<KeptAnswers>) =>
    runInDurableObject(stub, (_, { storage }) => {
      const [row] = storage.sql.exec("SELECT count(*) AS count, min(name) AS first FROM answers");
      return [row?.["count"], row?.["first"]];
    });

  it("are a hundred at most; the oldest go first, and none that still runs", async () => {
    const { stub, pass, begin } = await setUp("many");
    await begin("r", { name: "a" });
    for (let n = 100; n < 210; n++) {
      await begin("r", { name: `n${n}` });
      await stub.end(`n${n}`, "r", SEALED);
      if (n % 10 === 0) await pass(1);
    }
    expect((await names(stub))[0]).toBeLessThanOrEqual(101);
    expect(await begin("x", { name: "a" })).toMatchObject({ kind: "running" });
    expect(await begin("x", { name: "n100" })).toEqual({ kind: "first" });
    expect(await begin("x", { name: "n209" })).toMatchObject({ kind: "over" });
  });

  it("are deleted when their time is over", async () => {
    const { stub, pass, begin } = await setUp("deleted");
    await begin("one");
    await stub.end("n", "one", SEALED);
    await pass(600_000);
    expect(await runDurableObjectAlarm(stub)).toBe(true);
    expect(await runInDurableObject(stub, async (_, { storage }) => storage.getAlarm())).toBeNull();
  });
});
