/** How long upstreams may take to take a task: never longer than its row waits for them. */
import { eq } from "drizzle-orm";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { models, tasks } from "../../schema/index.ts";
import { lookAfterAll } from "../../src/tasks/due.ts";
import type { TaskServices } from "../../src/tasks/task-services.ts";
import {
  addFilmModel,
  db,
  expectClosed,
  FILM_NANOS,
  isolate,
  MINUTE,
  pass,
  payer,
  submit,
  tasksOf,
} from "./support.ts";

const SECOND = 1000;

beforeAll(async () => {
  await addFilmModel("slow");
  await db
    .update(models)
    .set({ answerMs: 5 * MINUTE })
    .where(eq(models.id, "slow"));
  await addFilmModel("two", ["first", "second"]);
  await db.update(models).set({ answerMs: MINUTE }).where(eq(models.id, "two"));
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (const level of ["log", "warn"] as const) vi.spyOn(console, level).mockImplementation(() => {});
});

afterEach(async () => {
  await db.delete(tasks);
  vi.useRealTimers();
});

describe("an upstream", () => {
  it("that may take minutes to answer is waited for, and its film is not given away", async () => {
    const accountId = await payer();
    const services: TaskServices = isolate(async (_url, { method = "GET" }) => {
      if (method === "GET") return Response.json({ status: "completed", seconds: "4" });
      for (let minute = 0; minute < 4; minute++) {
        pass(MINUTE);
        await lookAfterAll(services);
      }
      return Response.json({ id: "film", status: "queued" });
    });
    await submit(services, { accountId, model: "slow" });
    expect(await tasksOf(accountId)).toMatchObject([{ state: "queued" }]);
    pass(MINUTE);
    await lookAfterAll(services);
    expect(await expectClosed(accountId)).toBe(FILM_NANOS);
  });

  it("is not asked when those before it have taken all the time, because nobody would wait for it", async () => {
    const accountId = await payer();
    const asked: string[] = [];
    const services = isolate(async (url) => {
      asked.push(new URL(url).host);
      pass(147 * SECOND);
      return new Response("", { status: 500 });
    });
    await expect(submit(services, { accountId, model: "two" })).rejects.toMatchObject({
      options: { headers: { "x-gateway-attempts": "2" } },
    });
    expect(asked).toEqual(["first.example"]);
    expect(await tasksOf(accountId)).toEqual([]);
    expect(await expectClosed(accountId)).toBe(0);
  });
});
