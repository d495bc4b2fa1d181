/**
 * A fast upstream in a process of its own: it speaks Chat Completions. What it sends is said by the name of the model, so that
 * every contestant can be asked for it: `json`, `stream-200-5` (200 events, one each 5 ms), `idle` (one event, then silence).
 */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

const USAGE = { prompt_tokens: 10, completion_tokens: 20, total_tokens: 30 };
const HEAD = { id: "chatcmpl-1", object: "chat.completion", created: 1_790_000_000, model: "m" };
const JSON_ANSWER = Buffer.from(
  JSON.stringify({
    ...HEAD,
    choices: [{ index: 0, message: { role: "assistant", content: "Hello, how can I help?" }, finish_reason: "stop" }],
    usage: USAGE,
  }),
);

function chunk(delta: object, finish: string | null = null): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ ...HEAD, object: "chat.completion.chunk", choices })}\n\n`;
}

const ROLE = chunk({ role: "assistant", content: "" });
const END = chunk({}, "stop");
const USAGE_CHUNK = `data: ${JSON.stringify({ ...HEAD, object: "chat.completion.chunk", choices: [], usage: USAGE })}\n\n`;

/** Microseconds since 1970 by a clock that all processes of the machine share. */
function nowUs(): number {
  return Math.round((performance.timeOrigin + performance.now()) * 1000);
}

function sendStream(response: ServerResponse, events: number, gapMs: number, wantsUsage: boolean): void {
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.write(ROLE);
  let sent = 0;
  const timer = setInterval(() => {
    if (response.destroyed) return clearInterval(timer);
    if (sent++ < events) return response.write(chunk({ content: `@${nowUs()} ` }));
    clearInterval(timer);
    response.end(`${END}${wantsUsage ? USAGE_CHUNK : ""}data: [DONE]\n\n`);
  }, gapMs);
}

/** The name of the model, found without reading a large body as JSON. */
const MODEL = /"model"\s*:\s*"([^"]+)"/;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const body = Buffer.concat(pieces);
  const ends = `${body.subarray(0, 2000).toString()}${body.subarray(-2000).toString()}`;
  const [kind, events = "0", gapMs = "0"] = (MODEL.exec(ends)?.[1] ?? "json").split("-");
  if (kind === "stream")
    return sendStream(response, Number(events), Number(gapMs), ends.includes('"include_usage":true'));
  if (kind === "idle") {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(`${ROLE}${chunk({ content: "x" })}`);
    return;
  }
  response.writeHead(200, { "content-type": "application/json", "content-length": JSON_ANSWER.length });
  response.end(JSON_ANSWER);
}

const server = createServer((request, response) => {
  answer(request, response).catch(() => response.destroy());
});
server.keepAliveTimeout = 120_000;
server.listen(0, "127.0.0.1", () => process.send?.({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
