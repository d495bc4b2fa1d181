/** A client that waits for a task for as long as it may: its Worker can still ask D1 at the end. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { TaskWait } from "../../src/endpoints/tasks/task-wait.ts";
import type { Services } from "../../src/services.ts";
import type { Task } from "../../src/tasks/task.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const MOST_QUERIES = 1000;
/** The task is found and claimed, its maker is found, what it tells is noted, and the task is found again. */
const QUERIES_OF_A_LOOK = 5;

it("a wait of a quarter of an hour is soon at its beginning, and has queries left at its end", async () => {
  const task = { id: "1", accountId: "a", state: "running", progress: 0 } as Task;
  const looks: number[] = [];
  const store = {
    async findAnyones() {
      looks.push(Date.now());
      return task;
    },
    claim: async () => [],
  };
  const services = { now: Date.now, settings: { TOTAL_MS: 900_000 }, tasks: { store } } as unknown as Services;
  const beganAt = Date.now();
  const over = expect(new TaskWait(services, task, new AbortController().signal).forEnd()).rejects.toMatchObject({
    kind: "upstream_timeout",
  });
  await vi.advanceTimersByTimeAsync(1_000_000);
  await over;
  expect(looks.filter((at) => at - beganAt <= 60_000)).toHaveLength(20);
  expect(looks.length * QUERIES_OF_A_LOOK).toBeLessThan(0.8 * MOST_QUERIES);
  const gaps = looks.slice(1).map((at, before) => at - (looks[before] ?? 0));
  expect(Math.max(...gaps)).toBeLessThan(30_000);
});
