/**
 * The set-up of client tests: the gateway, the demo models on the mock LLM, and models whose upstream a test scripts.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { seedDemo } from "../../../src/cli/demo.ts";
import { drawKey } from "../../../src/core/api-key.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { startMockLlm } from "../../../src/cli/mock-model.ts";
import { addModel, addUpstream, CREDENTIALS_KEY } from "../../support/seed.ts";
import { startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";

export const SURFACES = ["/v1", "/xlei/v1"] as const;

/** Public names. The upstream of a scripted model runs the script {@link SCRIPT}. */
export const SCRIPTED = "scripted";
/** Scripted as well, with short deadlines. */
export const IMPATIENT = "impatient";
/** Its upstream does not listen. */
export const UNREACHABLE = "unreachable";
/** The scripted models' name at their upstream. */
export const SCRIPT = "script";

const IMPATIENCE_MS = 50;

export interface Stage {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  close(): Promise<void>;
}

export async function startStage(start: () => Promise<Gateway> = startGateway): Promise<Stage> {
  const [gateway, mock, upstream] = await Promise.all([start(), startMockLlm({ latencyMs: 0 }), startUpstream()]);
  const { db } = gateway;
  await seedDemo(db, {
    apiKey: drawKey(),
    credentialsKey: CREDENTIALS_KEY,
    baseUrl: `${mock.url}/v1`,
    nowMs: Date.now(),
  });
  await addUpstream(db, { id: "scripted-upstream", baseUrl: upstream.baseUrl });
  await addUpstream(db, { id: "unreachable-upstream", baseUrl: await closedBaseUrl() });
  const routes = [{ upstreamId: "scripted-upstream", upstreamModel: SCRIPT }];
  await addModel(db, { id: SCRIPTED, routes });
  await addModel(db, { id: IMPATIENT, routes, firstEventMs: IMPATIENCE_MS, answerMs: IMPATIENCE_MS });
  await addModel(db, { id: UNREACHABLE, routes: [{ upstreamId: "unreachable-upstream" }] });
  return {
    gateway,
    upstream,
    async close() {
      await Promise.all([gateway.close(), mock.stop(), upstream.close()]);
    },
  };
}

/** What the mock LLM answers to a text. */
export function echoOf(text: string): string {
  return `You said: "${text}". This answer comes from the local mock model, word by word.`;
}

/** What a call failed with. @throws Error that shows the answer, when there was one */
export async function failureOf(call: PromiseLike<unknown>): Promise<unknown> {
  let answer: unknown;
  try {
    answer = await call;
  } catch (error) {
    return error;
  }
  throw new Error(`a failure was expected, and this came: ${JSON.stringify(answer)}`);
}

/** All of a stream. */
export async function collect<Item>(stream: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

/** A base URL on a port where nothing listens any more. */
async function closedBaseUrl(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}/v1`;
}
