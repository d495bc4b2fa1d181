interface Entry<Value> {
  value: Value;
  readAtMs: number;
  refreshing: boolean;
}

export interface StaleCacheOptions {
  /** Up to this age a value is returned without a look-up. */
  readonly freshMs: number;
  /** Up to this age a value is returned and refreshed in the background. Beyond it the caller waits for a new value. */
  readonly staleMs: number;
  readonly maxEntries: number;
  readonly now: () => number;
}

/**
 * A bounded stale-while-revalidate cache of one isolate. Requests do not share a pending look-up: the runtime may cancel
 * the request that started it.
 */
export class StaleCache<Value> {
  readonly #entries = new Map<string, Entry<Value>>();
  readonly #options: StaleCacheOptions;

  constructor(options: StaleCacheOptions) {
    this.#options = options;
  }

  /**
   * Returns the value of `key`.
   * @param defer keeps a refresh alive after the answer (`waitUntil`)
   * @throws what `load` throws
   */
  async get(key: string, load: () => Promise<Value>, defer: (work: Promise<unknown>) => void): Promise<Value> {
    const held = this.held(key);
    if (held === undefined) return this.load(key, load);
    if (held.due) defer(this.refresh(key, load));
    return held.value;
  }

  /** The value of `key` if it may be returned without a look-up, and whether a refresh is due; else undefined. */
  held(key: string): { readonly value: Value; readonly due: boolean } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const ageMs = this.#options.now() - entry.readAtMs;
    if (ageMs >= this.#options.staleMs) return undefined;
    return { value: entry.value, due: ageMs >= this.#options.freshMs && !entry.refreshing };
  }

  /**
   * Loads `key` in the background, unless a refresh is running. Never rejects: after a failure the old value stays
   * until `staleMs`.
   */
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

  /** Loads `key` even if it is cached. @throws what `load` throws */
  async load(key: string, load: () => Promise<Value>): Promise<Value> {
    // The age counts from before the look-up, so that a value is never older than its age says.
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
