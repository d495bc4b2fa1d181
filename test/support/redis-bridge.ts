/**
 * Upstash's REST interface in front of a stock Redis: a command, `/pipeline` and `/multi-exec`, with its token and its
 * base64 answers. Stock Redis refuses a flag in the first line of `@upstash/ratelimit`'s scripts, so that line is dropped.
 * @see https://upstash.com/docs/redis/features/restapi
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { connectRedis, RedisError, type Reply } from "./resp.ts";

/**
 * How the bridge fails: `slow` answers too late, `garbage` and `numbers` answer with JSON that is not a valid answer.
 */
type Ailment = "none" | "slow" | "garbage" | "numbers" | "text" | "error" | "reset";

export interface RedisBridge {
  readonly url: string;
  readonly token: string;
  /** Paths of the requests so far, oldest first. */
  readonly requests: string[];
  ailment: Ailment;
  readonly close: () => Promise<void>;
}

type Command = readonly string[];

const TOKEN = "test-token";
const SLOW_MS = 1000;

export async function startRedisBridge(redisPort: number): Promise<RedisBridge> {
  const redis = await connectRedis(redisPort);
  const stockHashes = new Map<string, string>();

  async function run(path: string, body: unknown, base64: boolean): Promise<[status: number, answer: unknown]> {
    const many = path === "/pipeline" || path === "/multi-exec";
    const commands = (many ? (body as unknown[][]) : [body as unknown[]]).map((command) => command.map(String));
    const translated = commands.map((command) => forStockRedis(command, stockHashes));
    const replies =
      path === "/multi-exec"
        ? (await redis.send([["MULTI"], ...translated, ["EXEC"]])).at(-1)
        : await redis.send(translated);
    if (!Array.isArray(replies)) return [400, answerOf(replies ?? null, base64)];
    const answers = replies.map((reply) => answerOf(reply, base64));
    return many ? [200, answers] : [replies[0] instanceof RedisError ? 400 : 200, answers[0]];
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? "/";
    bridge.requests.push(path);
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece as Buffer);
    if (request.headers.authorization !== `Bearer ${TOKEN}`) return json(response, 401, { error: "Unauthorized" });
    switch (bridge.ailment) {
      case "slow":
        await new Promise((resolve) => setTimeout(resolve, SLOW_MS).unref());
        break;
      case "garbage":
        return json(response, 200, [{ result: "Z2FyYmFnZQ==" }, { result: ["eA==", "eQ=="] }]);
      case "numbers":
        return json(response, 200, [{ result: [-1] }, { result: [-1, 2.5] }]);
      case "text":
        return void response.writeHead(200, { "content-type": "text/html" }).end("<h1>It works!</h1>");
      case "error":
        return json(response, 500, { error: "internal error" });
      case "reset":
        request.socket.resetAndDestroy();
        return;
      case "none":
    }
    const body: unknown = JSON.parse(Buffer.concat(pieces).toString());
    json(response, ...(await run(path, body, request.headers["upstash-encoding"] === "base64")));
  }

  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const bridge: RedisBridge = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    token: TOKEN,
    requests: [],
    ailment: "none",
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
      redis.close();
    },
  };
  return bridge;
}

/**
 * Removes the first line of scripts. A hash of the whole script is replaced by the hash of the script without that
 * line.
 */
function forStockRedis([name = "", script = "", ...rest]: Command, stockHashes: Map<string, string>): string[] {
  switch (name.toLowerCase()) {
    case "eval": {
      const stock = script.replace(/^#!lua.*\n/, "");
      stockHashes.set(sha1(script), sha1(stock));
      return [name, stock, ...rest];
    }
    case "evalsha":
      return [name, stockHashes.get(script) ?? script, ...rest];
    default:
      return [name, ...(script === "" ? [] : [script]), ...rest];
  }
}

function answerOf(reply: Reply, base64: boolean): { result: unknown } | { error: string } {
  if (reply instanceof RedisError) return { error: reply.message };
  return { result: base64 ? encoded(reply) : reply };
}

/** Texts, other than `OK`, are base64; numbers are not. */
function encoded(reply: Reply): unknown {
  if (Array.isArray(reply)) return reply.map(encoded);
  return typeof reply === "string" && reply !== "OK" ? Buffer.from(reply).toString("base64") : reply;
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
