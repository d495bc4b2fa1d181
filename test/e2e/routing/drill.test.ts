/** Upstreams die in the middle of traffic, first one, then all, and come back. */
import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { countTokens } from "../../../src/billing/usage-count.ts";
import { HEALTH_TUNING } from "../../../src/health/tuning.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, USAGE } from "../../support/upstream.ts";
import { errorBody, expectFault, MESSAGES, type Answer, type JsonObject } from "../call.ts";
import { expectBroken, textOf } from "../failures/scene.ts";
import { expectSoundBooks, pause, type ChargeRow } from "../money/books.ts";
import { attemptsOf, expectExplained, Mortal, receiptOf, receipts, Traffic, transitionsOf } from "./fleet.ts";

const CLIENTS = 8;
const NAMES = ["one", "two", "three"] as const;
const VICTIM = "one";
const WORDS = Array.from({ length: 25 }, (_, index) => `word${index} `);
const TEXT = WORDS.join("");
/** Short waits, and draws by weight alone. Counts, such as failures in a row, have their default values. */
const SHORT = {
  breakerOpenMs: 1000,
  breakerOpenMaxMs: 2000,
  forcedMs: 200,
  forcedMaxMs: 1000,
  rampMs: 1000,
  betterShare: 1000,
};

let gateway: Gateway;
const upstreams = new Map(NAMES.map((name) => [name as string, new Mortal(talk)]));
const victim = upstreams.get(VICTIM) ?? new Mortal(talk);

beforeAll(async () => {
  gateway = await startGateway({ vars: { PROBES: "true", ROUTING_TUNING: JSON.stringify(SHORT) } });
  for (const [id, upstream] of upstreams) {
    await upstream.start();
    await addUpstream(gateway.db, { id, baseUrl: upstream.baseUrl });
    await addModel(gateway.db, { id: `model-${id}`, autoWeight: 1, routes: [{ upstreamId: id }] });
  }
});

afterEach(async () => expectSoundBooks(gateway));
afterAll(async () => Promise.all([gateway.close(), ...[...upstreams.values()].map((upstream) => upstream.kill())]));

/** Streams words for a quarter of a second, or sends the same at once as JSON. */
async function talk(body: JsonObject, response: ServerResponse): Promise<void> {
  if (body["stream"] !== true) {
    await pause(50);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(completion(TEXT)));
    return;
  }
  const event = (data: JsonObject) => response.write(`data: ${JSON.stringify(data)}\n\n`);
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const content of WORDS) {
    event(chunk({ content }));
    await pause(10);
  }
  event(chunk({}, "stop"));
  event({ ...chunk({}), choices: [], usage: USAGE });
  response.end("data: [DONE]\n\n");
}

function hasBroken({ events }: Answer): boolean {
  return events.some((event) => event !== "[DONE]" && event["error"] !== undefined);
}

function expectWhole(answer: Answer, stream: boolean, row: ChargeRow): void {
  expect(answer.status, answer.story).toBe(200);
  const [choice] = (answer.body["choices"] ?? []) as { message: { content: string } }[];
  expect(stream ? textOf(answer) : choice?.message.content, answer.story).toBe(TEXT);
  if (stream) expect(answer.events.at(-1), answer.story).toBe("[DONE]");
  expect(row, answer.story).toMatchObject({ state: "settled", ending: "complete" });
  if (!row.estimated) expect(row.outputTokens, answer.story).toBe(USAGE.completion_tokens);
}

/** The request's attempts on this upstream that brought no answer. */
function failuresOn(id: string): number {
  return gateway
    .requestLog()
    .flatMap(({ attempts }) => (attempts ?? []) as { upstream: string; outcome: string }[])
    .filter(({ upstream, outcome }) => upstream === id && outcome !== "answered").length;
}

