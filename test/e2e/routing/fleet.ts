/** Upstreams that can be killed and restarted on their ports, and steady traffic of clients that keep all answers. */
import { once } from "node:events";
import { createServer as createHttpServer, type ServerResponse } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect, vi } from "vitest";
import type { Gateway } from "../../support/gateway.ts";
import { call, CHAT, type Answer, type JsonObject } from "../call.ts";
import { chargesOf, type ChargeRow } from "../money/books.ts";

export type Serve = (body: JsonObject, response: ServerResponse, authorization: string) => unknown;

/** An upstream on a port of its own. To the gateway it looks like a process that may die. */
export class Mortal {
  port = 0;
  /** Requests that were read. */
  received: JsonObject[] = [];
  /** Connections that came while it was dead but listened. */
  knocks = 0;
  serve: Serve;
  readonly #http = createHttpServer((request, response) => void this.#answer(request, response));
  readonly #sockets = new Set<Socket>();
  readonly #streams = new Set<ServerResponse>();
  #listener: Server | undefined;

  constructor(serve: Serve) {
    this.serve = serve;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  /** Streams that have begun and not ended. */
  get streaming(): number {
    return this.#streams.size;
  }

  async start(): Promise<this> {
    await this.#listen((socket) => {
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket));
      this.#http.emit("connection", socket);
    });
    return this;
  }

  /** Breaks its connections, and stops listening. */
  async kill(): Promise<void> {
    const closed = this.#listener === undefined ? undefined : once(this.#listener, "close");
    this.#listener?.close();
    this.#listener = undefined;
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** Kills it, but counts and refuses each connection. */
  async bury(): Promise<void> {
    await this.kill();
    await this.#listen((socket) => {
      this.knocks++;
      socket.on("error", () => undefined).resetAndDestroy();
    });
  }

  async revive(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** The port may be in use for a moment, as the local port of another connection. */
  async #listen(accept: (socket: Socket) => void): Promise<void> {
    await vi.waitFor(
      async () => {
        const listener = createServer(accept).listen(this.port, "127.0.0.1");
        await once(listener, "listening");
        this.#listener = listener;
        this.port = (listener.address() as AddressInfo).port;
      },
      { timeout: 10_000 },
    );
  }

  async #answer(
    request: AsyncIterable<Buffer> & { headers: { authorization?: string | undefined } },
    response: ServerResponse,
  ) {
    try {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const body = JSON.parse(Buffer.concat(pieces).toString()) as JsonObject;
      this.received.push(body);
      if (body["stream"] === true) this.#streams.add(response.on("close", () => this.#streams.delete(response)));
      await this.serve(body, response, request.headers.authorization ?? "");
    } catch {
      response.destroy();
    }
  }
}

/** Clients that ask one request after another until they are told to stop. */
export class Traffic {
  readonly answers: { readonly answer: Answer; readonly stream: boolean; readonly startedAtMs: number }[] = [];
  readonly #gateway: Gateway;
  readonly #kinds: readonly ("stream" | "json")[];
  readonly #clients: Promise<void>[] = [];
  #stopped = false;

  /** @param kinds the kinds of requests, made in turn */
  constructor(
    gateway: Gateway,
    clients: number,
    body: JsonObject,
    kinds: readonly ("stream" | "json")[] = ["stream", "json"],
  ) {
    this.#gateway = gateway;
    this.#kinds = kinds;
    for (let client = 0; client < clients; client++) this.#clients.push(this.#run(client, body));
  }

  /** Resolves when this many more requests have ended. */
  async flow(requests: number): Promise<void> {
    const until = this.answers.length + requests;
    await this.until(() => this.answers.length >= until, `${requests} more answers`);
  }

  async until(condition: () => boolean, what: string): Promise<void> {
    await vi.waitFor(
      () => {
        if (!condition()) throw new Error(`still waiting for ${what} after ${this.answers.length} answers`);
      },
      { timeout: 60_000, interval: 5 },
    );
  }

  /** @returns resolves when the requests under way have ended */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#clients);
  }

  async #run(client: number, body: JsonObject): Promise<void> {
    for (let turn = client; !this.#stopped; turn++) {
      const stream = this.#kinds[turn % this.#kinds.length] === "stream";
      const startedAtMs = Date.now();
      const answer = await call(this.#gateway, `/v1${CHAT}`, { body: { ...body, stream } });
      this.answers.push({ answer, stream, startedAtMs });
    }
  }
}

export interface AttemptOfReceipt {
  readonly route: string;
  readonly upstream: string;
  readonly outcome: string;
  readonly ms: number;
}

/** The charges of the gateway's own key, by request id, once each is closed. */
export async function receipts(gateway: Gateway): Promise<Map<string, ChargeRow>> {
  const rows = await vi.waitFor(
    async () => {
      const charges = await chargesOf(gateway, gateway.key);
      if (charges.some(({ state }) => state === "held")) throw new Error("a charge is open");
      return charges;
    },
    { timeout: 20_000, interval: 100 },
  );
  return new Map(rows.map((row) => [`req_${row.id}`, row]));
}

export function receiptOf(rows: ReadonlyMap<string, ChargeRow>, { headers, story }: Answer): ChargeRow {
  const row = rows.get(headers.get("x-request-id") ?? "");
  if (row === undefined) throw new Error(`no charge of ${story}`);
  return row;
}

export function attemptsOf({ attempts }: ChargeRow): AttemptOfReceipt[] {
  return JSON.parse(attempts ?? "[]") as AttemptOfReceipt[];
}

const REASONS = /^(only|drawn|faster|native|session|trial|next)$/;

/**
 * Checks that an answer names the route that served, the number of attempts and the reason, and its receipt each
 * attempt.
 */
export function expectExplained({ headers, story }: Answer, row: ChargeRow): void {
  const attempts = attemptsOf(row);
  expect(headers.get("x-gateway-model"), story).toBe(row.model);
  expect(headers.get("x-gateway-attempts"), story).toBe(String(attempts.length));
  expect(headers.get("x-gateway-reason"), story).toMatch(REASONS);
  expect(attempts.at(-1), story).toMatchObject({ route: row.route, upstream: row.upstream, outcome: "answered" });
  for (const { route, outcome, ms } of attempts) {
    expect(route, story).toMatch(/\S/);
    expect(outcome, story).toMatch(/^[a-z_]+$/);
    expect(Number.isInteger(ms) && ms >= 0, story).toBe(true);
  }
}

/** The breakers' transitions so far, as `route to state`. */
export function transitionsOf(gateway: Gateway): string[] {
  return gateway.logged("breaker").map(({ route, to }) => `${String(route)} ${String(to)}`);
}
