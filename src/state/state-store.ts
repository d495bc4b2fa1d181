/**
 * Responses and conversations that the gateway keeps for its clients, in D1, sealed. A response holds what its own request
 * added and what the model answered; what came before is found by its `previous` or its `conversation`.
 */
import { log } from "../core/log.ts";
import type { Sealer } from "../core/seal.ts";

/** The texts of JSON values: nothing that is kept is parsed and written again. */
export interface Content {
  /** An array of items. */
  readonly input: string;
  /** The response object, as the client got it; absent for items and conversations. */
  readonly response?: string;
  /** Ids of items that were deleted from the conversation. */
  readonly removed?: readonly string[];
  /** Of a conversation. */
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface Stored {
  readonly id: string;
  readonly kind: "response" | "conversation" | "items";
  readonly previous?: string | undefined;
  readonly conversation?: string | undefined;
  /** Unix milliseconds. */
  readonly createdAt: number;
  readonly content: Content;
}

export interface StateLimits {
  readonly days: number;
  /** All that is kept of one account. The oldest goes first. */
  readonly accountBytes: number;
}

interface Row {
  readonly id: string;
  readonly kind: Stored["kind"];
  readonly previous: string | null;
  readonly conversation: string | null;
  readonly created_at: number;
  readonly sealed: string;
  readonly total?: number;
}

/** What one row may hold. D1 takes rows of 2 MB. */
const MAX_ROW_BYTES = 1_900_000;
/** A conversation longer than this is kept, but the client has to send it itself. */
const MAX_HISTORY_BYTES = 4 * 1024 * 1024;
const MAX_TURNS = 1000;
/** Stands for what a row takes besides its content. */
const ROW_BYTES = 200;
/** How many of an account's oldest rows make room for a new one. */
const EVICTED = 50;
/** How often that is done for one new row. */
const MOST_ROUNDS = 20;
const DAY_MS = 86_400_000;
/** A client may go on before the last answer was stored. */
const WAITS_MS = [50, 150, 400];

export class StateStore {
  readonly #d1: D1Database;
  readonly #sealer: Sealer;
  readonly #limits: StateLimits;
  readonly #now: () => number;

  constructor(d1: D1Database, sealer: Sealer, limits: StateLimits, now: () => number) {
    this.#d1 = d1;
    this.#sealer = sealer;
    this.#limits = limits;
    this.#now = now;
  }

  /** False = the operator has nothing kept. */
  get isOn(): boolean {
    return this.#limits.days > 0;
  }

  /**
   * Keeps a row in place of an earlier one with its id.
   * @param itemIds the items that clients may refer to
   * @returns false when there is no room for it
   */
  async keep(accountId: string, row: Stored, itemIds: readonly string[]): Promise<boolean> {
    const sealed = await this.#sealer.seal(JSON.stringify(row.content), purposeOf(accountId, row.id));
    const bytes = sealed.length + ROW_BYTES;
    const { accountBytes, days } = this.#limits;
    if (bytes > Math.min(MAX_ROW_BYTES, accountBytes)) return false;
    const total = "coalesce((SELECT bytes FROM stored_totals WHERE account_id = ?1), 0)";
    const statements = [
      this.#d1.prepare("DELETE FROM stored WHERE account_id = ?1 AND id = ?2").bind(accountId, row.id),
      this.#d1
        .prepare(
          `DELETE FROM stored WHERE account_id = ?1 AND ${total} + ?2 > ?3 AND id IN
            (SELECT id FROM stored WHERE account_id = ?1 ORDER BY created_at LIMIT ${EVICTED})`,
        )
        .bind(accountId, bytes, accountBytes),
      this.#d1
        .prepare(
          `INSERT INTO stored (account_id, id, kind, previous, conversation, created_at, expires_at, bytes, sealed)
            SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9 WHERE ${total} + ?8 <= ?10`,
        )
        .bind(
          accountId,
          row.id,
          row.kind,
          row.previous ?? null,
          row.conversation ?? null,
          row.createdAt,
          this.#now() + days * DAY_MS,
          bytes,
          sealed,
          accountBytes,
        ),
      this.#d1
        .prepare(
          `INSERT OR REPLACE INTO stored_items (account_id, item_id, stored_id) SELECT ?1, value, ?2 FROM json_each(?3)
            WHERE EXISTS (SELECT 1 FROM stored WHERE account_id = ?1 AND id = ?2)`,
        )
        .bind(accountId, row.id, JSON.stringify(itemIds)),
    ];
    for (let round = 0; round < MOST_ROUNDS; round++) {
      const [, , inserted] = await this.#d1.batch(statements);
      if ((inserted?.meta.changes ?? 0) > 0) return true;
    }
    return false;
  }

  /** A row of one kind. A row that is not there is looked for again, because it may just be on its way. */
  async find(accountId: string, kind: Stored["kind"], id: string): Promise<Stored | undefined> {
    return this.#patiently(async () => {
      const row = await this.#d1
        .prepare("SELECT * FROM stored WHERE account_id = ?1 AND id = ?2 AND kind = ?3 AND expires_at > ?4")
        .bind(accountId, id, kind, this.#now())
        .first<Row>();
      return row === null ? undefined : this.#open(accountId, row);
    });
  }

