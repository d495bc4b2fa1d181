/** Upstreams that take only so much, in a real gateway: no client and no upstream ever sees a 429. */
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addModel, addUpstream } from "../../support/seed.ts";
import { completion, type Exchange, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { call, CHAT, expectFault, MESSAGES } from "../call.ts";

let gateway: Gateway;
let upstream: ScriptedUpstream;

const ROOM = { priority: 1, requestsPerMinute: 3 };

beforeAll(async () => {
  [gateway, upstream] = await Promise.all([startGateway({ vars: { ADMIN_TOKEN: "t".repeat(40) } }), startUpstream()]);
  for (const id of ["small", "one-at-a-time", "large"])
    await addUpstream(gateway.db, { id, baseUrl: upstream.baseUrl });
  const large = { upstreamId: "large", upstreamModel: "large" };
  await addModel(gateway.db, {
    id: "spare",
    routes: [{ upstreamId: "small", upstreamModel: "small", ...ROOM }, large],
  });
  await addModel(gateway.db, { id: "alone", routes: [{ upstreamId: "small", upstreamModel: "alone", ...ROOM }] });
  await addModel(gateway.db, {
    id: "single",
    routes: [{ upstreamId: "one-at-a-time", upstreamModel: "single", priority: 1, concurrentRequests: 1 }, large],
  });
  for (const model of ["small", "alone", "large"])
    upstream.script(model, (exchange) => exchange.json(completion("Hi")));
});

beforeEach(() => void upstream.received.splice(0));
afterAll(async () => void (await Promise.all([gateway.close(), upstream.close()])));

const ask = async (model: string) =>
  call(gateway, `/v1${CHAT}`, { body: { model, stream: false, messages: MESSAGES } });
const asked = (model: string) => upstream.received.filter(({ body }) => body["model"] === model).length;

it("the next upstream is asked when the first has had its requests of the minute", async () => {
  const answers = await Promise.all(Array.from({ length: 8 }, async () => ask("spare")));
  for (const answer of answers) expect(answer.status, answer.story).toBe(200);
  // An isolate hears of what is left every quarter of a second.
  const enough = async () => {
    expect((await ask("spare")).status).toBe(200);
    return asked("small");
  };
  await expect.poll(enough, { interval: 100, timeout: 10_000 }).toBe(3);
  const before = asked("large");
  for (let n = 0; n < 4; n++) expect((await ask("spare")).status).toBe(200);
  expect([asked("small"), asked("large")]).toEqual([3, before + 4]);
});

it("a client is told how long to wait when there is no other", async () => {
  const answers = [];
  for (let n = 0; n < 5; n++) answers.push(await ask("alone"));
  expect(asked("alone")).toBe(3);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 429, 429]);
  const last = answers.at(-1);
  if (last === undefined) throw new Error("no answer");
  expectFault(last, "/v1", { fault: "upstream_rate_limited" });
  expect(Number(last.headers.get("retry-after")), last.story).toBeGreaterThan(1);
  expect(Number(last.headers.get("retry-after")), last.story).toBeLessThanOrEqual(65);
  const health = await fetch(`${gateway.url}/admin/api/upstreams/small/health`, {
    headers: { authorization: `Bearer ${"t".repeat(40)}` },
  });
  expect(await health.json()).toMatchObject({
    capacity: expect.arrayContaining([
      expect.objectContaining({
        credential_id: "small-credential-0",
        requests: { used: 3, limit: 3 },
        running: { used: 0, limit: null },
      }),
    ]),
  });
});

it("a second call goes elsewhere while the only place is taken, and there again when it is free", async () => {
  const held: Exchange[] = [];
  upstream.script("single", (exchange) => void held.push(exchange));
  const first = ask("single");
  await expect.poll(() => held.length).toBe(1);
  const second = await ask("single");
  expect([second.status, asked("large")], second.story).toEqual([200, 1]);
  held[0]?.json(completion("Hi"));
  expect((await first).status).toBe(200);
  upstream.script("single", (exchange) => exchange.json(completion("Hi")));
  await expect
    .poll(
      async () => {
        await ask("single");
        return asked("single");
      },
      { interval: 300, timeout: 10_000 },
    )
    .toBeGreaterThan(1);
});
