/**
 * Upstreams that refuse, fail or stall are skipped, and not asked as long as they want; a session keeps to its
 * upstream.
 */
import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, USAGE } from "../../support/upstream.ts";
import { call, CHAT, expectFault, logLine, MESSAGES, type Answer, type JsonObject } from "../call.ts";
import { textOf } from "../failures/scene.ts";
import { expectSoundBooks } from "../money/books.ts";
import { attemptsOf, expectExplained, Mortal, receiptOf, receipts, transitionsOf, type Serve } from "./fleet.ts";

/** An open breaker stays open, and no session leaves an upstream for its speed: these tests are about neither. */
const TUNING = { breakerOpenMs: 3_600_000, breakerOpenMaxMs: 3_600_000, sessionBetterShare: 1e6 };
const [GOOD_KEY, BAD_KEY] = ["good-credential", "bad-credential"];

let gateway: Gateway;
const fleets = new Map<string, Mortal[]>();

const refusal = { error: { message: "hidden" } };

function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function stream(response: ServerResponse, ...data: JsonObject[]): void {
  const lines = [...data.map((each) => JSON.stringify(each)), "[DONE]"];
  response
    .writeHead(200, { "content-type": "text/event-stream" })
    .end(lines.map((line) => `data: ${line}\n\n`).join(""));
}

const answers: Serve = (body, response) => {
  if (body["stream"] !== true) return json(response, completion("Hi"));
  return stream(response, chunk({ content: "Hi" }), chunk({}, "stop"), { ...chunk({}), choices: [], usage: USAGE });
};

const limits =
  (retryAfterSeconds: number): Serve =>
  (_body, response) =>
    json(response, refusal, 429, { "retry-after": String(retryAfterSeconds) });

const ILLS: readonly (readonly [model: string, outcome: string, serve: Serve])[] = [
  [
    "a 200 that carries an error",
    "error",
    (body, response) => (body["stream"] === true ? stream(response, refusal) : json(response, refusal)),
  ],
  [
    "an empty answer",
    "garbage",
    (body, response) => {
      if (body["stream"] === true)
        return stream(response, chunk({ role: "assistant", content: "" }), chunk({}, "stop"));
      return json(response, completion("", { usage: undefined }));
    },
  ],
  [
    "a stall before output",
    "timeout",
    (body, response) => {
      if (body["stream"] !== true) return;
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .write(`data: ${JSON.stringify(chunk({ role: "assistant" }))}\n\n`);
    },
  ],
];

beforeAll(async () => {
  gateway = await startGateway({ vars: { PROBES: "true", ROUTING_TUNING: JSON.stringify(TUNING) } });
  await stage("busy", [limits(600), answers]);
  await stage("busy-only", [limits(600)]);
  await stage("briefly-busy", [limits(1), answers]);
  const onlyGood: Serve = (body, response, authorization) =>
    authorization === `Bearer ${BAD_KEY}` ? json(response, refusal, 401) : answers(body, response, authorization);
  await stage("two-keys", [onlyGood], { credentials: [GOOD_KEY, BAD_KEY] });
  for (const [model, , serve] of ILLS) await stage(model, [serve, answers]);
  await stage("talk", [answers, answers, answers], { equal: true });
});

afterEach(async () => expectSoundBooks(gateway));
afterAll(async () => Promise.all([gateway.close(), ...[...fleets.values()].flat().map((upstream) => upstream.kill())]));

/** A model on its own upstreams: equal ones, or each tried only after those before it. */
async function stage(model: string, serves: readonly Serve[], options: { equal?: true; credentials?: string[] } = {}) {
  const fleet = await Promise.all(serves.map(async (serve) => new Mortal(serve).start()));
  fleets.set(model, fleet);
  const { equal, credentials } = options;
  for (const [position, { baseUrl }] of fleet.entries()) {
    await addUpstream(gateway.db, { id: `${model} ${position}`, baseUrl, ...(credentials ? { credentials } : {}) });
  }
  const routes = fleet.map((_each, position) => ({
    upstreamId: `${model} ${position}`,
    priority: equal === true ? 0 : fleet.length - position,
  }));
  await addModel(gateway.db, { id: model, firstEventMs: 1000, firstOutputMs: 1000, answerMs: 1000, routes });
}

async function ask(model: string, body: JsonObject = {}, headers: Record<string, string> = {}): Promise<Answer> {
  return call(gateway, `/v1${CHAT}`, { body: { model, messages: MESSAGES, stream: false, ...body }, headers });
}

/** @returns `route outcome` of each attempt that the answer's receipt names */
async function tried(answer: Answer): Promise<string[]> {
  expect(answer.status, answer.story).toBe(200);
  const row = receiptOf(await receipts(gateway), answer);
  expectExplained(answer, row);
  return attemptsOf(row).map(({ route, outcome }) => `${route} ${outcome}`);
}

/** Waits until a probe has confirmed what a request met. */
async function cooled(route: string): Promise<void> {
  await vi.waitFor(() => expect(gateway.logged("cooling").map((line) => line["route"])).toContain(route), 10_000);
}

function asked(model: string): number[] {
  return (fleets.get(model) ?? []).map(({ received }) => received.length);
}

