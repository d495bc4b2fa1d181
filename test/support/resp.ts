/** Just enough of Redis's protocol (RESP 2) to send commands and read what comes back. @see https://redis.io/docs/latest/develop/reference/protocol-spec/ */
import { once } from "node:events";
import { connect } from "node:net";

export type Reply = string | number | null | Reply[] | RedisError;

export class RedisError {
  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

export interface RedisConnection {
  /** Replies come in the order of the commands. */
  readonly send: (commands: readonly (readonly string[])[]) => Promise<Reply[]>;
  readonly close: () => void;
}

export async function connectRedis(port: number): Promise<RedisConnection> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  const waiting: ((reply: Reply | Error) => void)[] = [];
  let buffer = "";
  socket.setEncoding("latin1");
  socket.on("data", (piece: string) => {
    buffer += piece;
    for (let read = readReply(buffer, 0); read !== undefined; read = readReply(buffer, 0)) {
      buffer = buffer.slice(read.end);
      waiting.shift()?.(read.reply);
    }
  });
  socket.on("error", () => undefined);
  socket.on("close", () => {
    for (const settle of waiting.splice(0)) settle(new Error("Redis has gone away"));
  });
  return {
    async send(commands) {
      const replies = commands.map(
        () =>
          new Promise<Reply>((resolve, reject) => {
            waiting.push((reply) => (reply instanceof Error ? reject(reply) : resolve(reply)));
          }),
      );
      if (socket.destroyed) for (const settle of waiting.splice(0)) settle(new Error("Redis has gone away"));
      else socket.write(commands.map(encode).join(""));
      return Promise.all(replies);
    },
    close: () => void socket.destroy(),
  };
}

function encode(command: readonly string[]): string {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  return `*${command.length}\r\n${parts.join("")}`;
}

interface Read {
  readonly reply: Reply;
  readonly end: number;
}

/** The reply that begins at `start`; undefined while it is incomplete. */
function readReply(text: string, start: number): Read | undefined {
  const lineEnd = text.indexOf("\r\n", start);
  if (lineEnd === -1) return undefined;
  const line = text.slice(start + 1, lineEnd);
  const end = lineEnd + 2;
  switch (text[start]) {
    case "+":
      return { reply: line, end };
    case "-":
      return { reply: new RedisError(line), end };
    case ":":
      return { reply: Number(line), end };
    case "$":
      return readText(text, end, Number(line));
    case "*":
      return readArray(text, end, Number(line));
    default:
      throw new Error(`not Redis's protocol: ${line.slice(0, 50)}`);
  }
}

function readText(text: string, start: number, length: number): Read | undefined {
  if (length === -1) return { reply: null, end: start };
  if (text.length < start + length + 2) return undefined;
  return {
    reply: Buffer.from(text.slice(start, start + length), "latin1").toString(),
    end: start + length + 2,
  };
}

function readArray(text: string, start: number, length: number): Read | undefined {
  const reply: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const read = readReply(text, end);
    if (read === undefined) return undefined;
    reply.push(read.reply);
    end = read.end;
  }
  return { reply: length === -1 ? null : reply, end };
}
