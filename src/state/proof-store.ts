/**
 * Keeps for a day what vendors want back with the results of tool calls, for clients that send the calls alone. The key is the
 * account and the id of the call.
 */
import { and, eq, gt, inArray } from "drizzle-orm";
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { keptProofs } from "../../schema/index.ts";
import { log } from "../core/log.ts";
import type { Sealer } from "../core/seal.ts";
import { within } from "../core/within.ts";
import { hasProofs, type CallProofs } from "../operation/chat/call-proofs.ts";

const KEPT_MS = 86_400_000;
/** A longer text is not kept. */
const MAX_LENGTH = 500_000;
/** D1 takes a hundred parameters. */
const MOST_CALLS = 90;
/** Without its proofs, the request goes on all the same. */
const WAIT_MS = 1000;
/** Of one isolate: most clients come back to it. */
const MOST_REMEMBERED = 500;

export class ProofStore {
  readonly #db: DrizzleD1Database;
  readonly #sealer: Sealer;
  readonly #now: () => number;
  /** Sealed, like the rows; null = the call has no proofs. */
  readonly #remembered = new Map<string, string | null>();

  constructor(db: DrizzleD1Database, sealer: Sealer, now: () => number) {
    this.#db = db;
    this.#sealer = sealer;
    this.#now = now;
  }

  /** Never rejects. */
  async keep(accountId: string, found: readonly CallProofs[]): Promise<void> {
    try {
      for (const proofs of found) {
        if (!hasProofs(proofs)) {
          this.#remember(accountId, proofs.id, null);
          continue;
        }
        const text = JSON.stringify(proofs);
        if (text.length > MAX_LENGTH) continue;
        const sealed = await this.#sealer.seal(text, purposeOf(accountId, proofs.id));
        this.#remember(accountId, proofs.id, sealed);
        const row = { sealed, expiresAt: this.#now() + KEPT_MS };
        await this.#db
          .insert(keptProofs)
          .values({ accountId, callId: proofs.id, ...row })
          .onConflictDoUpdate({ target: [keptProofs.accountId, keptProofs.callId], set: row });
      }
    } catch (error) {
      log("warn", "proofs_not_kept", { reason: reasonOf(error) });
    }
  }

  /** What is known of these calls. Never rejects. */
  async recall(accountId: string, callIds: readonly string[]): Promise<ReadonlyMap<string, CallProofs>> {
    const known = new Map<string, CallProofs>();
    try {
      const asked = callIds.slice(-MOST_CALLS);
      const remembered = asked.map((callId) => ({ callId, sealed: this.#remembered.get(nameOf(accountId, callId)) }));
      const unknown = remembered.flatMap(({ callId, sealed }) => (sealed === undefined ? [callId] : []));
      const read = unknown.length === 0 ? [] : await this.#read(accountId, unknown);
      for (const { callId, sealed } of [...remembered, ...read]) {
        if (sealed === undefined || sealed === null) continue;
        const text = await this.#sealer.open(sealed, purposeOf(accountId, callId));
        known.set(callId, JSON.parse(text) as CallProofs);
      }
    } catch (error) {
      log("warn", "proofs_not_recalled", { reason: reasonOf(error) });
    }
    return known;
  }

  async #read(accountId: string, callIds: readonly string[]): Promise<{ callId: string; sealed: string }[]> {
    return within(
      WAIT_MS,
      this.#db
        .select({ callId: keptProofs.callId, sealed: keptProofs.sealed })
        .from(keptProofs)
        .where(
          and(
            eq(keptProofs.accountId, accountId),
            inArray(keptProofs.callId, [...callIds]),
            gt(keptProofs.expiresAt, this.#now()),
          ),
        )
        .all(),
    );
  }

  #remember(accountId: string, callId: string, sealed: string | null): void {
    this.#remembered.set(nameOf(accountId, callId), sealed);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest);
  }
}

/** drizzle's own message holds the parameters. */
function reasonOf(error: unknown): string {
  return String(error instanceof Error ? (error.cause ?? error) : error).slice(0, 200);
}

function nameOf(accountId: string, callId: string): string {
  return `${accountId} ${callId}`;
}

function purposeOf(accountId: string, callId: string) {
  return { id: nameOf(accountId, callId), origin: "proofs" };
}
