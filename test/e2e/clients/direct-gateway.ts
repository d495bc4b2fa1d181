/**
 * The gateway without the proxies that `wrangler dev` and its test harness put around a Worker. Theirs cut events in two
 * on the way to the client; the harness also calls upstreams on the Worker's behalf, so that a refused connection
 * becomes an answer, and no upstream learns that the gateway has left.
 */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { drizzle } from "drizzle-orm/d1";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions as miniflareOptions, unstable_readConfig as readConfig } from "wrangler";
import { BUILD_DIRECTORY } from "../../support/build.ts";
import type { Gateway } from "../../support/gateway.ts";
import { addKey, CREDENTIALS_KEY } from "../../support/seed.ts";

const CONFIG = fileURLToPath(new URL("../../../wrangler.toml", import.meta.url));
const MIGRATIONS = fileURLToPath(new URL("../../../schema/migrations", import.meta.url));

export async function startDirectGateway(): Promise<Gateway> {
  const log: string[] = [];
  // Read as if it lay in a place where no developer keeps a `.dev.vars`.
  const config = { ...readConfig({ config: CONFIG }), userConfigPath: join(BUILD_DIRECTORY, "wrangler.toml") };
  const { workerOptions } = miniflareOptions(config);
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      host: "127.0.0.1",
      port: 0,
      cf: false,
      handleStructuredLogs: ({ message }) => void log.push(message),
      workers: [
        {
          ...workerOptions,
          name: "gateway",
          modules: [{ type: "ESModule", path: join(BUILD_DIRECTORY, "index.js") }],
          modulesRoot: BUILD_DIRECTORY,
          bindings: { ...(workerOptions.bindings as object), ALLOW_PRIVATE_UPSTREAMS: "true", CREDENTIALS_KEY },
        },
      ],
    }),
  );
  const { origin } = await miniflare.ready;
  const database = await miniflare.getD1Database("DB");
  for (const { queries } of await readD1Migrations(MIGRATIONS)) {
    await database.batch(queries.map((query) => database.prepare(query)));
  }
  const db = drizzle(database);
  return {
    url: origin,
    key: await addKey(db),
    db,
    requestLog: () =>
      log
        .filter((message) => message.includes('"event":"request"'))
        .map((message) => JSON.parse(message) as Record<string, unknown>),
    close: async () => miniflare.dispose(),
  };
}
