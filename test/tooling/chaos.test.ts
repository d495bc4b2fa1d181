/** The chaos run's own parts: each of its laws can be broken, and its dice fall the same way for the same seed. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../chaos/clients.ts";
import { Dice } from "../chaos/dice.ts";
import { FILM_SECOND, type ChargeRow, type Run, type TaskRow } from "../chaos/evidence.ts";
import { FIRST_FILM, type FilmOutcome } from "../chaos/film-clients.ts";
import { Journal, marked, numberIn, type Film } from "../chaos/journal.ts";
import { brokenLaws, LAWS } from "../chaos/laws.ts";

const OUTCOME: Outcome = {
  number: 1,
  kind: "stream",
  payer: "rich 0",
  model: "safe",
  startMs: 1000,
  endMs: 2000,
  status: 200,
  ids: ["req_a"],
  words: 10,
  isWhole: true,
};
const CHARGE: ChargeRow = {
  id: "a",
  state: "settled",
  ending: "complete",
  amount: 5 * 1000 + 10 * 2000,
  writtenOff: 0,
  estimate: 1_000_000,
  estimated: false,
  number: 1,
};

const FILM_OUTCOME: FilmOutcome = {
  number: FIRST_FILM,
  kind: "asks again with its key",
  payer: "rich 0",
  model: "film",
  startMs: 1000,
  endMs: 9000,
  statuses: [200],
  looks: new Set([200]),
  ids: new Set(["video_1"]),
  ends: new Set(["completed"]),
  hasFilm: true,
};
const FILM: Film = {
  id: "film-1",
  upstream: "film-steady",
  seconds: 4,
  fate: "whole",
  takenAtMs: 1500,
  readyAtMs: 5000,
  askedAtMs: 6000,
  toldAtMs: 6000,
  isSentWhole: true,
};
const TASK: TaskRow = { id: "video_1", chargeId: "f", state: "succeeded", made: "film-1", isClosed: true };
const FILM_CHARGE: ChargeRow = { ...CHARGE, id: "f", amount: 4 * FILM_SECOND, estimate: 1e9, number: FIRST_FILM };

interface Changes {
  readonly outcome?: Partial<Outcome>;
  readonly charge?: Partial<ChargeRow>;
  readonly wants?: Partial<FilmOutcome>;
  readonly film?: Partial<Film>;
  readonly task?: Partial<TaskRow>;
  readonly filmCharge?: Partial<ChargeRow>;
}

/** One stream and one film, served and charged as they should be; each test breaks something of them. */
function run(
  change: Partial<Run> = {},
  { outcome = {}, charge = {}, wants = {}, film = {}, task = {}, filmCharge = {} }: Changes = {},
): Run {
  const journal = new Journal();
  journal.add(1, {
    upstream: "steady",
    act: "answer",
    isHonest: true,
    isWhole: true,
    reported: { input: 5, output: 10 },
  });
  journal.add(FIRST_FILM, { upstream: "film-steady", act: "take", isHonest: true, isWhole: true });
  journal.take({ ...FILM, ...film });
  return {
    outcomes: [{ ...OUTCOME, ...outcome }],
    films: [{ ...FILM_OUTCOME, ...wants }],
    tasks: [{ ...TASK, ...task }],
    charges: [
      { ...CHARGE, ...charge },
      { ...FILM_CHARGE, ...filmCharge },
    ],
    journal,
    windows: [],
    invariants: [],
    held: [{ account: "rich-0", openCharges: 0, held: 0 }],
    taken: [],
    ...change,
  };
}

const namesOf = (one: Run) => [...brokenLaws(one).keys()];

