/** What must be true of a run, whatever happened in it. Each law names what breaks it. Pure. */
import { WELL_BEHAVED, type Outcome } from "./clients.ts";
import { isIn, LIMITS, PRICE, STATUSES, type ChargeRow, type Law, type Run } from "./evidence.ts";
import { FILM_LAWS } from "./film-laws.ts";

export const LAWS: Readonly<Record<string, Law>> = {
  "the books are sound": ({ invariants }) =>
    invariants.map(
      ({ accountId, invariant, stored, expected }) => `${accountId}: ${invariant}: ${stored}, ${expected}`,
    ),

  "nothing stays held": ({ held }) =>
    held
      .filter(({ openCharges, held: nanos }) => openCharges !== 0 || nanos !== 0)
      .map(({ account, openCharges, held: nanos }) => `${account}: ${openCharges} open, ${nanos} held`),

  "a whole answer has one charge": (run) =>
    run.outcomes
      .filter((outcome) => outcome.isWhole && !isIn(run, outcome))
      .filter(({ number }) => chargesOf(run, number).filter(({ state }) => state === "settled").length !== 1)
      .map((outcome) => `${nameOf(outcome)}: ${describe(chargesOf(run, outcome.number))}`),

  "nobody pays without a call of an upstream": (run) =>
    run.charges
      .filter(({ amount, number }) => amount > 0 && (number === undefined || run.journal.of(number).length === 0))
      .map(({ id, number, amount }) => `charge ${id} of request ${number}: ${amount}`),

  "no charge exceeds its hold": ({ charges }) =>
    charges
      .filter(({ amount, estimate, state }) => state !== "held" && amount > estimate)
      .map(({ id, amount, estimate }) => `charge ${id}: ${amount} of ${estimate}`),

  "no charge exceeds what the model can do": ({ charges }) =>
    charges
      .filter(
        ({ amount }) => amount > 8 * 1.25 * (LIMITS.contextLength * PRICE.input + LIMITS.maxOutput * PRICE.output),
      )
      .map(({ id, amount }) => `charge ${id}: ${amount}`),

  "an honest report is charged as it is": (run) =>
    run.outcomes.flatMap((outcome) => {
      const served = run.journal.of(outcome.number).filter(({ isWhole }) => isWhole);
      const [call] = served;
      if (!outcome.isWhole || isIn(run, outcome)) return [];
      if (call === undefined || served.length !== 1 || !call.isHonest) return [];
      const { input = 0, output = 0 } = call.reported ?? {};
      const due = input * PRICE.input + output * PRICE.output;
      return chargesOf(run, outcome.number)
        .filter(({ state, ending, amount, writtenOff }) => {
          return state === "settled" && ending === "complete" && amount + writtenOff !== due;
        })
        .map((charge) => `${nameOf(outcome)}: ${due} is due, ${describe([charge])}`);
    }),

  "what was delivered is charged": (run) =>
    run.outcomes
      .filter((outcome) => !isIn(run, outcome) && outcome.words > 0)
      .filter((outcome) => {
        const paid = chargesOf(run, outcome.number).reduce(
          (sum, { amount, writtenOff }) => sum + amount + writtenOff,
          0,
        );
        return paid < (outcome.words / 2) * PRICE.output;
      })
      .map((outcome) => `${nameOf(outcome)}: ${outcome.words} words, ${describe(chargesOf(run, outcome.number))}`),

  "whoever behaves well is served where an upstream is well": (run) =>
    run.outcomes
      .filter(({ kind, model, payer }) => WELL_BEHAVED.has(kind) && model !== "risky" && payer.startsWith("rich"))
      .filter((outcome) => !isIn(run, outcome) && !(outcome.status === 200 && outcome.isWhole))
      // What breaks after its first byte cannot be served by another.
      .filter(
        ({ status, number }) => status !== 200 || run.journal.of(number).every(({ act }) => act !== "broken stream"),
      )
      .map(nameOf),

  "no prompt takes an upstream from others": ({ taken }) => [...taken],

  "every status is documented": ({ outcomes }) => outcomes.filter(({ status }) => !STATUSES.has(status)).map(nameOf),

  "bad input is the client's own fault": (run) =>
    run.outcomes
      .filter((outcome) => !isIn(run, outcome))
      .filter(
        ({ kind, status }) => (kind === "bad body" && status !== 400) || (kind === "unknown model" && status !== 404),
      )
      .map(nameOf),

  ...FILM_LAWS,
};

/** Each broken law with what breaks it. */
export function brokenLaws(run: Run): Map<string, string[]> {
  const broken = Object.entries(LAWS).map(([name, law]) => [name, law(run)] as const);
  return new Map(broken.filter(([, examples]) => examples.length > 0));
}

function chargesOf(run: Run, number: number): ChargeRow[] {
  return byNumber(run).get(number) ?? [];
}

const indexes = new WeakMap<Run, Map<number | undefined, ChargeRow[]>>();

function byNumber(run: Run): Map<number | undefined, ChargeRow[]> {
  let index = indexes.get(run);
  if (index === undefined) indexes.set(run, (index = Map.groupBy(run.charges, ({ number }) => number)));
  return index;
}

function nameOf({ number, kind, payer, model, status, isWhole }: Outcome): string {
  return `request ${number} (${kind}, ${payer}, ${model}): status ${status}, ${isWhole ? "whole" : "not whole"}`;
}

function describe(charges: readonly ChargeRow[]): string {
  if (charges.length === 0) return "no charge";
  return charges
    .map(({ state, ending, amount, writtenOff }) => `${state} ${ending}: ${amount} + ${writtenOff}`)
    .join("; ");
}
