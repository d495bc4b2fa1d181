/**
 * Refusals cost a client nothing, so a client may cause thousands a second. The first of a second has its own line; the
 * others of the same caller and fault become one line with their count.
 */
import type { FaultName } from "../core/fault.ts";
import { log } from "../core/log.ts";

const COUNTED: ReadonlySet<FaultName> = new Set([
  "missing_key",
  "invalid_key",
  "account_disabled",
  "insufficient_balance",
  "key_quota_exhausted",
  "daily_limit_reached",
  "rate_limited_key",
  "rate_limited_account",
  "rate_limited_ip",
  "concurrency_limited",
]);

const SECOND_MS = 1000;
const MAX_CALLERS = 10_000;

export interface Refusal {
  readonly fault: FaultName;
  /** The key's id, or the address of a caller without a valid key. It is not logged. */
  readonly caller: string;
  /** What the line says of the caller. */
  readonly fields: { readonly account?: string; readonly key?: string };
  /** Keeps work alive after the answer (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
}

interface Second {
  readonly endsAtMs: number;
  readonly fields: Readonly<Record<string, unknown>>;
  more: number;
}

export class RefusalLog {
  readonly #seconds = new Map<string, Second>();
  readonly #now: () => number;
  readonly #sleep: (ms: number) => Promise<void>;

  constructor(now: () => number, sleep: (ms: number) => Promise<void>) {
    this.#now = now;
    this.#sleep = sleep;
  }

  /** Whether a refusal is counted in a line that comes later, and needs no line of its own. */
  takes({ fault, caller, fields, defer }: Refusal): boolean {
    if (!COUNTED.has(fault)) return false;
    const name = `${fault} ${caller}`;
    const current = this.#seconds.get(name);
    if (current !== undefined && this.#now() < current.endsAtMs) {
      current.more++;
      return true;
    }
    // The request that was to write the line of the last second may have been killed.
    if (current !== undefined) this.#end(name, current);
    if (this.#seconds.size >= MAX_CALLERS) return false;
    const second = { endsAtMs: this.#now() + SECOND_MS, fields: { fault, ...fields }, more: 0 };
    this.#seconds.set(name, second);
    defer(this.#sleep(SECOND_MS).then(() => this.#end(name, second)));
    return false;
  }

  #end(name: string, second: Second): void {
    if (this.#seconds.get(name) !== second) return;
    this.#seconds.delete(name);
    if (second.more > 0) log("info", "refusals", { ...second.fields, count: second.more });
  }
}
