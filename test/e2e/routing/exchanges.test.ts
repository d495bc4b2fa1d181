/** The cost of health: calls of the upstreams' objects in steady traffic. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { HEALTH_TUNING } from "../../../src/health/tuning.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion } from "../../support/upstream.ts";
import { call, CHAT, logLine, MESSAGES } from "../call.ts";
import { Mortal, Traffic } from "./fleet.ts";

const NAMES = ["one", "two", "three"];
const CLIENTS = 4;
const REQUESTS = 400;

let gateway: Gateway;
const upstreams = NAMES.map(
  () => new Mortal((_body, response) => response.writeHead(200).end(JSON.stringify(completion("Hi")))),
);

beforeAll(async () => {
  gateway = await startGateway({ vars: { PROBES: "true", ROUTING_TUNING: "" } });
  for (const [position, upstream] of upstreams.entries()) {
    await upstream.start();
    await addUpstream(gateway.db, { id: NAMES[position] ?? "", baseUrl: upstream.baseUrl });
  }
  const routes = NAMES.map((upstreamId) => ({ upstreamId }));
  await addModel(gateway.db, { id: "steady", autoWeight: 1, routes });
});

afterAll(async () => Promise.all([gateway.close(), ...upstreams.map((upstream) => upstream.kill())]));

function calls(): number {
  return gateway.requestLog().reduce((sum, { exchanges }) => sum + Number(exchanges ?? 0), 0);
}

describe("in steady state", { timeout: 120_000 }, () => {
  it("an isolate calls each upstream's object once in five seconds at most", async () => {
    const startedAtMs = Date.now();
    const traffic = new Traffic(gateway, CLIENTS, { model: "auto", messages: MESSAGES }, ["json"]);
    await traffic.flow(REQUESTS);
    // Waits until every object has been called again, so that the pace can be seen.
    await traffic.until(() => calls() >= 3 * NAMES.length, "three rounds of calls");
    await traffic.stop();
    const elapsedMs = Date.now() - startedAtMs;
    // Calls after the last log line are counted in the next line.
    await logLine(gateway, await call(gateway, `/v1${CHAT}`, { body: { model: "auto", messages: MESSAGES } }));
    expect(traffic.answers.filter(({ answer }) => answer.status !== 200)).toEqual([]);
    expect(gateway.logged("health_unreachable")).toEqual([]);
    const most = NAMES.length * (1 + Math.floor((Date.now() - startedAtMs) / HEALTH_TUNING.exchangePaceMs));
    console.log(
      `health objects: ${calls()} calls (at most ${most}) by ${traffic.answers.length} requests in ` +
        `${Math.round(elapsedMs / 1000)} s over ${NAMES.length} upstreams: ` +
        `${((1000 * calls()) / traffic.answers.length).toFixed(1)} per 1,000 requests`,
    );
    expect(calls()).toBeLessThanOrEqual(most);
  });
});
