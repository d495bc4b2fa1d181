/**
 * Exchanges reports with the upstreams' objects for one isolate, rarely and in the background. Routing never depends on
 * it: while an object is slow or broken, the isolate uses its own knowledge.
 */
import type { LocalHealth } from "./local-health.ts";
import type { HealthPort } from "./report.ts";

export interface ExchangerOptions {
  readonly local: LocalHealth;
  /** Called once for each exchange, because a stub of one request may not serve another. */
  readonly connect: (upstreamId: string) => HealthPort;
  /** Resolves after `ms`. */
  readonly sleep: (ms: number) => Promise<unknown>;
  readonly failed?: (upstreamId: string, error: unknown) => void;
}

interface Line {
  readonly startedAtMs: number;
  nextAtMs: number;
  /** Until then an exchange is under way. It may never end: the request that started it can be cancelled. */
  busyUntilMs: number;
  /** The object did not answer. It is not called until `nextAtMs`, even if something is urgent. */
  isDown: boolean;
}

/** Keeps work alive after the answer (`waitUntil`). */
export type Defer = (work: Promise<unknown>) => void;

export class Exchanger {
  readonly #options: ExchangerOptions;
  readonly #lines = new Map<string, Line>();
  /** The last exchange with each object. */
  readonly #works = new Map<string, Promise<void>>();
  #calls = 0;
  #counted = 0;

  constructor(options: ExchangerOptions) {
    this.#options = options;
  }

  /** All calls of objects so far. */
  get calls(): number {
    return this.#calls;
  }

  /** Calls since `takeCalls` was last called. */
  takeCalls(): number {
    const since = this.#calls - this.#counted;
    this.#counted = this.#calls;
    return since;
  }

  /**
   * Starts the exchanges that are due.
   * @returns resolves when the objects that are new to the isolate, or that must grant something, have answered; after
   *   `firstUseMs` at the latest
   */
  async run(defer: Defer): Promise<void> {
    const { local, sleep } = this.#options;
    const awaited: Promise<void>[] = [];
    for (const upstreamId of local.activeUpstreams()) {
      const isAwaited = !this.#lines.has(upstreamId) || local.isAwaited(upstreamId);
      if (this.#isDue(upstreamId)) {
        const work = this.#exchange(upstreamId);
        this.#works.set(upstreamId, work);
        defer(work);
      }
      const work = this.#works.get(upstreamId);
      if (isAwaited && work !== undefined) awaited.push(work);
    }
    if (awaited.length > 0) await Promise.race([Promise.all(awaited), sleep(local.tuning.firstUseMs)]);
  }

  #isDue(upstreamId: string): boolean {
    const line = this.#lines.get(upstreamId);
    if (line === undefined) return true;
    const { local } = this.#options;
    const nowMs = local.now();
    if (nowMs < line.busyUntilMs) return false;
    if (nowMs >= line.nextAtMs) return true;
    if (line.isDown) return false;
    const isNear = nowMs < line.startedAtMs + local.tuning.urgentPaceMs;
    return local.lacksLease(upstreamId) || (local.isUrgent(upstreamId) && !isNear);
  }

  /** Never rejects. */
  async #exchange(upstreamId: string): Promise<void> {
    const { local, connect, sleep, failed } = this.#options;
    let mayRest = true;
    do {
      const { exchangePaceMs, exchangeTimeoutMs } = local.tuning;
      const startedAtMs = local.now();
      const line = {
        startedAtMs,
        nextAtMs: startedAtMs + exchangePaceMs,
        busyUntilMs: startedAtMs + exchangeTimeoutMs,
        isDown: false,
      };
      this.#lines.set(upstreamId, line);
      this.#calls++;
      try {
        const late = sleep(exchangeTimeoutMs).then(() => undefined);
        const standing = await Promise.race([connect(upstreamId).exchange(local.report(upstreamId)), late]);
        if (standing === undefined) throw new Error("no answer in time");
        local.receive(upstreamId, standing);
        line.nextAtMs = startedAtMs + Math.max(exchangePaceMs, standing.paceMs);
      } catch (error) {
        line.isDown = true;
        failed?.(upstreamId, error);
      }
      line.busyUntilMs = 0;
      // Something urgent may have happened meanwhile, such as the end of a trial, and no other request may follow.
      if (mayRest && local.isUrgent(upstreamId)) {
        mayRest = false;
        await sleep(startedAtMs + local.tuning.urgentPaceMs - local.now());
      }
    } while (this.#isDue(upstreamId));
  }
}
