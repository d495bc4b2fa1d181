/** The public status document: one row of D1, and a copy per isolate. */
import type { DrizzleD1Database } from "drizzle-orm/d1";
import { safeParse } from "zod/mini";
import { status } from "../../schema/index.ts";
import { StaleCache } from "../core/cache.ts";
import { log } from "../core/log.ts";
import { parseForeign } from "../core/json.ts";
import { StatusDocument } from "./status-document.ts";

const STATUS_CACHE = { freshMs: 10_000, staleMs: 60_000, maxEntries: 1 };
/** An older document is not shown: the job that writes it has stopped. */
const OUTDATED_MS = 600_000;
const ONLY_ROW = 1;

export class StatusStore {
  readonly #db: DrizzleD1Database;
  readonly #now: () => number;
  readonly #cache: StaleCache<{ readonly document: StatusDocument; readonly builtAtMs: number } | undefined>;

  constructor(db: DrizzleD1Database, now: () => number) {
    this.#db = db;
    this.#now = now;
    this.#cache = new StaleCache({ ...STATUS_CACHE, now });
  }

  /** undefined = none was written in the last ten minutes. */
  async current(defer: (work: Promise<unknown>) => void): Promise<StatusDocument | undefined> {
    const held = await this.#cache.get("", async () => this.#read(), defer);
    return held !== undefined && this.#now() - held.builtAtMs < OUTDATED_MS ? held.document : undefined;
  }

  /** Costs one written row. */
  async write(document: StatusDocument, builtAtMs: number): Promise<void> {
    const row = { document: JSON.stringify(document), builtAt: builtAtMs };
    await this.#db
      .insert(status)
      .values({ id: ONLY_ROW, ...row })
      .onConflictDoUpdate({ target: status.id, set: row });
  }

  async #read() {
    const [row] = await this.#db.select().from(status);
    if (row === undefined) return undefined;
    const read = safeParse(StatusDocument, parseForeign(row.document));
    if (read.success) return { document: read.data, builtAtMs: row.builtAt };
    log("warn", "status_unreadable");
    return undefined;
  }
}
