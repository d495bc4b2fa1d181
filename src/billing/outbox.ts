/**
 * The Durable Object that keeps the closings of charges that D1 did not take, and delivers them. A closing is stored before
 * `post` returns, so nothing of it is lost when a Worker is killed; it may be delivered twice, which moves nothing.
 */
import { DurableObject } from "cloudflare:workers";
import { log } from "../core/log.ts";
import { Closings, type Closing } from "./closings.ts";
import type { OutboxShard, Waiting } from "./outboxes.ts";
import type { ChargeRef } from "./wallet.ts";

interface Bindings {
  readonly DB: D1Database;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Of one alarm. Each takes two queries, and three tries. */
const CLOSINGS = 50;
/** So many failures in a row, and D1 is left alone until the next alarm. */
const FAILURES = 3;
const PAUSES = "pauses";

export class Outbox extends DurableObject<Bindings> implements OutboxShard {
  /** Tests replace it. */
  now: () => number = () => Date.now();
  /** Tests replace it. */
  database: D1Database;

  constructor(context: DurableObjectState, env: Bindings) {
    super(context, env);
    this.database = env.DB;
    context.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS closings (account TEXT NOT NULL, charge TEXT NOT NULL, closing TEXT NOT NULL,
        tries INTEGER NOT NULL DEFAULT 0, posted_at INTEGER NOT NULL, PRIMARY KEY (account, charge)) WITHOUT ROWID`,
    );
  }

  async post(closing: Closing): Promise<void> {
    const alarm = await this.ctx.storage.getAlarm();
    // No wait between both: they are written together or not at all.
    this.ctx.storage.sql.exec(
      "INSERT OR REPLACE INTO closings (account, charge, closing, posted_at) VALUES (?, ?, ?, ?)",
      closing.charge.accountId,
      closing.charge.id,
      JSON.stringify(closing),
      this.now(),
    );
    await this.ctx.storage.setAlarm(Math.min(alarm ?? Number.POSITIVE_INFINITY, this.now() + FIRST_PAUSE_MS));
  }

  async holding(charges: readonly Pick<ChargeRef, "accountId" | "id">[]): Promise<string[]> {
    const find = "SELECT 1 FROM closings WHERE account = ? AND charge = ?";
    return charges
      .filter(({ accountId, id }) => [...this.ctx.storage.sql.exec(find, accountId, id)].length > 0)
      .map(({ id }) => id);
  }

  async waiting(): Promise<Waiting> {
    const [row] = this.ctx.storage.sql.exec<{ count: number; oldest: number | null }>(
      "SELECT count(*) AS count, min(posted_at) AS oldest FROM closings",
    );
    return { count: row?.count ?? 0, oldestAtMs: row?.oldest ?? undefined };
  }

  override async alarm(): Promise<void> {
    const closings = new Closings(this.database, {
      now: this.now,
      sleep: async (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      random: () => Math.random(),
    });
    let failures = 0;
    for (const { account, charge, closing } of this.#next()) {
      const outcome = await closings.close(JSON.parse(closing) as Closing);
      if (outcome.kind === "unreachable") {
        this.ctx.storage.sql.exec(
          "UPDATE closings SET tries = tries + 1 WHERE account = ? AND charge = ?",
          account,
          charge,
        );
        if (++failures === FAILURES) break;
        continue;
      }
      failures = 0;
      if (outcome.kind === "missing") log("error", "closing_without_charge", { account, charge });
      this.ctx.storage.sql.exec("DELETE FROM closings WHERE account = ? AND charge = ?", account, charge);
    }
    await this.#goOn(failures > 0);
  }

  /** Those that failed least are first, so that one that always fails keeps no other waiting. */
  #next() {
    return this.ctx.storage.sql
      .exec<{ account: string; charge: string; closing: string }>(
        "SELECT account, charge, closing FROM closings ORDER BY tries, posted_at LIMIT ?",
        CLOSINGS,
      )
      .toArray();
  }

  async #goOn(hasFailed: boolean): Promise<void> {
    const { count, oldestAtMs = this.now() } = await this.waiting();
    const pauses = hasFailed ? (this.ctx.storage.kv.get<number>(PAUSES) ?? 0) : 0;
    this.ctx.storage.kv.put(PAUSES, hasFailed ? pauses + 1 : 0);
    if (count === 0) return;
    if (hasFailed) log("error", "closings_waiting", { count, oldest_ms: this.now() - oldestAtMs });
    const pauseMs = hasFailed ? Math.min(FIRST_PAUSE_MS * 2 ** Math.min(pauses, 10), LONGEST_PAUSE_MS) : 0;
    await this.ctx.storage.setAlarm(this.now() + pauseMs);
  }
}
