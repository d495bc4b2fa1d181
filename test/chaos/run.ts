/**
 * `npm run chaos`: thousands of clients, well-behaved and hostile, against a gateway that is killed, whose database goes away
 * and some of whose upstreams do as they like. Beside them, others ask for films until the last of them is answered. Afterwards
 * each charge and each task is compared with the journal of the upstreams. A broken law is printed with examples and the seed,
 * and the exit code is 1.
 *
 * `npm run chaos -- --requests 20000 --seed 1 --kills 4 --faults 4 --concurrency 48 --film-clients 16`
 */
import { parseArgs } from "node:util";
import { setup } from "../support/build.ts";
import { send, type Outcome } from "./clients.ts";
import { Dice } from "./dice.ts";
import { FIRST_FILM, sendFilmRequest, type FilmOutcome } from "./film-clients.ts";
import { startFilmUpstreams } from "./film-upstreams.ts";
import { Journal } from "./journal.ts";
import { isIn, type Window } from "./evidence.ts";
import { brokenLaws, LAWS } from "./laws.ts";
import { LEASE_MS, Stage } from "./stage.ts";
import { startUpstreams } from "./upstreams.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    kills: { type: "string", default: "4" },
    faults: { type: "string", default: "4" },
    concurrency: { type: "string", default: "48" },
    "film-clients": { type: "string", default: "16" },
  },
});
const [requests, seed, kills, faults, concurrency, filmClients] = [
  values.requests,
  values.seed,
  values.kills,
  values.faults,
  values.concurrency,
  values["film-clients"],
].map(Number) as [number, number, number, number, number, number];
/** How long a kill or a fault may be felt: leases, breakers and coolings that it caused. */
const FELT_MS = LEASE_MS + 8000;
/** An answer that has left is settled behind it: a kill may come between. */
const BEFORE_MS = 1000;
const FAULT_MS = 1500;
/** A task whose submission was killed is given up in less. */
const SETTLE_MS = 300_000;
const EXAMPLES = 10;

const dice = new Dice(seed);
const journal = new Journal();
await setup();
const upstreams = await startUpstreams(journal, dice);
const filmUpstreams = await startFilmUpstreams(journal, new Dice(seed + 1));
const stage = await Stage.start();
const payers = await stage.seed(upstreams, filmUpstreams);

const outcomes: Outcome[] = [];
const films: FilmOutcome[] = [];
const windows: Window[] = [];
let next = 0;
let nextFilm = 0;
/** A kill or a fault that is under way. */
let disturbance: Promise<void> | undefined;

async function disturb(act: () => Promise<void>): Promise<void> {
  const window = { fromMs: Date.now() - BEFORE_MS, toMs: Number.POSITIVE_INFINITY };
  windows.push(window);
  await act();
  window.toMs = Date.now() + FELT_MS;
  disturbance = undefined;
}

/** After which requests something happens. */
const plan = new Map<number, () => Promise<void>>();
for (let n = 1; n <= kills; n++) plan.set(Math.floor((requests * n) / (kills + 1)), async () => stage.kill());
for (let n = 1; n <= faults; n++)
  plan.set(Math.floor((requests * (n - 0.5)) / (faults + 1)), async () => stage.fault(FAULT_MS, n % 2 === 0));

async function client(): Promise<void> {
  while (next < requests) {
    const number = ++next;
    const act = plan.get(number);
    if (act !== undefined) disturbance ??= disturb(act);
    await stage.ready;
    outcomes.push(await send(number, seed, { url: () => stage.url, payers }));
    if (number % 2000 === 0) {
      console.log(`${number} of ${requests}, ${journal.count} calls of upstreams`);
      if (disturbance === undefined) await stage.sweep().catch(() => undefined);
    }
  }
}

async function filmClient(): Promise<void> {
  const goesOn = () => next < requests;
  while (goesOn()) {
    const number = FIRST_FILM + nextFilm++;
    const target = { url: () => stage.url, payers, ready: async () => stage.ready };
    await stage.ready;
    films.push(await sendFilmRequest(number, seed, target));
  }
}

console.log(`seed ${seed}: ${requests} requests, ${kills} kills, ${faults} times without a database`);
const startMs = Date.now();
await Promise.all([...Array.from({ length: concurrency }, client), ...Array.from({ length: filmClients }, filmClient)]);
await disturbance;
await stage.settle(SETTLE_MS);

const charges = await stage.charges();
const tasks = await stage.tasks();
const broken = brokenLaws({
  outcomes,
  films,
  charges,
  tasks,
  journal,
  windows,
  invariants: await stage.invariants(),
  held: await stage.held(),
  taken: await stage.taken("steady", "echo"),
});
await stage.close();
await Promise.all(
  [...Object.values(upstreams), ...Object.values(filmUpstreams)].map(async (upstream) => upstream.close()),
);

const count = (values: readonly unknown[]) =>
  Object.fromEntries([...Map.groupBy(values, String)].map(([value, all]) => [value, all.length]));
console.log({
  seconds: Math.round((Date.now() - startMs) / 1000),
  statuses: count(outcomes.map(({ status }) => status)),
  kinds: count(outcomes.map(({ kind }) => kind)),
  charges: count(charges.map(({ state }) => state)),
  endings: count(charges.map(({ ending }) => ending)),
  // The requests that no kill or fault may have touched: of others, some of the laws say nothing.
  undisturbed: outcomes.filter((outcome) => !isIn({ windows }, outcome)).length,
  films: {
    statuses: count(films.flatMap(({ statuses }) => statuses)),
    kinds: count(films.map(({ kind }) => kind)),
    ends: count(films.flatMap(({ ends }) => [...ends])),
    fetched: films.filter(({ hasFilm }) => hasFilm === true).length,
    tasks: count(tasks.map(({ state }) => state)),
    fates: count(tasks.map(({ made }) => (made === undefined ? "not taken" : journal.film(made)?.fate))),
    // Those that were taken by an upstream, but are no task's: the gateway was not told, or was killed.
    strays: journal.films.length - new Set(tasks.flatMap(({ made }) => made ?? [])).size,
    undisturbed: films.filter((outcome) => !isIn({ windows }, outcome)).length,
  },
  calls: journal.count,
  charged: charges.reduce((sum, { amount }) => sum + amount, 0),
  writtenOff: charges.reduce((sum, { writtenOff }) => sum + writtenOff, 0),
});
for (const [law, examples] of broken) {
  console.error(`BROKEN: ${law} (${examples.length} times)`);
  for (const example of examples.slice(0, EXAMPLES)) console.error(`  ${example}`);
}
console.log(`${Object.keys(LAWS).length - broken.size} of ${Object.keys(LAWS).length} laws hold (seed ${seed})`);
process.exitCode = broken.size === 0 ? 0 : 1;
