/** Clients that keep their connections open. */
import { Agent, request, type IncomingMessage } from "node:http";
import type { Contestant } from "./contestants.ts";

const agent = new Agent({ keepAlive: true, maxSockets: Infinity });

export interface Asked {
  readonly path?: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** @returns the answer as its headers come. @throws Error for any status but 200 */
export async function open({ url, key }: Contestant, { path = "/v1/chat/completions", body, headers }: Asked) {
  return new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      url + path,
      {
        agent,
        method: "POST",
        headers: {
          authorization: `Bearer ${key}`,
          "content-type": "application/json",
          "content-length": Buffer.byteLength(body),
          ...headers,
        },
      },
      (answer) => {
        if (answer.statusCode === 200) return resolve(answer);
        const pieces: Buffer[] = [];
        answer.on("data", (piece: Buffer) => pieces.push(piece));
        answer.on("end", () => reject(new Error(`${url}: ${answer.statusCode} ${Buffer.concat(pieces).toString()}`)));
      },
    );
    sent.on("error", reject);
    sent.end(body);
  });
}

/** Reads a whole answer and forgets it. */
export async function ask(contestant: Contestant, asked: Asked): Promise<void> {
  const answer = await open(contestant, asked);
  answer.resume();
  await new Promise((resolve, reject) => {
    answer.on("end", resolve);
    answer.on("error", reject);
  });
}

/** Does the work so many times, so many at once: each client begins again when it has its answer. */
export async function closedLoop(times: number, clients: number, work: () => Promise<void>): Promise<void> {
  let begun = 0;
  const client = async () => {
    while (begun < times) {
      begun += 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
}

export interface Delays {
  /** From the request to the first event with content, in milliseconds. */
  readonly firstMs: number;
  /** From the upstream's write to the client's read, in microseconds. */
  readonly eventsUs: readonly number[];
}

/** Reads a stream whose events say when they were sent. */
export async function readStamped(contestant: Contestant, asked: Asked): Promise<Delays> {
  const beganMs = performance.now();
  const answer = await open(contestant, asked);
  const eventsUs: number[] = [];
  let firstMs = Number.NaN;
  for await (const piece of answer) {
    const nowUs = (performance.timeOrigin + performance.now()) * 1000;
    for (const [, sentUs] of (piece as Buffer).toString().matchAll(/@(\d+) /g)) {
      if (eventsUs.length === 0) firstMs = performance.now() - beganMs;
      eventsUs.push(nowUs - Number(sentUs));
    }
  }
  return { firstMs, eventsUs };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
