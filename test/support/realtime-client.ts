/** A client of the realtime protocol on a plain WebSocket, and how its sockets and charges end. */
import { once } from "node:events";
import { expect } from "vitest";
import { WebSocket } from "ws";
import { chargesOf, pause, type ChargeRow } from "../e2e/money/books.ts";
import type { Gateway } from "./gateway.ts";
import { textOf } from "./realtime-upstream.ts";

export type Event = Record<string, unknown>;

export class RealtimeClient {
  readonly socket: WebSocket;
  readonly events: Event[] = [];
  /** The texts as they came. */
  readonly texts: string[] = [];
  readonly closed: Promise<readonly [code: number, reason: string]>;
  readonly #taken = new Set<Event>();

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data) => {
      const text = textOf(data);
      this.texts.push(text);
      this.events.push(JSON.parse(text) as Event);
    });
    this.closed = once(socket, "close").then(([code, reason]) => [code as number, String(reason)] as const);
    this.closed.catch(() => undefined);
  }

  /** @param protocols those that are offered */
  static async open(url: string, headers: Record<string, string>, protocols: string[] = []): Promise<RealtimeClient> {
    const client = new RealtimeClient(new WebSocket(url, protocols, { headers, maxPayload: 0 }));
    await once(client.socket, "open");
    return client;
  }

  send(event: Event): void {
    this.socket.send(JSON.stringify(event));
  }

  /** The next event of a type that has not been taken. */
  async next(type: string): Promise<Event> {
    for (let tries = 0; tries < 500; tries++) {
      const event = this.events.find((one) => one["type"] === type && !this.#taken.has(one));
      if (event !== undefined) {
        this.#taken.add(event);
        return event;
      }
      await pause(20);
    }
    throw new Error(`no ${type} in ${JSON.stringify(this.events).slice(0, 2000)}`);
  }

  say(text: string): void {
    const content = [{ type: "input_text", text }];
    this.send({ type: "conversation.item.create", item: { type: "message", role: "user", content } });
  }

  async ask(text: string): Promise<Event> {
    this.say(text);
    this.send({ type: "response.create" });
    return this.next("response.done");
  }

  async leave(): Promise<void> {
    this.socket.close(1000);
    await this.closed;
  }
}

/** How a socket is refused. */
export async function refusal(url: string, headers: Record<string, string>, protocols: string[] = []) {
  const socket = new WebSocket(url, protocols, { headers });
  socket.on("error", () => undefined);
  const [, response] = (await once(socket, "unexpected-response")) as [
    unknown,
    NodeJS.ReadableStream & { statusCode: number; headers: Record<string, string> },
  ];
  let text = "";
  for await (const piece of response) text += String(piece);
  return { status: response.statusCode, body: JSON.parse(text) as { error: Event }, text, headers: response.headers };
}

/** The only charge of a key, once it is closed. */
export async function onlyCharge(gateway: Gateway, key: string): Promise<ChargeRow> {
  for (let tries = 0; tries < 200; tries++) {
    const rows = await chargesOf(gateway, key);
    const [row] = rows;
    if (row !== undefined && rows.every(({ state }) => state !== "held")) {
      expect(rows).toHaveLength(1);
      return row;
    }
    await pause(25);
  }
  throw new Error("no closed charge");
}
