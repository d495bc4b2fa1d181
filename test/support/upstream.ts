/** A scripted upstream on a real socket: each upstream model name has a script that answers its requests. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Exchange {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** The fields of a form. */
  readonly body: Record<string, unknown>;
  /** undefined = the body was no form. */
  readonly form: FormData | undefined;
  readonly response: ServerResponse;
  /** Resolves when the gateway has closed the request, or it is answered. */
  readonly closed: Promise<void>;
  /** A JSON answer. */
  json(body: unknown, status?: number, headers?: Record<string, string>): void;
  /** Begins an event stream. */
  openStream(): void;
  /** Writes bytes unchanged. */
  write(text: string | Uint8Array): void;
  /** Writes one event. */
  event(body: unknown): void;
  /** `[DONE]` and the end. */
  done(): void;
  /** Breaks the connection. */
  reset(): void;
}

export type Script = (exchange: Exchange) => unknown;

export interface ScriptedUpstream {
  /** With the version path. */
  readonly baseUrl: string;
  readonly port: number;
  /** The requests received, by upstream model name. */
  readonly received: Exchange[];
  script(model: string, script: Script): void;
  close(): Promise<void>;
}

export async function startUpstream(): Promise<ScriptedUpstream> {
  const scripts = new Map<string, Script>();
  const received: Exchange[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const exchange = await readExchange(request, response);
    received.push(exchange);
    const { model = modelIn(exchange.path) } = exchange.body;
    const script = scripts.get(String(model));
    if (script === undefined) exchange.json({ error: { message: "no such model", code: "model_not_found" } }, 404);
    else await script(exchange);
  };
  const server: Server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}/v1`,
    port,
    received,
    script: (model, script) => void scripts.set(model, script),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** Google's clients name the model in the path. */
function modelIn(path: string): string | undefined {
  return /\/models\/([^:]+):/.exec(decodeURIComponent(path))?.[1];
}

async function readExchange(request: IncomingMessage, response: ServerResponse): Promise<Exchange> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const bytes = Buffer.concat(pieces);
  const type = request.headers["content-type"] ?? "";
  const form = type.startsWith("multipart/form-data")
    ? await new Response(bytes, { headers: { "content-type": type } }).formData()
    : undefined;
  const write = (text: string | Uint8Array) => void response.write(text);
  return {
    path: request.url ?? "",
    headers: request.headers,
    body:
      form === undefined ? (JSON.parse(bytes.toString() || "{}") as Record<string, unknown>) : Object.fromEntries(form),
    form,
    response,
    closed: once(response, "close").then(() => undefined),
    json(body, status = 200, headers = {}) {
      response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
    },
    openStream: () => response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders(),
    write,
    event: (body) => write(`data: ${JSON.stringify(body)}\n\n`),
    done: () => void response.end("data: [DONE]\n\n"),
    reset: () => void response.socket?.resetAndDestroy(),
  };
}

/** A chat chunk as vendors send it. */
export function chunk(delta: Record<string, unknown>, finishReason: string | null = null): Record<string, unknown> {
  return {
    id: "chatcmpl-upstream",
    object: "chat.completion.chunk",
    created: 1_700_000_000,
    model: "upstream-name",
    choices: [{ index: 0, delta, finish_reason: finishReason }],
  };
}

/** A chat answer as vendors send it. */
export function completion(content: string, extra: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    id: "chatcmpl-upstream",
    object: "chat.completion",
    created: 1_700_000_000,
    model: "upstream-name",
    choices: [{ index: 0, message: { role: "assistant", content }, finish_reason: "stop" }],
    usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 },
    ...extra,
  };
}

export const USAGE = { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 };
