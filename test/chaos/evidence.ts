/** What a run leaves behind for the laws, and the prices and limits that it was made with. Pure. */
import type { BrokenInvariant } from "../../src/billing/invariants.ts";
import type { Outcome } from "./clients.ts";
import type { FilmOutcome } from "./film-clients.ts";
import type { Journal } from "./journal.ts";

/** A row of `charges`, as far as laws look at it. */
export interface ChargeRow {
  readonly id: string;
  readonly state: string;
  readonly ending: string | null;
  readonly amount: number;
  readonly writtenOff: number;
  readonly estimate: number;
  readonly estimated: boolean;
  /** The number of the client's request. */
  readonly number: number | undefined;
}

/** A row of `tasks`, as far as laws look at it. */
export interface TaskRow {
  readonly id: string;
  readonly chargeId: string;
  readonly state: string;
  /** The upstream's own id; undefined = none has taken it. */
  readonly made: string | undefined;
  readonly isClosed: boolean;
}

/** A time in which the gateway was killed or its database was away, with what it takes to recover. */
export interface Window {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Run {
  readonly outcomes: readonly Outcome[];
  readonly films: readonly FilmOutcome[];
  readonly tasks: readonly TaskRow[];
  readonly charges: readonly ChargeRow[];
  readonly journal: Journal;
  readonly windows: readonly Window[];
  readonly invariants: readonly BrokenInvariant[];
  /** Of accounts after the last sweep. */
  readonly held: readonly { readonly account: string; readonly openCharges: number; readonly held: number }[];
  /** Breakers that are open, and credentials that cool, of upstreams that refuse only hostile prompts. */
  readonly taken: readonly string[];
}

/** Nanos per token. */
export const PRICE = { input: 1000, output: 2000 } as const;
/** Nanos of a second of a film. */
export const FILM_SECOND = 400_000;
/** Of the models. */
export const LIMITS = { contextLength: 32_000, maxOutput: 2000 } as const;
export const STATUSES: ReadonlySet<number> = new Set([0, 200, 400, 401, 402, 404, 409, 429, 499, 502, 503, 504]);

export type Law = (run: Run) => string[];

interface Times {
  readonly startMs: number;
  readonly endMs: number;
}

/** Whether a kill or a fault may have touched the request. */
export function isIn({ windows }: Pick<Run, "windows">, { startMs, endMs }: Times): boolean {
  return windows.some(({ fromMs, toMs }) => startMs <= toMs && endMs >= fromMs);
}
