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
    const held = this.held(key);
    if (held === undefined) return this.load(key, load);
    if (held.due) defer(this.refresh(key, load));
    return held.value;
  }

  /** What may be given of `key` without a look-up, and whether a new one is due; undefined when none may be given. */
  held(key: string): { readonly value: Value; readonly due: boolean } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageMs = this.#options.now() - entry.readAtMs;
    if (ageMs >= this.#options.staleMs) return undefined;
    return { value: entry.value, due: ageMs >= this.#options.freshMs && !entry.refreshing };
  }

  /** A new look behind the answer; one at a time. Does not reject: the old value stays until it is too old. */
  async refresh(key: string, load: () => Promise<Value>): Promise<void> {
    const entry = this.#entries.get(key);
    if (entry?.refreshing === true) return;
    if (entry !== undefined) entry.refreshing = true;
    try {
      await this.load(key, load);
    } catch {
      if (entry !== undefined) entry.refreshing = false;
    }
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  /** Looks `key` up, whatever is held. Rejects as `load` does. */
  async load(key: string, load: () => Promise<Value>): Promise<Value> {
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
