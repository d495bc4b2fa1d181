/** Finds the tasks that are due, and looks after them. */
import { databaseMessage } from "../billing/storage.ts";
import { log } from "../core/log.ts";
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
  const [fresh = task] = await allFreshened(services, task.accountId, [task]);
  return fresh;
}

/** As {@link freshened}. @param tasks of the account */
export async function allFreshened(
  services: TaskServices,
  accountId: string,
  tasks: readonly Task[],
): Promise<readonly Task[]> {
  const open = tasks.flatMap(({ id, state }) => (isOver(state) ? [] : [id]));
  if (open.length === 0) return tasks;
  try {
    const fresh = new Map((await fresher(services, accountId, open)).map((task) => [task.id, task]));
    return tasks.map((task) => fresh.get(task.id) ?? task);
  } catch (error) {
    // What is known of them can be shown all the same.
    log("warn", "tasks_not_freshened", { tasks: open.length, reason: databaseMessage(error)?.slice(0, 200) });
    return tasks;
  }
}

/** @returns those that were looked after just now */
async function fresher(services: TaskServices, accountId: string, open: readonly string[]): Promise<readonly Task[]> {
  const claimed = await services.store.claim(open, CLIENTS_EVERY_MS);
  if (claimed.length === 0) return [];
  await lookAfter(services, claimed);
  // Callbacks are told by the objects, not by whoever asks.
  const toTell = claimed.flatMap(({ maker, content }) =>
    content.callback === undefined ? [] : (maker?.upstreamId ?? []),
  );
  await Promise.all([...new Set(toTell)].map(async (id) => services.wake(id, services.relay.now())));
  return services.store.findMany(
    accountId,
    claimed.map(({ id }) => id),
  );
}
