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

export class Journal {
  readonly #calls = new Map<number, Call[]>();
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
}

/** How a prompt carries its number. */
export function marked(number: number, text: string): string {
  return `#${number}# ${text}`;
}

export function numberIn(text: string): number | undefined {
  const found = /#(\d+)#/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}
