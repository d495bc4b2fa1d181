/**
 * Runs the Worker in a real workerd on a loopback port, without the proxies of `wrangler dev` and its test harness. Those
 * proxies cut events in two on the way to the client, and call upstreams on the Worker's behalf.
 */
import { globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { D1Database } from "@cloudflare/workers-types";
import { convertV4MiniflareOptions, Miniflare, Response as LocalResponse } from "miniflare";
import { unstable_getMiniflareWorkerOptions as miniflareOptions, unstable_readConfig as readConfig } from "wrangler";
import { assetsOf } from "./build.ts";

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const WRANGLER = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));

interface LocalWorkerOptions {
  /** Where `bundle` put the Worker. */
  readonly directory: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Added to the variables of wrangler.toml and of the `.dev.vars` next to `config`. */
  readonly bindings: Readonly<Record<string, string>>;
  /** The path that counts as wrangler.toml's when `.dev.vars` is looked for. */
  readonly config: string;
  /** Keeps databases and objects in this folder; without it they are lost at the end. */
  readonly folder?: string;
  /** Requests a minute of one address, in place of the limit in wrangler.toml. */
  readonly ipLimit?: number;
  /** Called with each line that the Worker logs. */
  readonly log: (line: string) => void;
}

/** An entry of `ratelimits` in wrangler.toml. */
interface NativeLimiter {
  name: string;
  namespace_id: string;
  simple: { limit: number; period: 10 | 60 };
}

export class LocalWorker {
  readonly origin: string;
  readonly #miniflare: Miniflare;
  readonly #options: LocalWorkerOptions;

  private constructor(origin: string, miniflare: Miniflare, options: LocalWorkerOptions) {
    this.origin = origin;
    this.#miniflare = miniflare;
    this.#options = options;
  }

  static async start(options: LocalWorkerOptions): Promise<LocalWorker> {
    const miniflare = new Miniflare(optionsOf(options));
    const { origin } = await miniflare.ready;
    return new LocalWorker(origin, miniflare, options);
  }

  /** The database behind the binding `DB`. */
  async database(): Promise<D1Database> {
    return this.#miniflare.getD1Database("DB");
  }

  /** Loads a new build on the same port. */
  async reload(): Promise<void> {
    await this.#miniflare.setOptions(optionsOf({ ...this.#options, port: Number(new URL(this.origin).port) }));
  }

  /** Runs a schedule, as Cloudflare would. */
  async runSchedule(cron: string): Promise<void> {
    const ran = await fetch(`${this.origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent(cron)}`);
    if (!ran.ok) throw new Error(`the schedule failed: ${await ran.text()}`);
  }

  async stop(): Promise<void> {
    await this.#miniflare.dispose();
  }
}

/** The entry first, then what it imports when it is asked for. */
function modulesIn(directory: string) {
  const chunks = globSync("chunks/*.js", { cwd: directory });
  return ["index.js", ...chunks].map((file) => ({ type: "ESModule", path: join(directory, file) }) as const);
}

const TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
};

/** Static files come straight from their folder: wrangler's own server of them is one more proxy before the Worker. */
function assetServer(directory: string) {
  return async ({ url }: { readonly url: string }) => {
    const path = normalize(new URL(url).pathname);
    const content = await readFile(join(assetsOf(directory), path)).catch(() => undefined);
    if (content === undefined) return new LocalResponse(null, { status: 404 });
    const type = TYPES[extname(path)] ?? "application/octet-stream";
    return new LocalResponse(content, {
      headers: { "content-type": type, "cache-control": "public, max-age=31536000, immutable" },
    });
  };
}

function optionsOf({ directory, port, bindings, config: configPath, folder, ipLimit, log }: LocalWorkerOptions) {
  const config = { ...readConfig({ config: join(ROOT, "wrangler.toml") }), userConfigPath: configPath };
  if (ipLimit !== undefined) {
    config.ratelimits = config.ratelimits.map((limiter: NativeLimiter) => ({
      ...limiter,
      simple: { ...limiter.simple, limit: ipLimit },
    }));
  }
  const {
    workerOptions: { assets: _assets, ...workerOptions },
  } = miniflareOptions(config);
  return convertV4MiniflareOptions({
    host: "127.0.0.1",
    port,
    cf: false,
    unsafeTriggerHandlers: true,
    ...(folder === undefined ? {} : { resourcePersistencePath: folder }),
    handleStructuredLogs: ({ message }) => log(message),
    workers: [
      {
        ...workerOptions,
        name: "gateway",
        modules: modulesIn(directory),
        modulesRoot: directory,
        bindings: { ...(workerOptions.bindings as object), ...bindings },
        serviceBindings: { ASSETS: assetServer(directory) },
      },
    ],
  });
}