describe("an upstream", { timeout: 60_000 }, () => {
  it("that answers 429 with Retry-After is not asked meanwhile", async () => {
    expect(await tried(await ask("busy"))).toEqual(["busy#0 rate_limited", "busy#1 answered"]);
    await cooled("busy#0");
    for (let n = 0; n < 10; n++)
      expect(await tried(await ask("busy", { stream: n % 2 === 0 }))).toEqual(["busy#1 answered"]);
    expect(asked("busy"), "the request and its probe").toEqual([2, 11]);
  });

  it("that is the only one and sends Retry-After is not asked again, and its Retry-After is passed on", async () => {
    expectFault(await ask("busy-only"), "/v1", { fault: "upstream_rate_limited" });
    await cooled("busy-only#0");
    for (let n = 0; n < 5; n++) {
      const answer = await ask("busy-only");
      expectFault(answer, "/v1", { fault: "upstream_rate_limited" });
      expect(Number(answer.headers.get("retry-after")), answer.story).toBeGreaterThan(60);
    }
    expect(asked("busy-only"), "the request and its probe").toEqual([2]);
  });

  it("is asked again when the time it asked for is over", async () => {
    expect(await tried(await ask("briefly-busy"))).toEqual(["briefly-busy#0 rate_limited", "briefly-busy#1 answered"]);
    const [first] = fleets.get("briefly-busy") ?? [];
    if (first !== undefined) first.serve = answers;
    await vi.waitFor(async () => expect(await tried(await ask("briefly-busy"))).toEqual(["briefly-busy#0 answered"]), {
      timeout: 20_000,
      interval: 100,
    });
  });

  it("that refuses one of its two credentials serves with the other", async () => {
    const refused = () => gateway.logged("cooling").filter(({ route }) => route === "two-keys#0").length;
    for (let n = 0; n < 200 && refused() === 0; n++) {
      for (const attempt of await tried(await ask("two-keys")))
        expect(attempt).toMatch(/^two-keys#0 (credential_refused|answered)$/);
    }
    expect(refused()).toBe(1);
    for (let n = 0; n < 20; n++) expect(await tried(await ask("two-keys"))).toEqual(["two-keys#0 answered"]);
  });

  it.each(ILLS)("that gives %s is skipped before the client sees anything", async (model, outcome) => {
    const way = [`${model}#0 ${outcome}`, `${model}#1 answered`];
    const plain = await ask(model);
    expect(await tried(plain)).toEqual(way);
    expect(plain.headers.get("x-gateway-reason"), plain.story).toBe("next");
    const streamed = await ask(model, { stream: true });
    expect(await tried(streamed)).toEqual(way);
    expect(textOf(streamed), streamed.story).toBe("Hi");
  });
});

describe("a session", { timeout: 60_000 }, () => {
  const names = Array.from({ length: 12 }, (_, index) => `session-${index}`);
  const talk = async (name: string) => ask("talk", { prompt_cache_key: name });

  /** The route of each session. Checks that all its requests took this route. */
  async function homes(turns: number): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    for (const name of names) {
      const routes = new Set<string>();
      for (let turn = 0; turn < turns; turn++) {
        const answer = await talk(name);
        expect(answer.headers.get("x-gateway-reason"), answer.story).toBe("session");
        expect(answer.headers.get("x-gateway-attempts"), answer.story).toBe("1");
        routes.add(String((await logLine(gateway, answer))["route"]));
      }
      expect(routes.size, name).toBe(1);
      found.set(name, [...routes].join());
    }
    return found;
  }

  it("needs no name: each turn of a conversation takes the way of the one before", async () => {
    const taken = new Set<string>();
    for (let n = 0; n < 8; n++) {
      const messages = [{ role: "user", content: `Question ${n}` }];
      const routes = new Set<string>();
      for (let turn = 0; turn < 4; turn++) {
        messages.push({ role: "assistant", content: "Well." }, { role: "user", content: `And turn ${turn}?` });
        const answer = await ask("talk", { messages });
        expect(answer.headers.get("x-gateway-reason"), answer.story).toBe("session");
        routes.add(String((await logLine(gateway, answer))["route"]));
      }
      expect(routes.size, `conversation ${n}`).toBe(1);
      for (const route of routes) taken.add(route);
    }
    expect(taken.size, "other conversations go elsewhere").toBeGreaterThan(1);
  });

  it("keeps to one upstream and leaves it when it dies; other sessions stay", async () => {
    const before = await homes(4);
    expect(new Set(before.values()).size).toBeGreaterThan(1);
    const byHeader = await ask("talk", {}, { "x-session-id": names[0] ?? "" });
    expect((await logLine(gateway, byHeader))["route"], byHeader.story).toBe(before.get(names[0] ?? ""));

    const dead = before.get(names[0] ?? "") ?? "";
    await fleets.get("talk")?.[Number(dead.at(-1))]?.kill();
    for (let n = 0; n < 50 && !transitionsOf(gateway).includes(`${dead} open`); n++) {
      expect(await tried(await talk(names[0] ?? ""))).toEqual([
        `${dead} unreachable`,
        expect.stringMatching(/^talk#. answered$/),
      ]);
    }
    const after = await homes(2);
    for (const name of names) {
      if (before.get(name) === dead) expect(after.get(name), name).not.toBe(dead);
      else expect(after.get(name), name).toBe(before.get(name));
    }
  });
});
