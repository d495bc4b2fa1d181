/**
 * `npm run dev`: migrations and demo data into local D1, a mock LLM server, and the Worker. Needs no account, no
 * network and no provider's key. `PORT` chooses the port.
 */
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { drizzle } from "drizzle-orm/d1";
import { getPlatformProxy, unstable_readConfig as readConfig } from "wrangler";
import { seedDemo } from "../../schema/seed.ts";
import { ensureDevVars } from "./dev-vars.ts";
import { isFree, onStop, start, stopAll } from "./processes.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const WRANGLER = fileURLToPath(new URL("../../node_modules/wrangler/bin/wrangler.js", import.meta.url));
const HOST = "127.0.0.1";
const DEFAULT_PORT = 8787;
/** Keep wrangler's notices out of what a newcomer reads. */
const QUIET = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  NO_UPDATE_NOTIFIER: "1",
  FORCE_COLOR: "0",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

async function main(): Promise<void> {
  const port = readPort();
  if (!(await isFree(port, HOST))) {
    throw new Error(
      `Port ${port} is in use. Stop the other program, or choose another port: PORT=${port + 1} npm run dev`,
    );
  }
  process.chdir(ROOT);
  const vars = ensureDevVars(`${ROOT}.dev.vars`);
  console.log("Preparing the local database …");
  await migrate();
  const baseUrl = `${await startMock()}/v1`;
  await seed(vars.DEMO_KEY, vars.CREDENTIALS_KEY, baseUrl);

  console.log("Starting the gateway …");
  const worker = start(
    [
      WRANGLER,
      "dev",
      "--ip",
      HOST,
      "--port",
      String(port),
      "--inspector-port",
      "0",
      "--show-interactive-dev-session=false",
    ],
    { env: QUIET, stdio: ["ignore", "pipe", "pipe"] },
  );
  const show = showWhenReady(worker);
  worker.once("exit", (code) => {
    show("all");
    void stop(code ?? 1);
  });
  const origin = `http://${HOST}:${port}`;
  await ready(`${origin}/healthz`);
  show("new");
  runSchedules(origin);
  console.log(banner(`http://localhost:${port}`, vars.DEMO_KEY));
}

function readPort(): number {
  const port = Number(process.env["PORT"] ?? DEFAULT_PORT);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new Error(`PORT must be a number from 1 to 65535, not '${process.env["PORT"] ?? ""}'.`);
  return port;
}

async function migrate(): Promise<void> {
  const child = start([WRANGLER, "d1", "migrations", "apply", "DB", "--local"], {
    env: { ...QUIET, CI: "true" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (piece: Buffer) => (output += piece.toString()));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) throw new Error(`The database could not be prepared:\n${output}`);
}

async function startMock(): Promise<string> {
  const mock = start(["test/support/mock-llm.ts"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [message] = (await Promise.race([once(mock, "message"), once(mock, "exit")])) as [
    { url?: string } | number | null,
  ];
  if (typeof message !== "object" || message?.url === undefined) throw new Error("The mock LLM server did not start.");
  return message.url;
}

async function seed(apiKey: string, credentialsKey: string, baseUrl: string): Promise<void> {
  const { env, dispose } = await getPlatformProxy<{ DB: Parameters<typeof drizzle>[0] }>({
    configPath: databaseConfig(),
    persist: { path: `${ROOT}.wrangler/state/v3` },
  });
  try {
    await seedDemo(drizzle(env.DB), { apiKey, credentialsKey, baseUrl, nowMs: Date.now() });
  } finally {
    await dispose();
  }
}

/** The Worker's database alone: its Durable Objects cannot run outside it, and a newcomer would be warned of that. */
function databaseConfig(): string {
  const { name, compatibility_date, d1_databases } = readConfig({ config: `${ROOT}wrangler.toml` });
  const path = `${ROOT}.wrangler/database.json`;
  writeFileSync(path, JSON.stringify({ name, compatibility_date, d1_databases }));
  return path;
}

/** Wrangler's words before it is ready are of use only if it never is. */
function showWhenReady(worker: ChildProcess): (which: "all" | "new") => void {
  let held: Buffer[] | undefined = [];
  for (const stream of [worker.stdout, worker.stderr]) {
    stream?.on("data", (piece: Buffer) => {
      if (held === undefined) process.stdout.write(piece);
      else held.push(piece);
    });
  }
  return (which) => {
    if (which === "all") for (const piece of held ?? []) process.stdout.write(piece);
    held = undefined;
  };
}

/** Local development has no clock of its own for the schedules of wrangler.toml; the one of every minute is enough. */
function runSchedules(origin: string): void {
  const url = `${origin}/cdn-cgi/local/scheduled?cron=${encodeURIComponent("* * * * *")}`;
  setInterval(() => void fetch(url).catch(() => undefined), 60_000).unref();
}

async function ready(url: string): Promise<void> {
  for (let attempt = 0; attempt < 240; attempt++) {
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`The gateway did not become ready; see ${url}.`);
}

function banner(origin: string, key: string): string {
  return `
Token Gateway is running.

  Base URL:  ${origin}/v1
  Base URL:  ${origin}/xlei/v1   (streams by default)
  Demo key:  ${key}
  Model:     auto   (all models: ${origin}/v1/models)
  Admin token: in .dev.vars   (npm run operator -- --help)

  curl ${origin}/v1/chat/completions \\
    -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\
    -d '{"model":"auto","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'

Answers come from a local mock model. Press Ctrl-C to stop.
`;
}

let stopping = false;
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await stopAll();
  process.exit(code);
}

onStop(() => void stop(0));
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}
