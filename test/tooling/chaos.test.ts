/** The chaos run's own parts: each of its laws can be broken, and its dice fall the same way for the same seed. */
import { describe, expect, it } from "vitest";
import type { Outcome } from "../chaos/clients.ts";
import { Dice } from "../chaos/dice.ts";
import { Journal, marked, numberIn } from "../chaos/journal.ts";
import { brokenLaws, LAWS, type ChargeRow, type Run } from "../chaos/laws.ts";

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

/** One stream, served and charged as it should be; each test breaks something of it. */
function run(
  change: Partial<Run> = {},
  { outcome = {}, charge = {} }: { outcome?: Partial<Outcome>; charge?: Partial<ChargeRow> } = {},
): Run {
  const journal = new Journal();
  journal.add(1, {
    upstream: "steady",
    act: "answer",
    isHonest: true,
    isWhole: true,
    reported: { input: 5, output: 10 },
  });
  return {
    outcomes: [{ ...OUTCOME, ...outcome }],
    charges: [{ ...CHARGE, ...charge }],
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
    "a whole answer has one charge": run({ charges: [CHARGE, { ...CHARGE, id: "b" }] }),
    "nobody pays without a call of an upstream": run({ journal: new Journal() }),
    "no charge exceeds its hold": run({}, { charge: { estimate: CHARGE.amount - 1 } }),
    "no charge exceeds what the model can do": run({}, { charge: { amount: 1e12, estimate: 1e13 } }),
    "an honest report is charged as it is": run({}, { charge: { amount: CHARGE.amount + 1 } }),
    "what was delivered is charged": run({}, { outcome: { words: 1000, isWhole: false, kind: "leaves at once" } }),
    "whoever behaves well is served where an upstream is well": run({}, { outcome: { status: 503, isWhole: false } }),
    "no prompt takes an upstream from others": run({ taken: ["steady cools"] }),
    "every status is documented": run({}, { outcome: { kind: "poison", status: 418, isWhole: false } }),
    "bad input is the client's own fault": run({}, { outcome: { kind: "bad body", status: 500, isWhole: false } }),
  };

  it.each(Object.entries(BROKEN))("%s: seen to be broken", (law, one) => {
    expect(Object.keys(BROKEN).toSorted()).toEqual(Object.keys(LAWS).toSorted());
    expect(namesOf(one)).toContain(law);
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