  /**
   * A response and all that it continues, the oldest first; undefined when one of them is not there.
   * @throws TooLong
   */
  async chain(accountId: string, id: string): Promise<Stored[] | undefined> {
    return this.#patiently(async () => {
      const { results } = await this.#d1
        .prepare(
          `WITH RECURSIVE chain AS (
            SELECT s.*, s.bytes AS total, 0 AS depth FROM stored s
              WHERE s.account_id = ?1 AND s.id = ?2 AND s.kind = 'response' AND s.expires_at > ?3
            UNION ALL
            SELECT s.*, c.total + s.bytes, c.depth + 1 FROM chain c
              JOIN stored s ON s.account_id = ?1 AND s.id = c.previous AND s.expires_at > ?3
              WHERE c.total <= ?4 AND c.depth < ?5
          ) SELECT id, kind, previous, conversation, created_at, sealed, total FROM chain ORDER BY depth DESC`,
        )
        .bind(accountId, id, this.#now(), MAX_HISTORY_BYTES, MAX_TURNS)
        .all<Row>();
      const [first] = results;
      if (first === undefined) return undefined;
      if ((first.total ?? 0) > MAX_HISTORY_BYTES || results.length > MAX_TURNS) throw new TooLong();
      return first.previous === null ? this.#openAll(accountId, results) : undefined;
    });
  }

  /** All that belongs to a conversation, the oldest first. @throws TooLong */
  async conversation(accountId: string, id: string): Promise<Stored[]> {
    return this.#readAll(accountId, "conversation = ?3", id);
  }

  /** The rows in which items stand, by the items' ids. @throws TooLong */
  async rowsOfItems(accountId: string, itemIds: readonly string[]): Promise<Stored[]> {
    const named =
      "SELECT stored_id FROM stored_items WHERE account_id = ?1 AND item_id IN (SELECT value FROM json_each(?3))";
    return this.#readAll(accountId, `id IN (${named})`, JSON.stringify(itemIds));
  }

  /** @returns whether it was there */
  async remove(accountId: string, kind: Stored["kind"], id: string): Promise<boolean> {
    const { meta } = await this.#d1
      .prepare("DELETE FROM stored WHERE account_id = ?1 AND id = ?2 AND kind = ?3 RETURNING id")
      .bind(accountId, id, kind)
      .run();
    if (kind === "conversation") {
      await this.#d1
        .prepare("DELETE FROM stored WHERE account_id = ?1 AND conversation = ?2 AND kind = 'items'")
        .bind(accountId, id)
        .run();
    }
    return meta.changes > 0;
  }

  /** The account's rows that a condition selects, the oldest first. @param value `?3` of the condition @throws TooLong */
  async #readAll(accountId: string, condition: string, value: string): Promise<Stored[]> {
    const found = `FROM stored WHERE account_id = ?1 AND expires_at > ?2 AND ${condition}`;
    const asked = [accountId, this.#now(), value] as const;
    const { results } = await this.#d1
      .prepare(`SELECT * ${found} AND (SELECT sum(bytes) ${found}) <= ?4 ORDER BY created_at, id`)
      .bind(...asked, MAX_HISTORY_BYTES)
      .all<Row>();
    if (results.length > 0) return (await this.#openAll(accountId, results)) ?? [];
    const bytes = await this.#d1
      .prepare(`SELECT sum(bytes) AS bytes ${found}`)
      .bind(...asked)
      .first<number>("bytes");
    if ((bytes ?? 0) > MAX_HISTORY_BYTES) throw new TooLong();
    return [];
  }

  async #patiently<Found>(look: () => Promise<Found | undefined>): Promise<Found | undefined> {
    for (const waitMs of WAITS_MS) {
      const found = await look();
      if (found !== undefined) return found;
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    return look();
  }

  /** undefined when one of them cannot be opened. */
  async #openAll(accountId: string, rows: readonly Row[]): Promise<Stored[] | undefined> {
    const opened = await Promise.all(rows.map(async (row) => this.#open(accountId, row)));
    return opened.includes(undefined) ? undefined : opened.filter((row) => row !== undefined);
  }

  /** undefined when it was sealed with a key that is no longer known. */
  async #open(accountId: string, row: Row): Promise<Stored | undefined> {
    try {
      const text = await this.#sealer.open(row.sealed, purposeOf(accountId, row.id));
      return {
        id: row.id,
        kind: row.kind,
        previous: row.previous ?? undefined,
        conversation: row.conversation ?? undefined,
        createdAt: row.created_at,
        content: JSON.parse(text) as Content,
      };
    } catch (error) {
      log("warn", "stored_unreadable", { id: row.id, reason: String(error).slice(0, 200) });
      return undefined;
    }
  }
}

/** The conversation is longer than what the gateway puts into a request. */
export class TooLong extends Error {}

function purposeOf(accountId: string, id: string) {
  return { id: `${accountId} ${id}`, origin: "stored" };
}
