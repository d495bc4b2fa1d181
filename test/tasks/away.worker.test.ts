/** A database that takes no changes for a while: clients see what is known, may try again, and pay once. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { freshened } from "../../src/tasks/due.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import { Life } from "../support/mortal-d1.ts";
import { addFilmModel, chargesOf, expectClosed, FILM_NANOS, isolate, pass, payer, submit, tasksOf } from "./support.ts";

let begun = 0;

const upstream: Fetch = async (_url, { method }) => {
  if (method !== "POST") return Response.json({ id: "x", status: "completed", seconds: "4" });
  begun++;
  return Response.json({ id: `film-${begun}`, status: "queued" });
};

async function takesNo(change: "INSERT" | "UPDATE"): Promise<void> {
  await env.DB.exec(`CREATE TRIGGER away BEFORE ${change} ON tasks BEGIN SELECT RAISE(ABORT, 'away'); END`);
}

async function comesBack(): Promise<void> {
  await env.DB.exec("DROP TRIGGER IF EXISTS away");
}

beforeAll(async () => addFilmModel("noted"));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockImplementation(() => {});
  begun = 0;
});

afterEach(async () => {
  vi.useRealTimers();
  await comesBack();
});

/** A database that fails once. */
class Stumble extends Life {
  readonly #at: number;
  readonly #when: "before" | "after";

  constructor(at: number, when: "before" | "after") {
    super(Number.POSITIVE_INFINITY, when);
    [this.#at, this.#when] = [at, when];
  }

  override async step<Result>(call: () => Promise<Result>): Promise<Result> {
    this.steps++;
    if (this.steps !== this.#at) return call();
    if (this.#when === "after") await call();
    throw new Error("D1_ERROR: Network connection lost.");
  }
}

it.each(["before", "after"] as const)(
  "a film that an upstream makes is known to its client, when the database once fails %s a step",
  async (when) => {
    let life: Stumble;
    let at = 0;
    do {
      life = new Stumble((at += 1), when);
      begun = 0;
      const accountId = await payer();
      const services = isolate(upstream, { life });
      const stumbling = { ...services, relay: { ...services.relay, fetch: upstream } };
      const made = await submit(stumbling, { accountId, model: "noted" }).catch(() => undefined);
      const known = (await tasksOf(accountId)).filter(({ state }) => state !== "submitting");
      expect(known, `step ${at}`).toHaveLength(begun);
      pass(10_000);
      if (made !== undefined) await freshened(isolate(upstream), made);
      expect(await expectClosed(accountId), `step ${at}`).toBe(begun * FILM_NANOS);
    } while (life.steps >= at);
    expect(at).toBeGreaterThan(5);
  },
);

it("a client that asks for its task sees it as it was", async () => {
  const accountId = await payer();
  const services = isolate(upstream);
  const task = await submit(services, { accountId, model: "noted" });
  pass(10_000);
  await takesNo("UPDATE");
  expect(await freshened(services, task)).toMatchObject({ id: task.id, state: "queued" });
  await comesBack();
  expect(await freshened(services, task)).toMatchObject({ state: "succeeded" });
  expect(await expectClosed(accountId)).toBe(FILM_NANOS);
});

it.each([
  ["INSERT", 0],
  ["UPDATE", 1],
] as const)(
  "a task that is not noted, for want of an %s, costs nothing, and can be asked for again",
  async (change, taken) => {
    const accountId = await payer();
    const services = isolate(upstream);
    const asked = { accountId, model: "noted", retryKey: `key of ${accountId}` };
    await takesNo(change);
    await expect(submit(services, asked)).rejects.toMatchObject({ kind: "overloaded" });
    expect(begun).toBe(taken);
    expect(await tasksOf(accountId)).toEqual([]);
    expect(await expectClosed(accountId)).toBe(0);
    await comesBack();
    const task = await submit(services, asked);
    pass(10_000);
    await freshened(services, task);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
    expect((await chargesOf(accountId)).filter(({ state }) => state === "settled")).toHaveLength(1);
  },
);
