/** Keeps what is made of the facts alone: who asks for it again and again has it made once. */
import type { Language } from "../../core/language.ts";
import type { Facts } from "./facts.ts";

/** In an isolate. Each is of one address of the site, of the models that everybody may see, and in one language. */
export class Kept<Value> {
  readonly #most: number;
  readonly #known = new WeakMap<Facts["settings"], Map<string, Value>>();

  /** @param most of the same settings, so many are kept: those that were asked for last */
  constructor(most: number) {
    this.#most = most;
  }

  /** @param make of these facts, in this language */
  of(facts: Facts, language: Language, make: () => Value): Value {
    const known = this.#known.get(facts.settings) ?? new Map<string, Value>();
    this.#known.set(facts.settings, known);
    const key = keyOf(facts, language);
    const value = known.get(key) ?? make();
    // The one that was asked last goes last.
    known.delete(key);
    known.set(key, value);
    const [oldest] = known.keys();
    if (known.size > this.#most && oldest !== undefined) known.delete(oldest);
    return value;
  }
}

/** What the texts are filled with, apart from the settings. */
function keyOf({ settings: _settings, models, ...site }: Facts, language: Language): string {
  const shown = models.map(({ id, operation, capabilities, autoWeight }) => [
    id,
    operation,
    [...capabilities].toSorted(),
    autoWeight > 0,
  ]);
  return JSON.stringify([language, site, shown]);
}