describe("three upstreams under steady traffic", { timeout: 120_000 }, () => {
  it("one is killed: requests without a first byte are answered by others, and streams end in one error", async () => {
    const traffic = new Traffic(gateway, CLIENTS, { model: "auto", messages: MESSAGES });
    await traffic.until(() => [...upstreams.values()].every(({ received }) => received.length >= 5), "all to be asked");
    await traffic.until(() => victim.streaming >= 1, "a stream on the victim");
    await victim.kill();
    const killedAtMs = Date.now();
    await traffic.until(() => transitionsOf(gateway).includes(`model-${VICTIM}#0 open`), "the breaker to open");
    await traffic.flow(100);
    await traffic.stop();

    const rows = await receipts(gateway);
    expect(rows.size).toBe(traffic.answers.length);
    const broken = traffic.answers.filter(({ answer }) => hasBroken(answer));
    expect(broken.length).toBeGreaterThanOrEqual(1);
    for (const { answer, stream } of traffic.answers) {
      const row = receiptOf(rows, answer);
      expectExplained(answer, row);
      if (!hasBroken(answer)) expectWhole(answer, stream, row);
    }
    for (const { answer } of broken) {
      const text = textOf(answer);
      expect(TEXT.startsWith(text) && text !== "", answer.story).toBe(true);
      expectBroken(answer, text, errorBody({ fault: "upstream_error" }));
      const row = receiptOf(rows, answer);
      const outputTokens = countTokens(text);
      expect(row, answer.story).toMatchObject({
        state: "settled",
        ending: "failed",
        upstream: VICTIM,
        estimated: true,
        outputTokens,
        amountNanos: (row.inputTokens ?? 0) * 1000 + outputTokens * 2000,
      });
      expect(attemptsOf(row).length, answer.story).toBeGreaterThanOrEqual(1);
    }

    const later = traffic.answers
      .filter(({ startedAtMs }) => startedAtMs > killedAtMs)
      .map(({ answer }) => receiptOf(rows, answer).upstream);
    expect(new Set(later)).toEqual(new Set(NAMES.filter((name) => name !== VICTIM)));
    // Attempts under way when it died, then failures in a row, then one trial at a time.
    const openings = transitionsOf(gateway).filter((line) => line === `model-${VICTIM}#0 open`).length;
    const most = 2 * CLIENTS + HEALTH_TUNING.breakerConsecutiveFailures + openings;
    expect(failuresOn(VICTIM)).toBeLessThanOrEqual(most);
    console.log(
      `killed one: ${traffic.answers.length} requests, ${broken.length} streams broken, ` +
        `${failuresOn(VICTIM)} failed attempts on it (at most ${most}), 0 errors without a first byte`,
    );
  });

  it("all are dead: 503 at once, without hammering; then they come back", async () => {
    await Promise.all([...upstreams.values()].map((upstream) => upstream.bury()));
    const startedAtMs = Date.now();
    const dead = new Traffic(gateway, CLIENTS, { model: "auto", messages: MESSAGES });
    await dead.flow(400);
    await dead.stop();
    const elapsedMs = Date.now() - startedAtMs;
    for (const { answer } of dead.answers) expectFault(answer, "/v1", { fault: "no_route" });
    const rows = await receipts(gateway);
    const asked = dead.answers.map(({ answer }) => attemptsOf(receiptOf(rows, answer)).length);
    const knocks = [...upstreams.values()].reduce((sum, upstream) => sum + upstream.knocks, 0);
    // Attempts under way together, then failures in a row, then one at a time: the shortest interval is 0.8 of the
    // first.
    const forced = Math.ceil(elapsedMs / (0.8 * SHORT.forcedMs));
    const most = NAMES.length * (CLIENTS + HEALTH_TUNING.panicConsecutiveFailures + forced);
    console.log(
      `killed all: ${dead.answers.length} requests answered 503, ${knocks} connections (at most ${most}), ` +
        `${asked.filter((attempts) => attempts === 0).length} refused without an attempt`,
    );
    expect(knocks).toBeLessThanOrEqual(most);
    expect(asked.reduce((sum, attempts) => sum + attempts, 0)).toBeLessThanOrEqual(most);
    expect(asked.filter((attempts) => attempts === 0).length).toBeGreaterThan(dead.answers.length / 2);

    const opened = transitionsOf(gateway).length;
    await Promise.all([...upstreams.values()].map((upstream) => upstream.revive()));
    for (const upstream of upstreams.values()) upstream.received = [];
    const back = new Traffic(gateway, CLIENTS, { model: "auto", messages: MESSAGES });
    await back.until(
      () => NAMES.every((name) => transitionsOf(gateway).slice(opened).includes(`model-${name}#0 closed`)),
      "three breakers to close",
    );
    const closedAtMs = Date.now();
    await back.until(() => [...upstreams.values()].every(({ received }) => received.length >= 10), "all to serve");
    await back.stop();
    const after = await receipts(gateway);
    const served = back.answers.filter(({ startedAtMs }) => startedAtMs > closedAtMs);
    expect(served.length).toBeGreaterThan(0);
    for (const { answer, stream } of served) expectWhole(answer, stream, receiptOf(after, answer));
    for (const { answer } of back.answers.filter(({ answer: { status } }) => status !== 200)) {
      expectFault(answer, "/v1", { fault: "no_route" });
    }
    console.log(
      `all back: ${back.answers.filter(({ answer }) => answer.status !== 200).length} of ${back.answers.length} ` +
        `requests refused before the breakers had closed, none after`,
    );
  });
});
