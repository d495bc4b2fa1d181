interface Entry<Value> {
  value: Value;
  readAtMs: number;
  refreshing: boolean;
}

export interface StaleCacheOptions {
  /** Up to this age a value is given without a look. */
  readonly freshMs: number;
  /** Up to this age it is given while a new one is fetched behind the answer; past it the caller waits. */
  readonly staleMs: number;
  readonly maxEntries: number;
  readonly now: () => number;
}

/**
 * A bounded per-isolate cache, stale-while-revalidate. Requests never wait for each other's look-ups: the owner of a
 * promise may be cancelled, so each does its own.
 */
export class StaleCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #options: StaleCacheOptions;

  constructor(options: StaleCacheOptions) {
    this.#options = options;
  }

  /** The value of `key`; `defer` keeps a refresh alive after the answer (`waitUntil`). Rejects as `load` does. */
  async get(key: string, load: () => Promise<Value>, defer: (work: Promise<unknown>) => void): Promise<Value> {
    const entry = this.#entries.get(key);
    const ageMs = entry === undefined ? Number.POSITIVE_INFINITY : this.#options.now() - entry.readAtMs;
    if (entry === undefined || ageMs >= this.#options.staleMs) return this.#load(key, load);
    if (ageMs >= this.#options.freshMs && !entry.refreshing) {
      entry.refreshing = true;
      defer(
        this.#load(key, load).catch(() => {
          entry.refreshing = false;
        }),
      );
    }
    return entry.value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  async #load(key: string, load: () => Promise<Value>): Promise<Value> {
    // The age counts from before the look-up: a value is never older than it claims.
    const readAtMs = this.#options.now();
    const value = await load();
    this.#entries.delete(key);
    this.#entries.set(key, { value, readAtMs, refreshing: false });
    if (this.#entries.size > this.#options.maxEntries) {
      const [oldest] = this.#entries.keys();
      if (oldest !== undefined) this.#entries.delete(oldest);
    }
    return value;
  }
}