describe("the laws", () => {
  it("hold for a run in which all went well", () => {
    expect(namesOf(run())).toEqual([]);
  });

  const BROKEN: Readonly<Record<keyof typeof LAWS, Run>> = {
    "the books are sound": run({ invariants: [{ accountId: "a", invariant: "x", stored: 1, expected: 2 }] }),
    "nothing stays held": run({ held: [{ account: "a", openCharges: 0, held: 1 }] }),
    "a whole answer has one charge": run({ charges: [CHARGE, { ...CHARGE, id: "b" }, FILM_CHARGE] }),
    "nobody pays without a call of an upstream": run({ journal: new Journal() }),
    "no charge exceeds its hold": run({}, { charge: { estimate: CHARGE.amount - 1 } }),
    "no charge exceeds what the model can do": run({}, { charge: { amount: 1e12, estimate: 1e13 } }),
    "an honest report is charged as it is": run({}, { charge: { amount: CHARGE.amount + 1 } }),
    "what was delivered is charged": run({}, { outcome: { words: 1000, isWhole: false, kind: "leaves at once" } }),
    "whoever behaves well is served where an upstream is well": run({}, { outcome: { status: 503, isWhole: false } }),
    "no prompt takes an upstream from others": run({ taken: ["steady cools"] }),
    "every status is documented": run({}, { outcome: { kind: "poison", status: 418, isWhole: false } }),
    "bad input is the client's own fault": run({}, { outcome: { kind: "bad body", status: 500, isWhole: false } }),
    "every task is over": run({}, { task: { isClosed: false } }),
    "a task ends as its film did": run({}, { film: { fate: "lost" } }),
    "a film is paid for once, at its price, if it was made": run({}, { film: { fate: "shorter" } }),
    "nobody pays for a film without its task": run({}, { task: { chargeId: "g" } }),
    "no film is of two tasks": run({ tasks: [TASK, { ...TASK, id: "video_2" }] }),
    "whoever asks for one film has one task": run({ tasks: [TASK, { ...TASK, id: "video_2", made: "film-2" }] }),
    "what a client was told of its task is so": run({}, { wants: { ends: new Set(["failed"]) } }),
    "a film is asked for when it is ready": run({}, { film: { askedAtMs: 40_000 } }),
    "a film that is made can be fetched": run({}, { wants: { hasFilm: false } }),
    "whoever behaves well gets a task where an upstream is well": run({}, { wants: { statuses: [409, 502] } }),
    "every status of a film is documented": run({}, { wants: { statuses: [418, 200] } }),
    "bad requests for films are refused": run({}, { wants: { kind: "bad film" } }),
  };

  it.each(Object.entries(BROKEN))("%s: seen to be broken", (law, one) => {
    expect(Object.keys(BROKEN).toSorted()).toEqual(Object.keys(LAWS).toSorted());
    expect(namesOf(one)).toContain(law);
  });

  const PAID = "a film is paid for once, at its price, if it was made";

  it.each([
    ["a film that failed", { film: { fate: "failed" }, task: { state: "failed" } }],
    ["a film that was lost", { film: { fate: "lost" }, task: { state: "failed" } }],
    ["a film that nobody took", { task: { state: "failed", made: undefined } }],
  ] as const)("%s costs nothing, and is let go", (_, change) => {
    const ended = { wants: { ends: new Set(["failed"]), hasFilm: undefined }, ...change };
    const law = (filmCharge: Partial<ChargeRow>) => namesOf(run({}, { ...ended, filmCharge }));
    expect(law({ state: "void", ending: "failed", amount: 0 })).toEqual([]);
    expect(law({})).toContain(PAID);
    expect(law({ state: "held", ending: null, amount: 0 })).toContain(PAID);
  });

  it("let no client lose a task that it was told of", () => {
    const law = "what a client was told of its task is so";
    expect(namesOf(run({}, { wants: { looks: new Set([200, 404]) } }))).toEqual([law]);
    expect(namesOf(run({ tasks: [] }))).toContain(law);
    expect(namesOf(run({}, { wants: { looks: new Set([500]) } }))).toEqual(["every status of a film is documented"]);
  });

  it("let nobody pay for a film less or more than its price", () => {
    for (const amount of [0, 3 * FILM_SECOND, 8 * FILM_SECOND]) {
      expect(namesOf(run({}, { filmCharge: { amount } }))).toContain(PAID);
    }
    expect(namesOf(run({}, { film: { fate: "shorter" }, filmCharge: { amount: 3 * FILM_SECOND } }))).toEqual([]);
  });

  it("excuse streams that an upstream broke, and no other failure beside it", () => {
    const journal = new Journal();
    journal.add(1, { upstream: "wild", act: "broken stream", isHonest: false, isWhole: false });
    const law = "whoever behaves well is served where an upstream is well";
    expect(namesOf(run({ journal }, { outcome: { isWhole: false } }))).not.toContain(law);
    expect(namesOf(run({ journal }, { outcome: { isWhole: false, status: 502 } }))).toContain(law);
  });

  it("excuse what a kill or a fault may have touched, and nothing else", () => {
    const lost = { outcome: { status: 0, isWhole: false } };
    const law = "whoever behaves well is served where an upstream is well";
    expect(namesOf(run({ windows: [{ fromMs: 1900, toMs: 3000 }] }, lost))).toEqual([]);
    expect(namesOf(run({ windows: [{ fromMs: 2001, toMs: 3000 }] }, lost))).toContain(law);
  });
});

it("the same seed falls the same way, and prompts carry their number", () => {
  const fall = (seed: number) => {
    const dice = new Dice(seed);
    return Array.from({ length: 50 }, () => dice.pick({ a: 1, b: 2, c: dice.between(0, 3) }));
  };
  expect(fall(7)).toEqual(fall(7));
  expect(fall(7)).not.toEqual(fall(8));
  expect(numberIn(JSON.stringify([{ content: marked(42, "x #y#") }]))).toBe(42);
  expect(numberIn("Answer with the word OK.")).toBeUndefined();
});
