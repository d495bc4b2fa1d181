/**
 * `npm run dev`: migrations and demo data into local D1, a mock LLM server, and the Worker. Needs no account, no
 * network and no provider's key. `PORT` chooses the port; with `--json` the log is as the Worker writes it; with `--empty`
 * the demo account has no past.
 */
import { once } from "node:events";
import { watch } from "node:fs";
import { parseArgs } from "node:util";
import { drizzle } from "drizzle-orm/d1";
import { seedDemo } from "./demo.ts";
import { writeMonth } from "./demo-month.ts";
import { writeOrders } from "./demo-orders.ts";
import { DEMO_PASSWORD, DEMO_PEOPLE, writeOffers, writePeople } from "./demo-people.ts";
import { ensureDevVars, readDevVars } from "./dev-vars.ts";
import { bundle } from "./build.ts";
import { MockEpay } from "./mock-epay.ts";
import { LocalWorker, ROOT, WRANGLER } from "./local-worker.ts";
import { isFree, onStop, start, stopAll } from "./processes.ts";
import { forgetRunningDev, noteRunningDev, runningDev, RUNNING_FILE } from "./running-dev.ts";
import { shortLine } from "./short-lines.ts";

const BUILD_DIRECTORY = `${ROOT}.wrangler/dev-build`;
/** Where wrangler keeps its local data, so that its commands with `--local` see the same data. */
const DATA_DIRECTORY = `${ROOT}.wrangler/state/v3`;
/** Payments of `npm run dev` are made at a mock of a payment platform. */
const MOCK_EPAY = { pid: "1000", key: "the key of a mock" };
const HOST = "127.0.0.1";
const DEFAULT_PORT = 8787;
/** Keeps wrangler's notices out of the output. */
const QUIET = {
  ...process.env,
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  NO_UPDATE_NOTIFIER: "1",
  FORCE_COLOR: "0",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
};

async function main(): Promise<void> {
  const { values: options } = parseArgs({
    options: { json: { type: "boolean", default: false }, empty: { type: "boolean", default: false } },
  });
  const port = readPort();
  const origin = `http://localhost:${port}`;
  const other = runningDev(RUNNING_FILE);
  if (other !== undefined) {
    throw new Error(
      `The gateway runs in this folder already, at ${other.url} (process ${other.pid}). Stop it first.\n` +
        `If process ${other.pid} is another program, delete ${RUNNING_FILE}.`,
    );
  }
  if (!(await isFree(port, HOST))) {
    throw new Error(
      `Port ${port} is in use. Stop the other program, or choose another port: PORT=${port + 1} npm run dev`,
    );
  }
  process.chdir(ROOT);
  noteRunningDev(RUNNING_FILE, origin);
  // Also when miniflare, which hears signals too, ends the process first.
  process.once("exit", () => forgetRunningDev(RUNNING_FILE));
  const vars = ensureDevVars(`${ROOT}.dev.vars`);
  const ownVars = readDevVars(`${ROOT}.dev.vars`);
  console.log("Preparing the gateway …");
  const epay = new MockEpay(MOCK_EPAY);
  const [mock, epayUrl] = await Promise.all([startMock(), epay.start(), migrate(), bundle(BUILD_DIRECTORY)]);
  worker = await LocalWorker.start({
    directory: BUILD_DIRECTORY,
    port,
    bindings: ownVars.has("EPAY_URL") ? {} : { EPAY_URL: epayUrl, EPAY_PID: MOCK_EPAY.pid, EPAY_KEY: MOCK_EPAY.key },
    config: `${ROOT}wrangler.toml`,
    folder: DATA_DIRECTORY,
    log: (line) => console.log(options.json ? line : shortLine(line, new Date())),
  });
  const { DEMO_KEY: apiKey, CREDENTIALS_KEY: credentialsKey } = vars;
  const database = await worker.database();
  const [db, nowMs] = [drizzle(database), Date.now()];
  await seedDemo(db, { apiKey, credentialsKey, baseUrl: `${mock}/v1`, nowMs });
  await writePeople(db, nowMs);
  if (!options.empty) {
    await writeOffers(db, nowMs);
    await writeOrders(database, nowMs);
    await writeMonth(database, nowMs);
  }
  await ready(`${worker.origin}/healthz`);
  console.log(banner(origin, apiKey));
  runSchedules(worker);
  rebuildOnChange(worker);
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
  const mock = start(["src/cli/mock-model.ts"], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const [message] = (await Promise.race([once(mock, "message"), once(mock, "exit")])) as [
    { url?: string } | number | null,
  ];
  if (typeof message !== "object" || message?.url === undefined) throw new Error("The mock LLM server did not start.");
  return message.url;
}

/** workerd does not run the schedules of wrangler.toml by itself. Only the schedule of every minute runs here. */
function runSchedules(running: LocalWorker): void {
  const run = () => running.runSchedule("* * * * *").catch((error: unknown) => console.error(error));
  void run();
  setInterval(() => void run(), 60_000).unref();
}

/** Rebuilds when a file in `src` or `schema` is saved. If the build fails, the gateway stays as it is. */
function rebuildOnChange(running: LocalWorker): void {
  let due: NodeJS.Timeout | undefined;
  const rebuild = async () => {
    try {
      await bundle(BUILD_DIRECTORY);
      await running.reload();
      console.log("The gateway was rebuilt.");
    } catch (error) {
      console.error(`The gateway was not rebuilt:\n${error instanceof Error ? error.message : String(error)}`);
    }
  };
  for (const folder of ["src", "schema"]) {
    watch(`${ROOT}${folder}`, { recursive: true }, () => {
      clearTimeout(due);
      due = setTimeout(() => void rebuild(), 300);
    });
  }
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
  Portal:    ${origin}/
${DEMO_PEOPLE.map(({ email, role }) => `             ${email} / ${DEMO_PASSWORD}   (${role})`).join("\n")}
  Admin token: in .dev.vars   (npm run operator -- --help)

  curl ${origin}/v1/chat/completions \\
    -H "Authorization: Bearer ${key}" -H "Content-Type: application/json" \\
    -d '{"model":"auto","stream":true,"messages":[{"role":"user","content":"Hello!"}]}'

Answers come from a local mock model, and payments go to a mock of a payment platform. Press Ctrl-C to stop.
`;
}

let worker: LocalWorker | undefined;
let stopping = false;
async function stop(code: number): Promise<void> {
  if (stopping) return;
  stopping = true;
  await Promise.all([stopAll(), worker?.stop()]);
  process.exit(code);
}

onStop(() => void stop(0));
try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  await stop(1);
}
