/** The whole gateway in a real workerd on a loopback port, with a database of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import { createTestHarness } from "wrangler";
import { BUILD_DIRECTORY } from "./build.ts";
import { CREDENTIALS_KEY, addKey } from "./seed.ts";

export interface Gateway {
  /** Without a trailing slash. */
  readonly url: string;
  /** Of a working account. */
  readonly key: string;
  readonly db: DrizzleD1Database;
  /** The lines that requests have written so far, oldest first. */
  readonly requestLog: () => Record<string, unknown>[];
  /** The lines of another event. */
  readonly logged: (event: string) => Record<string, unknown>[];
  readonly close: () => Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** Tests that are not about the rate limits meet none. */
const NO_LIMIT = 1_000_000;

export interface GatewayOptions {
  /** Override the Worker's variables. */
  vars?: Record<string, string>;
  secrets?: Record<string, string>;
  /** Requests a minute of an address, in place of the number in wrangler.toml. */
  ipLimit?: number;
}

export async function startGateway({
  vars = {},
  secrets = {},
  ipLimit = NO_LIMIT,
}: GatewayOptions = {}): Promise<Gateway> {
  const server = createTestHarness({
    root: ROOT,
    workers: [
      {
        configPath: configWith(ipLimit),
        prebuiltWorkerDir: BUILD_DIRECTORY,
        vars: {
          ALLOW_PRIVATE_UPSTREAMS: "true",
          IP_REQUESTS_PER_MINUTE: String(ipLimit),
          KEY_REQUESTS_PER_MINUTE: String(NO_LIMIT),
          ...vars,
        },
        secrets: { CREDENTIALS_KEY, ...secrets },
      },
    ],
  });
  const { url } = await server.listen();
  const worker = server.getWorker<{ DB: Parameters<typeof drizzle>[0] }>();
  await worker.applyD1Migrations("DB");
  const db = drizzle((await worker.getEnv()).DB);
  const linesOf = (event: string) => server.getLogs().flatMap(({ message }) => linesIn(message, event));
  return {
    url: url.origin.replace("localhost", "127.0.0.1"),
    key: await addKey(db),
    db,
    requestLog: () => linesOf("request"),
    logged: linesOf,
    close: async () => server.close(),
  };
}

function linesIn(message: string, event: string): Record<string, unknown>[] {
  if (!message.includes(`"event":"${event}"`)) return [];
  return [JSON.parse(message) as Record<string, unknown>];
}

/** A copy of wrangler.toml whose native rate limiter has this number: no variable can change it. */
function configWith(ipLimit: number): string {
  const path = `${BUILD_DIRECTORY}/wrangler-${ipLimit}.toml`;
  const text = readFileSync(`${ROOT}wrangler.toml`, "utf8")
    .replace("limit = 500", `limit = ${ipLimit}`)
    .replace('main = "', `main = "${ROOT}`)
    .replace('migrations_dir = "', `migrations_dir = "${ROOT}`);
  writeFileSync(path, text);
  return path;
}
