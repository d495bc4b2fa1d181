/**
 * Pure; no clock, `nowMs` is passed in. A sliding window of two counters: the minute before counts by the share of it
 * that the window still covers, rounded down. The arithmetic is that of `@upstash/ratelimit`, so that both limiters give
 * the same verdicts.
 * @see https://upstash.com/docs/redis/sdks/ratelimit-ts/algorithms
 */
import { WINDOW_MS, type Verdict } from "./types.ts";

/** The counters of one subject. */
export interface WindowState {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly current: number;
  readonly previous: number;
}

export class SlidingWindow {
  #minute: number;
  #current: number;
  #previous: number;

  constructor(state: WindowState = { minute: 0, current: 0, previous: 0 }) {
    this.#minute = state.minute;
    this.#current = state.current;
    this.#previous = state.previous;
  }

  get state(): WindowState {
    return { minute: this.#minute, current: this.#current, previous: this.#previous };
  }

  /** Counts a request if there is room for it; a refused one is not counted. */
  take(limit: number, nowMs: number): Verdict {
    this.#moveTo(Math.floor(nowMs / WINDOW_MS));
    const startMs = this.#minute * WINDOW_MS;
    const passed = Math.max(0, (nowMs - startMs) / WINDOW_MS);
    const carried = Math.floor((1 - passed) * this.#previous);
    if (carried + this.#current >= limit)
      return { allowed: false, limit, remaining: 0, resetAtMs: this.#roomAt(limit) };
    this.#current += 1;
    return {
      allowed: true,
      limit,
      remaining: limit - carried - this.#current,
      resetAtMs: startMs + WINDOW_MS,
    };
  }

  /** Moves on, never back: a clock that was set back does not reopen an old window. */
  #moveTo(minute: number): void {
    if (minute <= this.#minute) return;
    this.#previous = minute === this.#minute + 1 ? this.#current : 0;
    this.#current = 0;
    this.#minute = minute;
  }

  /** When enough of the earlier requests no longer count; Unix milliseconds. */
  #roomAt(limit: number): number {
    const startMs = this.#minute * WINDOW_MS;
    const room = limit - this.#current;
    if (room > 0) return startMs + shareGoneMs(room, this.#previous);
    return startMs + WINDOW_MS + shareGoneMs(limit, this.#current);
  }
}

/**
 * After how many milliseconds of a window fewer than `room` of the `count` requests of the window before still count.
 */
function shareGoneMs(room: number, count: number): number {
  return Math.max(0, Math.floor(WINDOW_MS * (1 - room / count))) + 1;
}
