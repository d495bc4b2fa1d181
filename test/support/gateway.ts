/** The whole gateway in a real workerd on a loopback port, with a database of its own. */
import { fileURLToPath } from "node:url";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { LocalWorker } from "../../src/cli/local-worker.ts";
import { BUILD_DIRECTORY } from "./build.ts";
import { addKey, CREDENTIALS_KEY } from "./seed.ts";

export interface Gateway {
  /** Without a trailing slash. */
  readonly url: string;
  /** The API key of a working account. */
  readonly key: string;
  readonly db: DrizzleD1Database;
  /** The same database, without drizzle. */
  readonly database: D1Database;
  /** Runs a schedule, as Cloudflare would. */
  readonly runSchedule: (cron: string) => Promise<void>;
  /** The lines that requests have written so far, oldest first. */
  readonly requestLog: () => Record<string, unknown>[];
  /** The lines of any event. */
  readonly logged: (event: string) => Record<string, unknown>[];
  readonly close: () => Promise<void>;
}

export interface GatewayOptions {
  /** Override the Worker's variables. */
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Requests a minute of one address, in place of the limit in wrangler.toml. */
  ipLimit?: number;
  /** Keeps the database in this folder, where another gateway may find it. */
  folder?: string;
}

const MIGRATIONS = fileURLToPath(new URL("../../schema/migrations", import.meta.url));

/** For tests that are not about health: upstreams' failures have no consequences for later requests. */
const FORGETFUL = JSON.stringify({
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

/** For tests that are not about the rate limits: so high that no test reaches it. */
const NO_LIMIT = 1_000_000;

export async function startGateway({
  vars,
  secrets,
  ipLimit = NO_LIMIT,
  folder,
}: GatewayOptions = {}): Promise<Gateway> {
  const log: string[] = [];
  const worker = await LocalWorker.start({
    directory: BUILD_DIRECTORY,
    port: 0,
    // In a folder without a developer's `.dev.vars`.
    config: `${BUILD_DIRECTORY}/wrangler.toml`,
    ipLimit,
    ...(folder === undefined ? {} : { folder }),
    log: (line) => void log.push(line),
    bindings: {
      ALLOW_PRIVATE_UPSTREAMS: "true",
      IP_REQUESTS_PER_MINUTE: String(ipLimit),
      KEY_REQUESTS_PER_MINUTE: String(NO_LIMIT),
      MAX_OPEN_REQUESTS: "1000",
      WRITE_OFF_LIMIT_NANOS: "1000000000000000",
      CREDENTIALS_KEY,
      ROUTING_TUNING: FORGETFUL,
      PROBES: "false",
      ...vars,
      ...secrets,
    },
  });
  const database = await worker.database();
  await migrate(database);
  const db = drizzle(database);
  const linesOf = (event: string) =>
    log
      .filter((message) => message.includes(`"event":"${event}"`))
      .map((message) => JSON.parse(message) as Record<string, unknown>);
  return {
    url: worker.origin,
    key: await addKey(db),
    db,
    database,
    runSchedule: async (cron) => worker.runSchedule(cron),
    requestLog: () => linesOf("request"),
    logged: linesOf,
    close: async () => worker.stop(),
  };
}

/** Only a new database: the folder may hold one that an earlier gateway made. */
export async function migrate(database: D1Database): Promise<void> {
  const [made] = (await database.prepare("SELECT name FROM sqlite_schema WHERE name = 'accounts'").all()).results;
  if (made !== undefined) return;
  for (const { queries } of await readD1Migrations(MIGRATIONS)) {
    await database.batch(queries.map((query) => database.prepare(query)));
  }
}
