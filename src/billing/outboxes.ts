/** All outboxes: each keeps the closings of some accounts. */
import type { Closing } from "./closings.ts";
import type { ChargeRef } from "./wallet.ts";

/** What a shard does; `outbox.ts` implements it. */
export interface OutboxShard {
  /** Keeps a closing until D1 takes it. */
  post(closing: Closing): Promise<void>;
  /** The ids of those charges whose closings it keeps. */
  holding(charges: readonly Pick<ChargeRef, "accountId" | "id">[]): Promise<string[]>;
  waiting(): Promise<Waiting>;
}

export interface Waiting {
  readonly count: number;
  /** Unix milliseconds; undefined = nothing waits. */
  readonly oldestAtMs: number | undefined;
}

export interface Held {
  /** The ids of charges whose closings an outbox keeps. */
  readonly ids: ReadonlySet<string>;
  /** The ids of charges whose outbox did not answer. */
  readonly unknown: ReadonlySet<string>;
}

/** Not to be changed: closings that wait are found by it. */
const SHARDS = 16;

export class Outboxes {
  readonly #shardNamed: (name: string) => OutboxShard;

  constructor(shardNamed: (name: string) => OutboxShard) {
    this.#shardNamed = shardNamed;
  }

  /** @throws what the object throws */
  async post(closing: Closing): Promise<void> {
    return this.#shardNamed(shardOf(closing.charge.accountId)).post(closing);
  }

  async holding(charges: readonly Pick<ChargeRef, "accountId" | "id">[]): Promise<Held> {
    const ids = new Set<string>();
    const unknown = new Set<string>();
    const shards = [...Map.groupBy(charges, ({ accountId }) => shardOf(accountId))];
    await Promise.all(
      shards.map(async ([name, some]) => {
        try {
          for (const id of await this.#shardNamed(name).holding(some)) ids.add(id);
        } catch {
          for (const { id } of some) unknown.add(id);
        }
      }),
    );
    return { ids, unknown };
  }

  /** Of all outboxes. @throws what an object throws */
  async waiting(): Promise<Waiting> {
    const names = Array.from({ length: SHARDS }, (_, shard) => nameOf(shard));
    const all = await Promise.all(names.map(async (name) => this.#shardNamed(name).waiting()));
    const oldest = all.flatMap(({ oldestAtMs }) => oldestAtMs ?? []);
    return {
      count: all.reduce((sum, { count }) => sum + count, 0),
      oldestAtMs: oldest.length === 0 ? undefined : Math.min(...oldest),
    };
  }
}

function shardOf(accountId: string): string {
  let hash = 0;
  for (let at = 0; at < accountId.length; at++) hash = (Math.imul(hash, 31) + accountId.charCodeAt(at)) >>> 0;
  return nameOf(hash % SHARDS);
}

function nameOf(shard: number): string {
  return `outbox-${shard}`;
}
