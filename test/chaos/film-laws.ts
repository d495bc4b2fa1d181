/** What must be true of films, whatever happened in a run. Those about money and tasks excuse no kill. Pure. */
import { FILM_SECOND, isIn, STATUSES, type ChargeRow, type Law, type Run, type TaskRow } from "./evidence.ts";
import { ASKS_FOR_ONE, FILM_WELL_BEHAVED, FIRST_FILM, type FilmOutcome } from "./film-clients.ts";
import { madeSeconds, type Film } from "./journal.ts";

/** A film is asked for within that time when it is ready, whether or not its client looks. */
const ASKED_WITHIN_MS = 20_000;

const NOT_FOUND = 404;

export const FILM_LAWS: Readonly<Record<string, Law>> = {
  "every task is over": ({ tasks }) => tasks.filter(({ isClosed }) => !isClosed).map(nameOfTask),

  "a task ends as its film did": (run) =>
    run.tasks
      .filter((task) => !endsOf(filmOf(run, task)).includes(task.state))
      .map((task) => `${nameOfTask(task)}, but its film is ${filmOf(run, task)?.fate}`),

  "a film is paid for once, at its price, if it was made": (run) =>
    run.tasks.flatMap((task) => {
      const film = filmOf(run, task);
      const due = task.state === "succeeded" && film !== undefined ? madeSeconds(film) * FILM_SECOND : 0;
      const charge = chargeOf(run, task);
      const paid = charge === undefined ? 0 : charge.amount + charge.writtenOff;
      const isClosed = charge === undefined || charge.state === (due > 0 ? "settled" : "void");
      return paid === due && isClosed ? [] : [`${nameOfTask(task)}: ${due} is due, ${charge?.state} ${paid}`];
    }),

  "nobody pays for a film without its task": (run) => {
    const own = new Set(run.tasks.map(({ chargeId }) => chargeId));
    return run.charges
      .filter(({ id, number, amount }) => (number ?? 0) >= FIRST_FILM && amount > 0 && !own.has(id))
      .map(({ id, number, amount }) => `charge ${id} of request ${number}: ${amount}`);
  },

  "no film is of two tasks": ({ tasks }) =>
    [...Map.groupBy(tasks, ({ made }) => made)]
      .filter(([made, all]) => made !== undefined && all.length > 1)
      .map(([made, all]) => `film ${made}: ${all.map(nameOfTask).join("; ")}`),

  "whoever asks for one film has one task": (run) => {
    const tasks = Map.groupBy(run.tasks, (task) => chargeOf(run, task)?.number);
    return run.films
      .filter(({ kind }) => ASKS_FOR_ONE.has(kind))
      .filter(({ number, ids }) => ids.size > 1 || (tasks.get(number) ?? []).length > 1)
      .map((outcome) => `${nameOf(outcome)}: ${(tasks.get(outcome.number) ?? []).map(nameOfTask).join("; ")}`);
  },

  "what a client was told of its task is so": (run) => {
    const states = new Map(run.tasks.map(({ id, state }) => [id, state]));
    const words: Readonly<Record<string, string>> = { completed: "succeeded", failed: "failed" };
    return run.films
      .filter(
        ({ ids, ends, looks }) =>
          looks.has(NOT_FOUND) ||
          [...ids].some((id) => !states.has(id) || [...ends].some((end) => words[end] !== states.get(id))),
      )
      .map(nameOf);
  },

  "a film is asked for when it is ready": (run) =>
    run.tasks.flatMap((task) => {
      const film = filmOf(run, task);
      if (film === undefined || isIn(run, { startMs: film.takenAtMs, endMs: film.readyAtMs + ASKED_WITHIN_MS }))
        return [];
      const { readyAtMs, askedAtMs = Number.POSITIVE_INFINITY } = film;
      return askedAtMs - readyAtMs <= ASKED_WITHIN_MS ? [] : [`${nameOfTask(task)}: after ${askedAtMs - readyAtMs} ms`];
    }),

  "a film that is made can be fetched": (run) => {
    const films = new Map(run.tasks.map((task) => [task.id, filmOf(run, task)]));
    return run.films
      .filter((outcome) => outcome.hasFilm === false && !isIn(run, outcome))
      .filter(({ ids }) => [...ids].every((id) => films.get(id)?.isSentWhole === true))
      .map(nameOf);
  },

  "whoever behaves well gets a task where an upstream is well": (run) =>
    run.films
      .filter(({ kind, model, payer }) => FILM_WELL_BEHAVED.has(kind) && model === "film" && payer.startsWith("rich"))
      .filter((outcome) => !isIn(run, outcome) && !outcome.statuses.includes(200))
      .map(nameOf),

  "every status of a film is documented": ({ films }) =>
    films.filter(({ statuses, looks }) => [...statuses, ...looks].some((status) => !STATUSES.has(status))).map(nameOf),

  "bad requests for films are refused": (run) =>
    run.films
      .filter((outcome) => !isIn(run, outcome))
      .filter(({ kind, statuses: [first, second] }) =>
        kind === "bad film" ? first !== 400 : kind === "another film with its key" && first === 200 && second !== 400,
      )
      .map(nameOf),
};

/** How a task may end. */
function endsOf(film: Film | undefined): readonly string[] {
  switch (film?.fate) {
    case "whole":
    case "shorter":
    case "longer":
      return ["succeeded"];
    case "fickle":
      return ["succeeded", "failed"];
    case "failed":
    case "lost":
    case undefined:
      return ["failed"];
  }
}

function filmOf({ journal }: Run, { made }: TaskRow): Film | undefined {
  return made === undefined ? undefined : journal.film(made);
}

const indexes = new WeakMap<Run, Map<string, ChargeRow>>();

/** undefined = the gateway was killed before it held anything. */
function chargeOf(run: Run, { chargeId }: TaskRow): ChargeRow | undefined {
  let index = indexes.get(run);
  if (index === undefined) indexes.set(run, (index = new Map(run.charges.map((charge) => [charge.id, charge]))));
  return index.get(chargeId);
}

function nameOfTask({ id, state, made, chargeId }: TaskRow): string {
  return `task ${id} (${state}, film ${made}, charge ${chargeId})`;
}

function nameOf({ number, kind, payer, model, statuses, looks, ids, ends }: FilmOutcome): string {
  const told = [statuses, [...ids], [...looks], [...ends]].map((all) => all.join(", ")).join("; ");
  return `request ${number} (${kind}, ${payer}, ${model}): ${told}`;
}
