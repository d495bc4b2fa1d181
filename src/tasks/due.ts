/** Finds the tasks that are due, and looks after them. */
import { tellCallbacks } from "./callbacks.ts";
import { lookAfter } from "./look-after.ts";
import { isOver, type Task } from "./task.ts";
import type { TaskServices } from "./task-services.ts";

/** Each may be a call of its upstream; an invocation has 1,000 of them, and D1 answers it as often. */
const AT_ONCE = 200;
/** Older tasks are looked after each minute alone. */
const YOUNG_MS = 600_000;
/** No client makes an upstream be asked more often. */
const CLIENTS_EVERY_MS = 3000;

/** @returns when the next young task of the upstream is due; undefined = there is none */
export async function lookAfterUpstream(services: TaskServices, upstreamId: string): Promise<number | undefined> {
  await lookAfter(services, await services.store.claimDue(AT_ONCE, upstreamId));
  await tellCallbacks(services, upstreamId);
  return services.store.nextDue(upstreamId, services.relay.now() - YOUNG_MS);
}

/** @returns how many were due */
export async function lookAfterAll(services: TaskServices): Promise<number> {
  const tasks = await services.store.claimDue(AT_ONCE);
  await lookAfter(services, tasks);
  await tellCallbacks(services);
  return tasks.length;
}

/** The task as it is now, for a client that asks for it. */
export async function freshened(services: TaskServices, task: Task): Promise<Task> {
  if (isOver(task.state)) return task;
  const claimed = await services.store.claim(task.id, CLIENTS_EVERY_MS);
  if (claimed === undefined) return task;
  await lookAfter(services, [claimed]);
  // Its callback is told by the object, not by whoever asks.
  if (task.maker !== undefined && task.content.callback !== undefined) {
    await services.wake(task.maker.upstreamId, services.relay.now());
  }
  return (await services.store.findAnyones(task.id)) ?? task;
}
