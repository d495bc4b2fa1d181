/** Workers that are killed at every step of a task: nobody pays twice, or for nothing, and nothing stays open. */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { sweepExpired } from "../../src/jobs/sweep.ts";
import { lookAfterAll } from "../../src/tasks/due.ts";
import type { Fetch } from "../../src/upstream/send.ts";
import { outboxes } from "../billing/support.ts";
import { Life } from "../support/mortal-d1.ts";
import {
  addFilmModel,
  chargesOf,
  expectClosed,
  FILM_NANOS,
  HOUR,
  isolate,
  MINUTE,
  pass,
  payer,
  submit,
  tasksOf,
} from "./support.ts";

/** Films that the upstream has begun, and how they end. */
let begun = 0;
let end: "completed" | "failed" = "completed";

const upstream: Fetch = async (_url, { method }) => {
  if (method !== "POST") return Response.json({ id: "x", status: end, seconds: "4" });
  begun++;
  return Response.json({ id: `film-${begun}`, status: "queued" });
};

beforeAll(async () => addFilmModel("mortal"));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(console, "log").mockImplementation(() => {});
  [begun, end] = [0, "completed"];
});

afterEach(() => {
  vi.useRealTimers();
});

/** Whatever an isolate that was killed has left is looked after by others, for more than a day. */
async function goOn(): Promise<void> {
  for (const waitMs of [0, MINUTE, 3 * MINUTE, 5 * MINUTE, HOUR, 26 * HOUR, MINUTE]) {
    pass(waitMs);
    await lookAfterAll(isolate(upstream));
    await sweepExpired(env.DB, Date.now(), { outboxes });
  }
}

/** Does some work again and again, killed at each of its steps in turn, until it comes to its end. @returns its steps */
async function killAtEachStep(
  dies: "before" | "after",
  drill: { readonly prepare: () => Promise<Scene>; readonly work: (scene: Scene, life: Life) => Promise<unknown> },
): Promise<number> {
  for (let step = 1; step < 100; step++) {
    const scene = await drill.prepare();
    const life = new Life(step, dies);
    const isDone = await Promise.race([drill.work(scene, life).then(() => true), life.over.then(() => false)]);
    await goOn();
    const spent = await expectClosed(scene.accountId);
    const rows = await tasksOf(scene.accountId);
    expect(
      rows.every(({ state, closedAt }) => (state === "succeeded" || state === "failed") && closedAt !== null),
    ).toBe(true);
    expect(spent, `killed ${dies} step ${step}`).toBe(rows.some(({ state }) => state === "succeeded") ? FILM_NANOS : 0);
    expect((await chargesOf(scene.accountId)).length).toBeLessThanOrEqual(1);
    expect(begun).toBeLessThanOrEqual(1);
    if (isDone) return step - 1;
  }
  throw new Error("more steps than anybody takes");
}

interface Scene {
  readonly accountId: string;
}

async function newAccount(): Promise<Scene> {
  begun = 0;
  return { accountId: await payer() };
}

async function withTask(): Promise<Scene> {
  const scene = await newAccount();
  await submit(isolate(upstream), { ...scene, model: "mortal" });
  pass(MINUTE);
  return scene;
}

describe.each(["before", "after"] as const)("a Worker that is killed %s a call", (dies) => {
  it("that submits a task: its account pays for a film that it can see, or for none", async () => {
    const work = async ({ accountId }: Scene, life: Life) =>
      submit(isolate(upstream, { life }), { accountId, model: "mortal" });
    expect(await killAtEachStep(dies, { prepare: newAccount, work })).toBeGreaterThan(5);
  });

  it.each(["completed", "failed"] as const)(
    "that looks after a task that is %s: it is charged or let go once",
    async (ends) => {
      end = ends;
      const work = async (_: Scene, life: Life) => lookAfterAll(isolate(upstream, { life }));
      expect(await killAtEachStep(dies, { prepare: withTask, work })).toBeGreaterThan(5);
    },
  );
});
