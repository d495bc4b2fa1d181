/** The database is away for a while: what was answered meanwhile is charged once, in full, when it is back. */
import { afterAll, beforeAll, expect, it } from "vitest";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, completion, startUpstream, type Exchange, type ScriptedUpstream } from "../../support/upstream.ts";
import { chargesOf, expectSoundBooks, pause } from "./books.ts";

/** Nanos per token. */
const INPUT = 1000;
const OUTPUT = 2000;
const WHOLE = 10;
const STREAMS = 10;
/** So short that leases run out while the database is away. */
const TIMES = { LEASE_MS: "1500", CHECKPOINT_MS: "300" };

let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeAll(async () => {
  upstream = await startUpstream();
  gateway = await startGateway({ vars: TIMES });
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, {
    id: "plain",
    routes: [{ upstreamId: "one" }],
    price: { inputNanos: INPUT * 1000, outputNanos: OUTPUT * 1000 },
  });
});

afterAll(async () => {
  await Promise.all([upstream.close(), gateway.close()]);
});

/** From now on the database takes no change of a charge. */
async function goAway(): Promise<void> {
  await gateway.database.exec("CREATE TRIGGER away BEFORE UPDATE ON charges BEGIN SELECT RAISE(ABORT, 'away'); END");
}

async function ask(key: string, stream: boolean): Promise<Response> {
  return fetch(`${gateway.url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
    body: JSON.stringify({ model: "plain", stream, messages: [{ role: "user", content: "Hello" }] }),
  });
}

it("loses nothing, doubles nothing, and closes no charge that still comes", async () => {
  const key = await addKey(gateway.db);
  const arrived: Exchange[] = [];
  upstream.script("upstream-plain", (exchange) => void arrived.push(exchange));
  const answers = Array.from({ length: WHOLE + STREAMS }, async (_, n) => ask(key, n >= WHOLE));
  await expect.poll(() => arrived.length, { timeout: 20_000 }).toBe(WHOLE + STREAMS);
  await expect.poll(async () => (await chargesOf(gateway, key)).length).toBe(WHOLE + STREAMS);
  await goAway();

  for (const [n, exchange] of arrived.entries()) {
    const usage = { prompt_tokens: 5, completion_tokens: 100 + n, total_tokens: 105 + n };
    if (exchange.body["stream"] !== true) exchange.json(completion("Good morning", { usage }));
    else {
      exchange.openStream();
      exchange.event(chunk({ content: "Good morning" }, "stop"));
      exchange.event({ ...chunk({}), choices: [], usage });
      exchange.done();
    }
  }
  for (const answer of await Promise.all(answers)) {
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain("Good morning");
  }
  await expect.poll(() => gateway.logged("charge_posted").length, { timeout: 20_000 }).toBe(WHOLE + STREAMS);
  // All leases have run out, and the sweep comes at the very moment when the database is back.
  await pause(Number(TIMES.LEASE_MS) + 100);
  await gateway.database.exec("DROP TRIGGER away");
  await gateway.runSchedule("* * * * *");

  await expectSoundBooks(gateway);
  const charges = await chargesOf(gateway, key);
  const amounts = charges.map(({ amountNanos }) => amountNanos).toSorted((a, b) => a - b);
  expect(amounts).toEqual(Array.from(arrived, (_, n) => 5 * INPUT + (100 + n) * OUTPUT));
  expect(charges.every(({ state, ending }) => state === "settled" && ending === "complete")).toBe(true);
  expect(gateway.logged("charges_swept")).toEqual([]);
});

it("is told to the operator while it lasts", async () => {
  const key = await addKey(gateway.db);
  upstream.script("upstream-plain", (exchange) => exchange.json(completion("Hi")));
  await goAway();
  expect((await ask(key, false)).status).toBe(200);
  await expect.poll(() => gateway.logged("closings_waiting").length, { timeout: 20_000 }).toBeGreaterThan(0);
  await gateway.database.exec("DROP TRIGGER away");
  await expectSoundBooks(gateway);
});
