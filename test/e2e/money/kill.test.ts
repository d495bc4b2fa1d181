/** A Worker that is killed in the middle of streams loses no money: the amounts of the last checkpoints are charged. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { countTokens } from "../../../src/billing/usage-count.ts";
import { startGateway, type Gateway } from "../../support/gateway.ts";
import { addKey, addModel, addUpstream } from "../../support/seed.ts";
import { chunk, startUpstream, type ScriptedUpstream } from "../../support/upstream.ts";
import { accountOf, chargesOf, expectSoundBooks, pause } from "./books.ts";

/** Nanos per token. */
const INPUT = 1000;
const OUTPUT = 2000;
const STREAMS = 50;
const SILENT = 5;
const TIMES = { LEASE_MS: "1500", CHECKPOINT_MS: "200", KEEP_ALIVE_MS: "100000" };
const EVERY_MINUTE = "* * * * *";

let folder: string;
let upstream: ScriptedUpstream;
let gateway: Gateway;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "token-gateway-kill-"));
  upstream = await startUpstream();
  gateway = await startGateway({ folder, vars: TIMES });
  await addUpstream(gateway.db, { id: "one", baseUrl: upstream.baseUrl });
  await addModel(gateway.db, {
    id: "plain",
    routes: [{ upstreamId: "one" }],
    price: { inputNanos: INPUT * 1000, outputNanos: OUTPUT * 1000 },
  });
});

afterAll(async () => {
  await upstream.close();
  await gateway.close();
  rmSync(folder, { recursive: true, force: true });
});

it("charges each stream the amount of its last checkpoint, and then holds nothing", async () => {
  const key = await addKey(gateway.db);
  const delivered = new Map<string, string>();
  upstream.script("upstream-plain", (exchange) => {
    const [message] = exchange.body["messages"] as { content: string }[];
    const name = message?.content ?? "";
    const words = Number(name.split(" ").at(-1));
    exchange.openStream();
    // Each stream sends as many words as its number, then waits for ever; some send nothing.
    for (let word = 0; word < words; word++) exchange.event(chunk({ content: `word${word} ` }));
    delivered.set(name, Array.from({ length: words }, (_, word) => `word${word} `).join(""));
  });

  const numbers = Array.from({ length: STREAMS }, (_, number) => (number < SILENT ? 0 : number));
  const requests = numbers.map(async (number) =>
    fetch(`${gateway.url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${key}` },
      body: JSON.stringify({ model: "plain", stream: true, messages: [{ role: "user", content: `Say ${number}` }] }),
    }).then(async (answer) => answer.text()),
  );
  const outcomes = Promise.allSettled(requests);
  await until(async () => {
    const charges = await chargesOf(gateway, key);
    return charges.filter(({ checkpointAmountNanos }) => checkpointAmountNanos !== null).length === STREAMS - SILENT;
  });

  killWorkerd();
  await outcomes;
  await gateway.close().catch(() => undefined);
  gateway = await startGateway({ folder, vars: TIMES });
  await until(async () => {
    await gateway.runSchedule(EVERY_MINUTE);
    return (await accountOf(gateway, key)).openCharges === 0;
  });

  const charges = await chargesOf(gateway, key);
  const costOf = (number: number) =>
    number === 0
      ? 0
      : countTokens(`Say ${number}`) * INPUT + countTokens(delivered.get(`Say ${number}`) ?? "") * OUTPUT;
  const expected = numbers.map(costOf).toSorted((a, b) => a - b);
  expect(charges.map(({ amountNanos }) => amountNanos).toSorted((a, b) => a - b)).toEqual(expected);
  expect(charges.filter(({ state }) => state === "void")).toHaveLength(SILENT);
  expect(charges.filter(({ ending }) => ending !== "swept")).toEqual([]);
  await expectSoundBooks(gateway);
}, 90_000);

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await condition()) return;
    await pause(100);
  }
  throw new Error("waited in vain");
}

/** The workerd process that this process has started. */
function killWorkerd(): void {
  const children = execFileSync("ps", ["-A", "-o", "pid=,ppid=,comm="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, parent, command]) => parent === String(process.pid) && command?.includes("workerd"));
  expect(children).not.toEqual([]);
  for (const [pid] of children) process.kill(Number(pid), "SIGKILL");
}
