/** A redis-server for one test file, on a free loopback port, with nothing on disk. It is ended by its own handle. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createServer, connect, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";

export interface RedisServer {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Whether the Redis tests run here. Without redis-server they say why not, unless `REQUIRE_REDIS=1` makes that a failure. */
export function canRunRedis(): boolean {
  if (process.env["REQUIRE_REDIS"] === "1" || spawnSync("redis-server", ["--version"]).status === 0) return true;
  console.log("skipped: the Redis tests, for there is no redis-server here");
  return false;
}

export async function startRedis(): Promise<RedisServer> {
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const child = spawn(
      "redis-server",
      ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", tmpdir()],
      { stdio: ["ignore", "pipe", "inherit"] },
    );
    const spawned = await once(child, "spawn").catch((error: unknown) => error);
    if (spawned instanceof Error) throw new Error("redis-server cannot be started; REQUIRE_REDIS=1 needs it", spawned);
    // Its output is not used, but a full pipe would stop it.
    child.stdout.resume();
    if (await accepts(port, child)) return { port, close: async () => ended(child) };
    await ended(child);
    // Another process took the port in between.
    if (attempt === 3) throw new Error("redis-server does not accept connections");
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  await exit;
}

async function accepts(port: number, child: ChildProcess): Promise<boolean> {
  for (let attempt = 0; attempt < 200 && child.exitCode === null; attempt++) {
    const socket = connect(port, "127.0.0.1");
    const connected = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return false;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
