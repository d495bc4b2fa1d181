/** What is measured, each in a process of its own: all of them in the same workerd, on loopback. */
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { drizzle, type DrizzleD1Database } from "drizzle-orm/d1";
import type { Plugin } from "esbuild";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { bundle } from "../../src/cli/build.ts";
import { LocalWorker } from "../../src/cli/local-worker.ts";
import { migrate } from "../support/gateway.ts";
import { addKey, addModel, addUpstream, CREDENTIALS_KEY } from "../support/seed.ts";
import { childrenNamed } from "../support/children.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export interface Contestant {
  readonly name: string;
  /** The base URL without `/v1`. */
  readonly url: string;
  /** An API key, where one is needed. */
  readonly key: string;
  /** Of the process that does the work. */
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

export interface Gateway extends Contestant {
  readonly db: DrizzleD1Database;
}

/** The upstream of all. */
export async function startUpstream(): Promise<Contestant> {
  const child: ChildProcess = fork(here("./upstream.ts"));
  const [{ port }] = (await once(child, "message")) as [{ port: number }];
  return {
    name: "direct",
    url: `http://127.0.0.1:${port}`,
    key: "none",
    pid: child.pid ?? 0,
    stop: async () => void child.kill(),
  };
}

/** @returns what `start` gives, and the id of the workerd that it started */
export async function withPid<Started>(start: () => Promise<Started>): Promise<[Started, number]> {
  const before = new Set(childrenNamed("workerd"));
  const started = await start();
  const pid = childrenNamed("workerd").find((child) => !before.has(child));
  if (pid === undefined) throw new Error("no workerd was started");
  return [started, pid];
}

/** A Worker that consists of one file. */
async function startWorker(name: string, script: string, bindings: Record<string, string>): Promise<Contestant> {
  const options = convertV4MiniflareOptions({
    host: "127.0.0.1",
    port: 0,
    cf: false,
    workers: [{ name, modules: true, script, compatibilityDate: "2026-09-15", bindings }],
  });
  const [miniflare, pid] = await withPid(async () => {
    const started = new Miniflare(options);
    await started.ready;
    return started;
  });
  const { origin } = await miniflare.ready;
  return { name, url: origin, key: "none", pid, stop: async () => miniflare.dispose() };
}

export async function startBare(upstream: Contestant): Promise<Contestant> {
  return startWorker("bare", readFileSync(here("./worker/bare-worker.js"), "utf8"), { UPSTREAM: upstream.url });
}

/** Replaces what touches storage by {@link file://./worker/instant-services.ts}. */
const instantStorage: Plugin = {
  name: "instant-storage",
  setup(worker) {
    worker.onResolve({ filter: /^\.\/services\.ts$/ }, ({ importer }) =>
      importer.endsWith("/src/index.ts") ? { path: here("./worker/instant-services.ts") } : undefined,
    );
  },
};

/** Higher than any part needs. */
const NO_LIMIT = "1000000000";

/** Where the two builds of the gateway are. */
export class Builds {
  readonly #folder = mkdtempSync(join(tmpdir(), "token-gateway-bench-"));

  async make(): Promise<void> {
    await bundle(join(this.#folder, "real"));
    await bundle(join(this.#folder, "instant"), [instantStorage]);
  }

  directory(storage: "real" | "instant"): string {
    return join(this.#folder, storage);
  }

  /** The gateway with a model of each name, which the upstream serves. */
  async start(storage: "real" | "instant", upstream: Contestant, models: readonly string[]): Promise<Gateway> {
    const directory = this.directory(storage);
    const [worker, pid] = await withPid(async () =>
      LocalWorker.start({
        directory,
        port: 0,
        config: join(directory, "wrangler.toml"),
        ipLimit: Number(NO_LIMIT),
        log: () => undefined,
        bindings: {
          ALLOW_PRIVATE_UPSTREAMS: "true",
          IP_REQUESTS_PER_MINUTE: "10000000",
          KEY_REQUESTS_PER_MINUTE: "10000000",
          MAX_OPEN_REQUESTS: "1000",
          MAX_BODY_BYTES: String(64 * 1024 * 1024),
          CREDENTIALS_KEY,
        },
      }),
    );
    const database = await worker.database();
    await migrate(database);
    const db = drizzle(database);
    await addUpstream(db, { id: "fast", baseUrl: `${upstream.url}/v1` });
    for (const id of models) {
      await addModel(db, {
        id,
        autoWeight: 1,
        price: { inputNanos: 1, outputNanos: 1 },
        routes: [{ upstreamId: "fast", upstreamModel: id }],
      });
    }
    const key = await addKey(db, { balanceNanos: 1e15 });
    const name = storage === "real" ? "gateway" : "gateway, storage at once";
    return { name, url: worker.origin, key, pid, db, stop: async () => worker.stop() };
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
