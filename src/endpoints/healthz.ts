/** `/` for people and uptime checks, `/healthz` for operators. Neither needs a key. */
import { sql } from "drizzle-orm";
import journal from "../../schema/migrations/meta/_journal.json";
import { version } from "../../package.json";
import { within } from "../core/within.ts";
import type { Services } from "../services.ts";
import { SURFACES } from "./surfaces.ts";

const EXPECTED_MIGRATIONS = journal.entries.map(({ tag }) => `${tag}.sql`);

/** @param hasPages whether browsers get a page at this address instead */
export function welcome(origin: string, hasPages: boolean): Response {
  return Response.json(
    {
      name: "Token Gateway",
      version,
      base_urls: SURFACES.map(({ mount }) => origin + mount),
      models: `${origin}/v1/models`,
      health: `${origin}/healthz`,
    },
    { headers: hasPages ? { vary: "Accept" } : {} },
  );
}

/** The most that strangers can cost: an isolate asks D1 once in this time, however often it is asked. */
const FRESH_MS = 5_000;
/** How long a request waits for D1. */
const PATIENCE_MS = 3_000;

interface DatabaseState {
  readonly reachable: boolean;
  readonly pending: readonly string[];
}

const UNREACHABLE: DatabaseState = { reachable: false, pending: EXPECTED_MIGRATIONS };

/** What an isolate knows of D1. All requests wait for one look. */
export class DatabaseCheck {
  readonly #services: Services;
  #known: DatabaseState = UNREACHABLE;
  #knownAtMs = Number.NEGATIVE_INFINITY;
  #look: Promise<DatabaseState> | undefined;

  constructor(services: Services) {
    this.#services = services;
  }

  /** @param defer keeps the look alive when the request that began it ends (`waitUntil`) */
  async state(defer: (work: Promise<unknown>) => void): Promise<DatabaseState> {
    if (this.#services.now() - this.#knownAtMs < FRESH_MS) return this.#known;
    if (this.#look === undefined) {
      this.#look = within(PATIENCE_MS, readDatabase(this.#services)).catch(() => UNREACHABLE);
      defer(this.#look.then((state) => this.#learn(state)));
    }
    // A look whose request was killed never ends.
    return within(PATIENCE_MS, this.#look).catch(() => this.#learn(UNREACHABLE));
  }

  #learn(state: DatabaseState): DatabaseState {
    this.#known = state;
    this.#knownAtMs = this.#services.now();
    this.#look = undefined;
    return state;
  }
}

/**
 * 200 when requests can be served, 503 when not. The body names variables and migrations, never a value.
 * @param database undefined = it cannot be asked
 */
export function health(database: DatabaseState | undefined, problems: readonly string[]): Response {
  const healthy = problems.length === 0 && database?.pending.length === 0;
  return Response.json(
    {
      status: healthy ? "ok" : "failing",
      version,
      configuration: { status: problems.length === 0 ? "ok" : "failing", problems },
      database: { status: database === undefined ? "unknown" : database.reachable ? "ok" : "failing" },
      migrations: {
        status: database?.pending.length === 0 ? "ok" : "failing",
        pending: database?.pending ?? EXPECTED_MIGRATIONS,
      },
    },
    { status: healthy ? 200 : 503, headers: { "cache-control": "no-store" } },
  );
}

async function readDatabase({ db }: Services): Promise<DatabaseState> {
  const applied = await db.all<{ name: string }>(sql`SELECT name FROM d1_migrations`).catch(async () => {
    // Either the table does not exist yet, or D1 cannot be reached.
    await db.run(sql`SELECT 1`);
    return [];
  });
  const names = new Set(applied.map(({ name }) => name));
  return { reachable: true, pending: EXPECTED_MIGRATIONS.filter((name) => !names.has(name)) };
}
