/** `npm run dev` as a newcomer runs it: in a copy of the project that has never run. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COPIED = ["package.json", "tsconfig.json", "wrangler.toml", "CHANGELOG.md", "src", "schema", "test/support"];

let folder: string;
let port: number;
let running: ChildProcess | undefined;

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), "token-gateway-dev-")));
  for (const entry of COPIED) cpSync(join(ROOT, entry), join(folder, entry), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  port = await freePort();
});

afterEach(async () => {
  if (running?.pid === undefined || running.exitCode !== null || running.signalCode !== null) return;
  process.kill(-running.pid, "SIGTERM");
  await vanished();
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("npm run dev", () => {
  it("starts from nothing, answers the first sample, and Ctrl-C leaves no process behind", async () => {
    const { output, key } = await started();
    expect(output()).not.toMatch(/warning/i);
    expect(output()).toContain(`Base URL:  http://localhost:${port}/v1\n`);
    expect(output()).toContain(`Base URL:  http://localhost:${port}/xlei/v1`);
    expect(output()).toContain("Admin token: in .dev.vars");
    const answer = await fetch(`http://127.0.0.1:${port}/xlei/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-api-key": key },
      body: '{"model":"auto","messages":[{"role":"user","content":"Hello"}]}',
    });
    expect(answer.headers.get("content-type")).toContain("text/event-stream");
    // Published clients parse each piece alone, so no event may be cut in two, not even locally.
    const decoder = new TextDecoder();
    let last = "";
    for await (const piece of answer.body ?? []) {
      for (const line of decoder.decode(piece).split("\n").filter(Boolean)) {
        last = line;
        if (line !== "data: [DONE]") expect(JSON.parse(line.replace(/^data: /, ""))).toHaveProperty("choices");
      }
    }
    expect(last).toBe("data: [DONE]");
    // The line comes when the charge is settled, which is after the answer.
    await expect
      .poll(() => output())
      .toMatch(
        /^\d\d:\d\d:\d\d {2}200 {2}POST \/xlei\/v1\/chat\/completions {2}auto → \S+ {2}\d+ in, \d+ out {2}\d+ ms$/m,
      );
    await interrupted();
    expect(processesIn(folder)).toEqual([]);
    // Its note is gone: another program that gets its process id is not taken for it.
    expect(existsSync(join(folder, ".wrangler/dev.json"))).toBe(false);
  });

  it("starts a second time on the same data, with the same key", async () => {
    const secrets = readFileSync(join(folder, ".dev.vars"), "utf8");
    const { key } = await started();
    expect(secrets).toContain(key);
    expect(readFileSync(join(folder, ".dev.vars"), "utf8")).toBe(secrets);
    // No connection is kept: while a command below blocks this process, the gateway closes those that idle.
    const models = await fetch(`http://127.0.0.1:${port}/v1/models`, {
      headers: { authorization: `Bearer ${key}`, connection: "close" },
    });
    expect(models.status).toBe(200);
    // The mock of this start answers, at another port than that of the first one.
    const ranked = await fetch(`http://127.0.0.1:${port}/v2/rerank`, {
      method: "POST",
      headers: { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" },
      body: JSON.stringify({
        model: "auto",
        query: "What do pandas eat?",
        documents: ["Cats eat fish.", "Pandas eat bamboo."],
      }),
    });
    expect(await ranked.json()).toMatchObject({ model: "jina-reranker-v3", results: [{ index: 1 }, { index: 0 }] });
    // A film is made within seconds, though nobody asks its upstream: its clock rings here, too.
    const headers = { authorization: `Bearer ${key}`, "content-type": "application/json", connection: "close" };
    const made = await fetch(`http://127.0.0.1:${port}/v1/videos`, {
      method: "POST",
      headers,
      body: JSON.stringify({ model: "auto", prompt: "A red panda", seconds: "2" }),
    });
    const { id, model, status } = (await made.json()) as Record<string, string>;
    expect({ model, status }).toEqual({ model: "sora-2", status: "queued" });
    const states = new Set<unknown>();
    await until(async () => {
      const told = await fetch(`http://127.0.0.1:${port}/api/tasks/${id}`, { headers });
      const { state } = (await told.json()) as Record<string, unknown>;
      states.add(state);
      return state === "succeeded";
    });
    expect(states).toContain("running");
    const film = await fetch(`http://127.0.0.1:${port}/v1/videos/${id}/content`, { headers });
    expect(film.headers.get("content-type")).toBe("video/mp4");
    expect(Buffer.from(await film.arrayBuffer()).toString("latin1", 4, 8)).toBe("ftyp");
    // The operator's commands find the gateway, and the token that the first start made.
    const accounts = spawnSync("npm", ["run", "--silent", "operator", "--", "account", "list"], {
      cwd: folder,
      env: { ...process.env, GATEWAY_URL: "", PORT: "", ADMIN_TOKEN: "" },
      encoding: "utf8",
    });
    expect(accounts.stdout, accounts.stderr).toMatch(/demo-account +Demo +13\d\.\d+ /);
    // The portal stands open, with a month of requests.
    const portal = await fetch(`http://127.0.0.1:${port}/`, {
      headers: { accept: "text/html", connection: "close" },
    });
    expect(await portal.text()).toMatch(/^<!doctype html>/);
    // Another one in this folder is refused, and changes nothing for the first.
    const second = spawnSync("npm", ["run", "dev"], {
      cwd: folder,
      env: { ...process.env, PORT: String(await freePort()) },
      encoding: "utf8",
    });
    expect(second.status).not.toBe(0);
    expect(second.stderr).toContain(`The gateway runs in this folder already, at http://localhost:${port} `);
    const health = await fetch(`http://127.0.0.1:${port}/healthz`);
    expect(health.status).toBe(200);
    // Only npm gets the signal, as from a process manager.
    if (running?.pid !== undefined) process.kill(running.pid, "SIGTERM");
    await vanished();
  });

  it("says so when the port is taken", async () => {
    const other = createServer().listen(port, "127.0.0.1");
    await once(other, "listening");
    const { child, output } = dev();
    const [code] = (await once(child, "close")) as [number];
    other.close();
    expect(code).not.toBe(0);
    expect(output()).toContain(`Port ${port} is in use.`);
    expect(output()).toContain(`PORT=${port + 1} npm run dev`);
  });
});

function dev(): { child: ChildProcess; output: () => string } {
  const env = { ...process.env, PORT: String(port) };
  const child = spawn("npm", ["run", "dev"], { cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (piece: Buffer) => (text += piece.toString()));
  running = child;
  return { child, output: () => text };
}

async function started(): Promise<{ output: () => string; key: string }> {
  const { child, output } = dev();
  await until(() => output().includes("Press Ctrl-C") || child.exitCode !== null);
  const [, key] = /Demo key: {2}(sk-\w+)/.exec(output()) ?? [];
  if (key === undefined) throw new Error(`npm run dev did not start:\n${output()}`);
  return { output, key };
}

/** Ctrl-C in a terminal: every process of the foreground group gets the signal. */
async function interrupted(): Promise<void> {
  if (running?.pid === undefined) throw new Error("nothing is running");
  const ended = once(running, "close");
  process.kill(-running.pid, "SIGINT");
  await ended;
  await vanished();
}

async function vanished(): Promise<void> {
  await until(() => processesIn(folder).length === 0);
}

/** Command lines of the processes whose working directory is a folder. Empty on systems other than Linux. */
function processesIn(directory: string): string[] {
  return listProcesses().flatMap((pid) => {
    try {
      const inside = realpathSync(`/proc/${pid}/cwd`).startsWith(directory);
      return inside ? [readFileSync(`/proc/${pid}/cmdline`, "utf8").replaceAll("\0", " ")] : [];
    } catch {
      return [];
    }
  });
}

function listProcesses(): string[] {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 1000 && !(await condition()); attempt++)
    await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await condition()).toBe(true);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address() as AddressInfo;
  server.close();
  return free;
}
