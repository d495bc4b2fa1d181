/** What the upstreams of a run have done, by the number that each client's prompt carries. */
export interface Call {
  readonly upstream: string;
  /** What the upstream was told to do. */
  readonly act: string;
  /** Tokens that it reports; undefined = it reports none. */
  reported?: { readonly input: number; readonly output: number };
  /** It reports what it has done. */
  readonly isHonest: boolean;
  /** It has answered to its end. */
  isWhole: boolean;
}

/** How a film of an upstream ends. `fickle`: it is said to be finished, and later to have failed. */
export type Fate = "whole" | "shorter" | "longer" | "failed" | "lost" | "fickle";

/** A film that an upstream has taken. */
export interface Film {
  /** The upstream's own. */
  readonly id: string;
  readonly upstream: string;
  /** As it was asked for. */
  readonly seconds: number;
  readonly fate: Fate;
  readonly takenAtMs: number;
  readonly readyAtMs: number;
  /** When it was first asked for since it is ready, and when its end was first told; undefined = never. */
  askedAtMs: number | undefined;
  toldAtMs: number | undefined;
  /** Each time that its content was asked for, it was sent whole. */
  isSentWhole: boolean;
}

export class Journal {
  readonly #calls = new Map<number, Call[]>();
  readonly #films = new Map<string, Film>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(number: number, call: Call): Call {
    this.#count++;
    const calls = this.#calls.get(number);
    if (calls === undefined) this.#calls.set(number, [call]);
    else calls.push(call);
    return call;
  }

  of(number: number): readonly Call[] {
    return this.#calls.get(number) ?? [];
  }

  get films(): readonly Film[] {
    return [...this.#films.values()];
  }

  take(film: Film): Film {
    this.#films.set(film.id, film);
    return film;
  }

  film(id: string): Film | undefined {
    return this.#films.get(id);
  }
}

/** What is paid for of a film that is finished: less if it is shorter than it was to be, never more. */
export function madeSeconds({ fate, seconds }: Film): number {
  return fate === "shorter" ? seconds - 1 : seconds;
}

/** How a prompt carries its number. */
export function marked(number: number, text: string): string {
  return `#${number}# ${text}`;
}

export function numberIn(text: string): number | undefined {
  const found = /#(\d+)#/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
