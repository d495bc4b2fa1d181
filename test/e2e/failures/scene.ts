/** One gateway before upstreams that misbehave as a test says. Checks that no answer names any of them. */
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { expect } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream, type ModelSeed } from "../../support/seed.ts";
import { startUpstream, type Script, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectNoLeak, HIDDEN, logLine, MESSAGES, type Answer, type JsonObject } from "../call.ts";

export interface Scene {
  readonly gateway: Gateway;
  readonly upstream: ScriptedUpstream;
  /** A port of 127.0.0.1 where nobody listens. */
  readonly closedPort: number;
  /**
   * A model with a route for each upstream id, in this order; the upstream knows it by {@link upstreamModel}. To be
   * called before the first request: the catalogue is cached.
   */
  addModel(id: string, upstreamIds: readonly string[], model?: Partial<ModelSeed>): Promise<void>;
  addUpstream(id: string, baseUrl: string, credentials?: readonly string[]): Promise<void>;
  /** What the upstream does to a request that comes by the model's route at `position`. */
  script(model: string, position: number, script: Script): void;
  /** How often the model's route at `position` was tried in the current test. */
  tries(model: string, position?: number): number;
  /** A chat with the model, checked for leaks. */
  chat(mount: string, model: string, body?: JsonObject): Promise<Answer>;
  log(answer: Pick<Answer, "headers" | "story">): Promise<Record<string, unknown>>;
  /** Forgets what was received. */
  reset(): void;
  close(): Promise<void>;
}

export function upstreamModel(model: string, position: number): string {
  return `${HIDDEN.model}-${model}-${position}`;
}

export function credentialOf(id: string): string {
  return `${HIDDEN.credential}-${id}`;
}

/**
 * A scene with the upstreams `one`, `two`, `three` and `four`, all on one socket, and `closed`, which refuses
 * connections.
 */
export async function startScene(vars: Record<string, string> = {}): Promise<Scene> {
  const [gateway, upstream, closedPort] = await Promise.all([
    startGateway({ vars }),
    startUpstream(),
    findClosedPort(),
  ]);
  const scene: Scene = {
    gateway,
    upstream,
    closedPort,
    addModel: (id, upstreamIds, model = {}) =>
      addModel(gateway.db, {
        id,
        ...model,
        routes: upstreamIds.map((upstreamId, position) => ({
          upstreamId,
          upstreamModel: upstreamModel(id, position),
          priority: upstreamIds.length - position,
        })),
      }),
    addUpstream: (id, baseUrl, credentials = [credentialOf(id)]) =>
      addUpstream(gateway.db, { id, name: `${HIDDEN.name} ${id}`, baseUrl, credentials }),
    script: (model, position, script) => upstream.script(upstreamModel(model, position), script),
    tries: (model, position = 0) =>
      upstream.received.filter(({ body }) => body["model"] === upstreamModel(model, position)).length,
    async chat(mount, model, body = {}) {
      const answer = await call(gateway, mount + CHAT, { body: { model, stream: false, messages: MESSAGES, ...body } });
      expectNoLeak(answer, [upstream, { port: closedPort }]);
      return answer;
    },
    log: (answer) => logLine(gateway, answer),
    reset: () => void upstream.received.splice(0),
    close: async () => void (await Promise.all([gateway.close(), upstream.close()])),
  };
  for (const id of ["one", "two", "three", "four"]) await scene.addUpstream(id, upstream.baseUrl);
  await scene.addUpstream("closed", `http://127.0.0.1:${closedPort}/v1`);
  return scene;
}

async function findClosedPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** All text of a stream's first choice. */
export function textOf({ events }: Pick<Answer, "events">): string {
  return events
    .flatMap((event) => (event === "[DONE]" ? [] : ((event["choices"] ?? []) as { delta?: { content?: string } }[])))
    .map((choice) => choice.delta?.content ?? "")
    .join("");
}

/** Checks a stream that began well and broke: the chunks before the break, one error without choices, `[DONE]`. */
export function expectBroken(answer: Answer, text: string, error: JsonObject): void {
  const { story, events } = answer;
  expect(answer.status, story).toBe(200);
  expect(answer.headers.get("content-type"), story).toContain("text/event-stream");
  expect(textOf(answer), story).toBe(text);
  expect(events.at(-1), story).toBe("[DONE]");
  expect(events.at(-2), story).toEqual(error);
  expect(events.filter((event) => event !== "[DONE]" && event["error"] !== undefined).length, story).toBe(1);
}
