/**
 * The Durable Object that looks after the young tasks of one upstream, named by the upstream's id, every few seconds. It keeps
 * nothing but its alarm: older tasks, and those that an object has lost, are looked after each minute (`src/jobs/`).
 */
import { DurableObject } from "cloudflare:workers";
import { log } from "../core/log.ts";

/** Looks after the tasks that are due. @returns when the next one is due; undefined = none is young */
export type LookAfterDue = (upstreamId: string) => Promise<number | undefined>;

const UPSTREAM = "upstream";
/** Sooner it is not rung again, whatever is due. */
const LEAST_MS = 2000;
/** After a failure. */
const RETRY_MS = 15_000;

export abstract class TaskClockBase<Bindings> extends DurableObject<Bindings> {
  protected abstract readonly lookAfterDue: LookAfterDue;

  /** A task was taken: it is looked at soon. */
  async wake(upstreamId: string, atMs: number): Promise<void> {
    this.ctx.storage.kv.put(UPSTREAM, upstreamId);
    await this.#ring(atMs);
  }

  override async alarm(): Promise<void> {
    const upstreamId = this.ctx.storage.kv.get<string>(UPSTREAM);
    if (upstreamId === undefined) return;
    try {
      const nextMs = await this.lookAfterDue(upstreamId);
      if (nextMs !== undefined) await this.#ring(nextMs);
    } catch (error) {
      log("error", "tasks_not_looked_after", { upstream: upstreamId, reason: String(error).slice(0, 200) });
      await this.#ring(Date.now() + RETRY_MS);
    }
  }

  async #ring(atMs: number): Promise<void> {
    const set = (await this.ctx.storage.getAlarm()) ?? Number.POSITIVE_INFINITY;
    const next = Math.max(atMs, Date.now() + LEAST_MS);
    if (next < set) await this.ctx.storage.setAlarm(next);
  }
}
