/** Numbers what an isolate reports, so that an upstream's object counts it once. Pure state; the time is passed in. */
import type { RouteDelta } from "./report.ts";

export interface Batch {
  readonly sequence: number;
  readonly deltas: Readonly<Record<string, RouteDelta>>;
  readonly closedAtMs: number;
}

export class Batches {
  /** The batch of each upstream that was not acknowledged yet. */
  readonly #open = new Map<string, Batch>();
  readonly #sequences = new Map<string, number>();

  isOpen(upstreamId: string): boolean {
    return this.#open.has(upstreamId);
  }

  /** The batch to send: the one that was not acknowledged, or else a new one. */
  next(upstreamId: string, takeDeltas: () => Record<string, RouteDelta>, nowMs: number): Batch {
    const open = this.#open.get(upstreamId);
    if (open !== undefined) return open;
    const sequence = (this.#sequences.get(upstreamId) ?? 0) + 1;
    this.#sequences.set(upstreamId, sequence);
    const batch = { sequence, deltas: takeDeltas(), closedAtMs: nowMs };
    this.#open.set(upstreamId, batch);
    return batch;
  }

  acknowledged(upstreamId: string, sequence: number): void {
    const open = this.#open.get(upstreamId);
    if (open !== undefined && open.sequence <= sequence) this.#open.delete(upstreamId);
  }
}
