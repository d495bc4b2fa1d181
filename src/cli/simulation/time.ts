/** A clock that jumps from one event to the next. */

/** The most turns of the microtask queue that a chain of promises between two events needs. */
const TURNS = 40;

interface Event {
  readonly atMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** Resolves when all that was started waits for a later event. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await Promise.resolve();
}

export class VirtualTime {
  nowMs: number;
  /** A binary heap, the earliest first. */
  readonly #heap: Event[] = [];
  #order = 0;

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  readonly now = (): number => this.nowMs;

  readonly sleep = async (ms: number): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.at(this.nowMs + ms, resolve);
    return promise;
  };

  /** Calls `then` after `ms`. @returns a function that cancels it */
  readonly after = (ms: number, then: () => void): (() => void) => {
    let isCancelled = false;
    this.at(this.nowMs + ms, () => {
      if (!isCancelled) then();
    });
    return () => {
      isCancelled = true;
    };
  };

  at(atMs: number, run: () => void): void {
    this.#push({ atMs, order: this.#order++, run });
  }

  /** Runs all events up to `endMs`. */
  async runUntil(endMs: number): Promise<void> {
    for (let next = this.#heap[0]; next !== undefined && next.atMs <= endMs; next = this.#heap[0]) {
      this.#pop();
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.run();
      await settled();
    }
    this.nowMs = endMs;
    await settled();
  }

  #push(event: Event): void {
    const heap = this.#heap;
    let index = heap.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isBefore(index, parent)) break;
      this.#swap(index, parent);
      index = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    heap[0] = last;
    let index = 0;
    for (;;) {
      const left = 2 * index + 1;
      if (left >= heap.length) return;
      const child = left + 1 < heap.length && this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(child, index)) return;
      this.#swap(index, child);
      index = child;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return false;
    return first.atMs === second.atMs ? first.order < second.order : first.atMs < second.atMs;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
