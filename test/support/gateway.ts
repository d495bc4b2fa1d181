/**
 * The whole gateway in a real workerd on a loopback port, with a database of its own. Without the proxies that
 * `wrangler dev` and its test harness put around a Worker: theirs cut events in two on the way to the client, and call
 * upstreams on the Worker's behalf, so that a refused connection becomes an answer and no upstream learns that the
 * gateway has left.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as miniflareOptions, unstable_readConfig as readConfig } from "wrangler";
import { BUILD_DIRECTORY } from "./build.ts";
import { addKey, CREDENTIALS_KEY } from "./seed.ts";

export interface Gateway {
  /** Without a trailing slash. */
  readonly url: string;
  /** Of a working account. */
  readonly key: string;
  readonly db: DrizzleD1Database;
  /** The same, bare. */
  readonly database: D1Database;
  /** Runs a schedule, as Cloudflare would. */
  readonly runSchedule: (cron: string) => Promise<void>;
  /** The lines that requests have written so far, oldest first. */
  readonly requestLog: () => Record<string, unknown>[];
  /** The lines of another event. */
  readonly logged: (event: string) => Record<string, unknown>[];
  readonly close: () => Promise<void>;
}

export interface GatewayOptions {
  /** Override the Worker's variables. */
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Requests a minute of an address, in place of the number in wrangler.toml. */
  ipLimit?: number;
  /** Keeps the database in this folder, where another gateway may find it. */
  folder?: string;
}

/** An entry of `ratelimits` in wrangler.toml. */
interface NativeLimiter {
  name: string;
  namespace_id: string;
  simple: { limit: number; period: 10 | 60 };
}

const CONFIG = fileURLToPath(new URL("../../wrangler.toml", import.meta.url));
const MIGRATIONS = fileURLToPath(new URL("../../schema/migrations", import.meta.url));

/** Tests that are not about health meet upstreams whose past is forgotten at once. */
export const FORGETFUL = JSON.stringify({
  breakerConsecutiveFailures: 1e9,
  breakerWindowMinAttempts: 1e9,
  panicConsecutiveFailures: 1e9,
  credentialRefusedMs: 0.001,
  credentialRefusedMaxMs: 0.001,
  forbiddenMs: 0.001,
  forbiddenMaxMs: 0.001,
  outOfFundsMs: 0.001,
  rateLimitedMs: 0.001,
  rateLimitedMaxMs: 0.001,
  retryAfterMinMs: 0.001,
  retryAfterMaxMs: 0.001,
  retryBudgetFloorPerSecond: 1e6,
});

/** Tests that are not about the rate limits meet none. */
const NO_LIMIT = 1_000_000;

export async function startGateway({
  vars,
  secrets,
  ipLimit = NO_LIMIT,
  folder,
}: GatewayOptions = {}): Promise<Gateway> {
  const log: string[] = [];
  // Read as if it lay in a place where no developer keeps a `.dev.vars`.
  const config = { ...readConfig({ config: CONFIG }), userConfigPath: join(BUILD_DIRECTORY, "wrangler.toml") };
  config.ratelimits = config.ratelimits.map((limiter: NativeLimiter) => ({
    ...limiter,
    simple: { ...limiter.simple, limit: ipLimit },
  }));
  const { workerOptions } = miniflareOptions(config);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      unsafeTriggerHandlers: true,
      ...(folder === undefined ? {} : { resourcePersistencePath: folder }),
      handleStructuredLogs: ({ message }) => void log.push(message),
      workers: [
        {
          ...workerOptions,
          name: "gateway",
          modules: [{ type: "ESModule", path: join(BUILD_DIRECTORY, "index.js") }],
          modulesRoot: BUILD_DIRECTORY,
          bindings: {
            ...(workerOptions.bindings as object),
            ALLOW_PRIVATE_UPSTREAMS: "true",
            IP_REQUESTS_PER_MINUTE: String(ipLimit),
            KEY_REQUESTS_PER_MINUTE: String(NO_LIMIT),
            CREDENTIALS_KEY,
            ROUTING_TUNING: FORGETFUL,
            ...vars,
            ...secrets,
          },
        },
      ],
    }),
  );
  const { origin } = await miniflare.ready;
  const database = (await miniflare.getD1Database("DB")) as unknown as D1Database;
  await migrate(database);
  const db = drizzle(database);
  const linesOf = (event: string) =>
    log
      .filter((message) => message.includes(`"event":"${event}"`))
      .map((message) => JSON.parse(message) as Record<string, unknown>);
  return {
    url: origin,
    key: await addKey(db),
    db,
    database,
    async runSchedule(cron) {
      const ran = await fetch(`${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`);
      if (!ran.ok) throw new Error(`the schedule failed: ${await ran.text()}`);
    },
    requestLog: () => linesOf("request"),
    logged: linesOf,
    close: async () => miniflare.dispose(),
  };
}

/** Once: a folder may hold a database that an earlier gateway made. */
async function migrate(database: D1Database): Promise<void> {
  const [made] = (await database.prepare("SELECT name FROM sqlite_schema WHERE name = 'accounts'").all()).results;
  if (made !== undefined) return;
  for (const { queries } of await readD1Migrations(MIGRATIONS)) {
    await database.batch(queries.map((query) => database.prepare(query)));
  }
}
