/** A scripted upstream of OpenAI's realtime protocol, on a real socket: it answers each request for an answer as its model is told to. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";

type Event = Record<string, unknown>;

interface RealtimeCall {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** What the gateway sent. */
  readonly events: Event[];
  readonly socket: WebSocket;
  send(event: Event): void;
  /** When the gateway has closed, and with which code. */
  readonly closed: Promise<number>;
  /** Resolves with the next event of a type that has not been taken. */
  next(type: string): Promise<Event>;
}

export type RealtimeScript = (call: RealtimeCall, event: Event) => unknown;

export interface RealtimeUpstream {
  readonly baseUrl: string;
  readonly calls: RealtimeCall[];
  /** Sees each event that comes for a model. */
  script(model: string, script: RealtimeScript): void;
  /** Refuses sockets for a model with a status. */
  refuse(model: string, status: number, error?: Event): void;
  close(): Promise<void>;
}

export async function startRealtimeUpstream(): Promise<RealtimeUpstream> {
  const scripts = new Map<string, RealtimeScript>();
  const refusals = new Map<string, readonly [status: number, error: Event]>();
  const calls: RealtimeCall[] = [];
  const sockets = new WebSocketServer({ noServer: true });
  const server = createServer((_, response) => response.writeHead(404).end());
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? "/", "http://upstream");
    const model = url.searchParams.get("model") ?? "";
    const refusal = refusals.get(model);
    if (refusal !== undefined) {
      const body = JSON.stringify({ error: refusal[1] });
      const head1 = `HTTP/1.1 ${refusal[0]} No\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}`;
      socket.end(`${head1}\r\nconnection: close\r\n\r\n${body}`);
      return;
    }
    sockets.handleUpgrade(request, socket, head, (ws) => {
      const call = callOf(request, ws);
      calls.push(call);
      const script = scripts.get(model);
      ws.on("message", (data) => {
        const event = JSON.parse(textOf(data)) as Event;
        call.events.push(event);
        void script?.(call, event);
      });
      void script?.(call, { type: "opened" });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    calls,
    script: (model, script) => void scripts.set(model, script),
    refuse: (model, status, error = { message: "no", type: "server_error" }) =>
      void refusals.set(model, [status, error]),
    async close() {
      for (const { socket } of calls) socket.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Messages come whole. */
export function textOf(data: RawData): string {
  return (data as Buffer).toString();
}

function callOf(request: IncomingMessage, socket: WebSocket): RealtimeCall {
  const events: Event[] = [];
  const taken = new Set<Event>();
  return {
    path: request.url ?? "",
    headers: request.headers,
    events,
    socket,
    send: (event) => socket.send(JSON.stringify(event)),
    closed: once(socket, "close").then(([code]) => code as number),
    async next(type) {
      for (;;) {
        const event = events.find((one) => one["type"] === type && !taken.has(one));
        if (event !== undefined) {
          taken.add(event);
          return event;
        }
        await once(socket, "message");
      }
    },
  };
}

export const SESSION: Event = {
  type: "session.created",
  event_id: "event_1",
  session: {
    type: "realtime",
    object: "realtime.session",
    id: "sess_1",
    model: "upstream-name",
    output_modalities: ["audio"],
    audio: {
      input: { format: { type: "audio/pcm", rate: 24_000 }, transcription: null },
      output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy" },
    },
  },
};

/** What one answer uses, as OpenAI tells it. */
export const ANSWER_USAGE = {
  total_tokens: 253,
  input_tokens: 132,
  output_tokens: 121,
  input_token_details: {
    text_tokens: 119,
    audio_tokens: 13,
    image_tokens: 0,
    cached_tokens: 64,
    cached_tokens_details: { text_tokens: 64, audio_tokens: 0, image_tokens: 0 },
  },
  output_token_details: { text_tokens: 30, audio_tokens: 91 },
};

let answers = 0;

/** The events of one whole answer in text. */
export function answerEvents(text: string, extra: { usage?: unknown; status?: string } = {}): Event[] {
  const id = `resp_${++answers}`;
  const { usage = ANSWER_USAGE, status = "completed" } = extra;
  const words = text.split(/(?<= )/);
  return [
    { type: "response.created", response: { id, object: "realtime.response", status: "in_progress", output: [] } },
    ...words.map((delta) => ({ type: "response.output_text.delta", response_id: id, item_id: "i", delta })),
    { type: "response.done", response: { id, object: "realtime.response", status, output: [], usage } },
  ].map((event, at) => ({ ...event, event_id: `event_${id}_${at}` }));
}

/** Opens a session, and answers whoever asks. */
export function answering(text: string, extra?: { usage?: unknown; status?: string }): RealtimeScript {
  return ({ send }, { type }) => {
    if (type === "opened") send(SESSION);
    if (type === "session.update") send({ ...SESSION, type: "session.updated" });
    if (type === "response.create") for (const event of answerEvents(text, extra)) send(event);
  };
}
