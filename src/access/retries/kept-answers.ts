/**
 * The Durable Object that joins the retries of one API key to their first requests: it knows which request runs under which
 * name, and keeps the answers of those that are over for some minutes. Answers are sealed before they come here.
 */
import { DurableObject } from "cloudflare:workers";
import { KEPT_MS, type Begin, type Begun, type KeptAnswersPort } from "./kept-answers-port.ts";

/** A first request that gives no sign for this long was killed. */
const LEASE_MS = 60_000;
/** Of one key. The oldest go first. */
const MAX_ANSWERS = 100;

interface Row extends Record<string, SqlStorageValue> {
  hash: string;
  request: string;
  /** null = it runs. */
  ended_at: number | null;
  until: number;
  sealed: ArrayBuffer | null;
}

export class KeptAnswers extends DurableObject implements KeptAnswersPort {
  /** Tests replace it. */
  now: () => number = () => Date.now();
  /** Retries that wait for a first request, by its name. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(context: DurableObjectState, env: Cloudflare.Env) {
    super(context, env);
    context.storage.sql.exec(
      `CREATE TABLE IF NOT EXISTS answers (name TEXT PRIMARY KEY, hash TEXT NOT NULL, request TEXT NOT NULL,
        ended_at INTEGER, until INTEGER NOT NULL, sealed BLOB)`,
    );
  }

  async begin({ name, hash, requestId, waitMs }: Begin): Promise<Begun> {
    const endMs = this.now() + waitMs;
    for (;;) {
      const row = this.#row(name);
      if (row === undefined) {
        await this.#claim(name, hash, requestId);
        return { kind: "first" };
      }
      if (row.hash !== hash) return { kind: "other", requestId: row.request };
      if (row.ended_at !== null) {
        return { kind: "over", requestId: row.request, sealed: row.sealed && new Uint8Array(row.sealed) };
      }
      const leftMs = Math.min(endMs, row.until) - this.now();
      if (this.now() >= endMs) return { kind: "running", requestId: row.request };
      await this.#ended(name, leftMs);
    }
  }

  async extend(name: string, requestId: string): Promise<void> {
    this.ctx.storage.sql.exec(
      "UPDATE answers SET until = ? WHERE name = ? AND request = ? AND ended_at IS NULL",
      this.now() + LEASE_MS,
      name,
      requestId,
    );
  }

  async end(name: string, requestId: string, sealed: Uint8Array | null | undefined): Promise<void> {
    const own = "WHERE name = ? AND request = ?";
    if (sealed === undefined) this.ctx.storage.sql.exec(`DELETE FROM answers ${own}`, name, requestId);
    else {
      this.ctx.storage.sql.exec(
        `UPDATE answers SET ended_at = ?, until = ?, sealed = ? ${own}`,
        this.now(),
        this.now() + KEPT_MS,
        sealed,
        name,
        requestId,
      );
    }
    for (const wake of this.#waiting.get(name) ?? []) wake();
  }

  override async alarm(): Promise<void> {
    this.ctx.storage.sql.exec("DELETE FROM answers WHERE until <= ?", this.now());
    const [next] = this.ctx.storage.sql.exec<{ at: number | null }>("SELECT min(until) AS at FROM answers");
    if (next?.at == null) await this.ctx.storage.deleteAll();
    else await this.ctx.storage.setAlarm(next.at);
  }

  #row(name: string): Row | undefined {
    const [row] = this.ctx.storage.sql.exec<Row>(
      "SELECT hash, request, ended_at, until, sealed FROM answers WHERE name = ? AND until > ?",
      name,
      this.now(),
    );
    return row;
  }

  async #claim(name: string, hash: string, requestId: string): Promise<void> {
    const { sql } = this.ctx.storage;
    const until = this.now() + LEASE_MS;
    sql.exec("DELETE FROM answers WHERE until <= ?", this.now());
    sql.exec(
      "INSERT OR REPLACE INTO answers (name, hash, request, until) VALUES (?, ?, ?, ?)",
      name,
      hash,
      requestId,
      until,
    );
    sql.exec(
      `DELETE FROM answers WHERE name IN (SELECT name FROM answers WHERE ended_at IS NOT NULL ORDER BY ended_at
        LIMIT max(0, (SELECT count(*) FROM answers) - ?))`,
      MAX_ANSWERS,
    );
    await this.ctx.storage.setAlarm(until + KEPT_MS);
  }

  async #ended(name: string, waitMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#waiting.get(name) ?? new Set();
    this.#waiting.set(name, waiting.add(resolve));
    const timer = setTimeout(resolve, waitMs);
    await promise;
    clearTimeout(timer);
    waiting.delete(resolve);
    if (waiting.size === 0) this.#waiting.delete(name);
  }
}
