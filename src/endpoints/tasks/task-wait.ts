/** Waits for tasks, for clients that want their answer at once. */
import { Fault } from "../../core/fault.ts";
import type { Services } from "../../services.ts";
import { freshened } from "../../tasks/due.ts";
import { isOver, type Task } from "../../tasks/task.ts";

/**
 * How often a task is looked at that somebody waits for: more seldom with time, because a look takes five queries, and D1 allows 1,000
 * in an invocation.
 */
const LOOK_MS = 3000;
const LOOKS_OF_WAIT = 40;

/** Somebody waits for a task. */
export class TaskWait {
  readonly gone: AbortSignal;
  readonly #services: Services;
  readonly #task: Task;
  readonly #left = new AbortController();
  readonly #beganAtMs: number;
  readonly #endAtMs: number;

  constructor(services: Services, task: Task, gone: AbortSignal) {
    this.#services = services;
    this.#task = task;
    this.gone = AbortSignal.any([gone, this.#left.signal]);
    this.#beganAtMs = services.now();
    this.#endAtMs = this.#beganAtMs + services.settings.TOTAL_MS;
  }

  readonly leave = (): void => this.#left.abort();

  /** @param changed called whenever it is further than before. @throws Fault */
  async forEnd(changed?: (task: Task) => Promise<void>): Promise<Task> {
    let task = this.#task;
    while (!isOver(task.state)) {
      if (this.gone.aborted) throw new Fault("client_closed");
      const nowMs = this.#services.now();
      if (nowMs >= this.#endAtMs) throw tooLong(task);
      const waitMs = Math.max(LOOK_MS, (nowMs - this.#beganAtMs) / LOOKS_OF_WAIT);
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const { progress } = task;
      task = await freshened(this.#services.tasks, (await this.#services.tasks.store.findAnyones(task.id)) ?? task);
      if (task.progress > progress && !isOver(task.state)) await changed?.(task);
    }
    if (task.state === "failed") throw failed(task);
    return task;
  }
}

function failed({ content: { error } }: Task): Fault {
  const message = error?.message ?? "";
  const isRefused = error?.code === "content_policy_violation";
  return new Fault(isRefused ? "content_policy" : "upstream_error", {
    values: { message },
    ...(message === "" ? {} : { detail: { en: "{message}", zh: "{message}" } }),
  });
}

function tooLong({ id }: Task): Fault {
  return new Fault("upstream_timeout", {
    values: { id },
    detail: {
      en: "The task is not finished yet. It goes on: ask for /api/tasks/{id}.",
      zh: "任务尚未完成,仍在进行:请查询 /api/tasks/{id}。",
    },
  });
}
