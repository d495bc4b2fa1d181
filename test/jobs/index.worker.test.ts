import { expect, it, vi } from "vitest";
import { jobs, status } from "../../schema/index.ts";
import { runJobs } from "../../src/jobs/index.ts";
import { db, defer, servicesWith } from "./support.ts";

const services = servicesWith(async () => Promise.reject(new Error("no upstream is asked")));

it("runs the other jobs when one fails, and says which", async () => {
  const error = vi.spyOn(console, "error").mockImplementation(() => {});
  const failing = async () => Promise.reject(new Error("D1 has gone"));
  const d1 = { prepare: services.d1.prepare.bind(services.d1), batch: failing } as unknown as D1Database;
  await runJobs({ services: { ...services, d1 }, nowMs: Date.now(), defer });
  expect(error.mock.calls.map(([line]) => JSON.parse(String(line)) as object)).toEqual([
    { level: "error", event: "job_failed", job: "sweep", reason: "Error: D1 has gone" },
    { level: "error", event: "job_failed", job: "forget", reason: "Error: D1 has gone" },
  ]);
  expect(await db.$count(jobs), "the long jobs had their turn").toBe(2);
  expect(await db.$count(status)).toBe(1);
});
