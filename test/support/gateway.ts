/** The whole gateway in a real workerd on a loopback port, with a database of its own. */
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
  readonly close: () => Promise<void>;
}

/** @param vars override the Worker's variables */
export async function startGateway({
  vars = {},
  secrets = {},
}: { vars?: Record<string, string>; secrets?: Record<string, string> } = {}): Promise<Gateway> {
  const server = createTestHarness({
    root: fileURLToPath(new URL("../../", import.meta.url)),
    workers: [
      {
        configPath: "wrangler.toml",
        prebuiltWorkerDir: BUILD_DIRECTORY,
        vars: { ALLOW_PRIVATE_UPSTREAMS: "true", ...vars },
        secrets: { CREDENTIALS_KEY, ...secrets },
      },
    ],
  });
  const { url } = await server.listen();
  const worker = server.getWorker<{ DB: Parameters<typeof drizzle>[0] }>();
  await worker.applyD1Migrations("DB");
  const db = drizzle((await worker.getEnv()).DB);
  return {
    url: url.origin.replace("localhost", "127.0.0.1"),
    key: await addKey(db),
    db,
    requestLog: () => server.getLogs().flatMap(({ message }) => requestLine(message)),
    close: async () => server.close(),
  };
}

function requestLine(message: string): Record<string, unknown>[] {
  if (!message.includes('"event":"request"')) return [];
  return [JSON.parse(message) as Record<string, unknown>];
}
