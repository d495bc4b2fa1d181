import type { Mutant } from "./mutant.ts";

export const CORE: readonly Mutant[] = [
  {
    law: "a body of too many values is refused before it is parsed",
    from: "if (values.exceedsLimit) throw tooManyValues();",
    to: "",
  },
  {
    law: "a string that is cut between two backslashes goes on",
    from: "slashes === end - start ? this.#isEscaped !== isOdd : isOdd;",
    to: "isOdd;",
  },
  // Caches.
  {
    law: "a value is returned below its greatest age, and not at it",
    from: "ageMs >= this.#options.staleMs",
    to: "ageMs > this.#options.staleMs",
  },
  {
    law: "a value is refreshed from the end of its fresh time on",
    from: "ageMs >= this.#options.freshMs && !entry.refreshing",
    to: "ageMs > this.#options.freshMs && !entry.refreshing",
  },
  {
    law: "one refresh at a time",
    from: "ageMs >= this.#options.freshMs && !entry.refreshing",
    to: "ageMs >= this.#options.freshMs",
  },
  {
    law: "a value is never older than its age says",
    from: "const readAtMs = this.#options.now();\n    const value = await load();",
    to: "const value = await load();\n    const readAtMs = this.#options.now();",
  },
  {
    law: "a refresh that fails may be tried again",
    from: "if (entry !== undefined) entry.refreshing = false;",
    to: "",
  },
  {
    law: "a cache is bounded",
    from: "if (this.#entries.size > this.#options.maxEntries)",
    to: "if (this.#entries.size < 0)",
  },

  // Secrets.
  {
    law: "a sealed secret opens for no other origin",
    from: "return `${id}\\n${origin}`;",
    to: "return `${id}\\n`;",
  },
  {
    law: "a sealed secret cannot be moved to another row",
    from: "function contextOf({ id, origin }: Purpose): string {",
    to: 'function contextOf({ id: _, origin }: Purpose): string {\n  const id = "";',
  },
  {
    law: "what the previous key sealed still opens",
    from: "this.#keys ??= await Promise.all(this.#texts.map(namedKey));",
    to: "this.#keys ??= await Promise.all(this.#texts.slice(0, 1).map(namedKey));",
  },
  {
    law: "no two secrets are sealed with one nonce",
    from: "const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));",
    to: "const iv = new Uint8Array(IV_BYTES);",
  },
  {
    law: "a sealing key has 256 bits",
    from: "if (bytes.length !== 32) throw",
    to: "if (bytes.length < 16) throw",
  },

  // Ids and money.
  {
    law: "ids sort by time of creation",
    from: "view.setUint32(0, Math.floor(nowMs / 0x1_0000));",
    to: "view.setUint32(0, nowMs % 0x1_0000);",
  },
  {
    law: "an amount is below 2^53 nanos",
    from: "if (value > BigInt(MAX_NANOS) || value < -BigInt(MAX_NANOS)) throw",
    to: "if (value > BigInt(MAX_NANOS)) throw",
  },
  {
    law: "an amount that is too large is refused, not rounded",
    from: "if (nanos > BigInt(MAX_NANOS)) return undefined;",
    to: "",
  },
  {
    law: "zero is 0, and not -0",
    from: 'return nanos === 0n ? 0 : Number(sign === "-" ? -nanos : nanos);',
    to: 'return sign === "-" ? -Number(nanos) : Number(nanos);',
  },

  // Faults.
  {
    law: "Retry-After is whole seconds, rounded up",
    from: 'headers["retry-after"] = String(Math.max(1, Math.ceil(retryAfterMs / 1000)));',
    to: 'headers["retry-after"] = String(Math.max(1, Math.floor(retryAfterMs / 1000)));',
  },
  {
    law: "an SDK does not repeat what money or rights refused",
    from: "if (status === 402 || status === 403)",
    to: "if (status === 402)",
  },
  {
    law: "the log holds no SQL and none of its parameters",
    from: 'if (!error.message.startsWith("Failed query")) return',
    to: "if (error.message !== undefined) return",
  },
  {
    law: "braces in a value mean nothing",
    from: "return template.replaceAll(/\\{(\\w+)\\}/g, (whole, key: string) => String(values.get(key) ?? whole));",
    to: "let text = template;\n    for (const [key, value] of values) text = text.replaceAll(`{${key}}`, String(value));\n    return text;",
  },
  {
    law: "of languages of equal weight the first is used",
    from: "language !== undefined && weight > bestWeight",
    to: "language !== undefined && weight >= bestWeight",
  },

  // JSON.
  {
    law: "JSON is 256 levels deep at most",
    from: "export const MAX_JSON_DEPTH = 256;",
    to: "export const MAX_JSON_DEPTH = 257;",
  },
  {
    law: "a list is no object",
    from: 'typeof value === "object" && value !== null && !Array.isArray(value)',
    to: 'typeof value === "object" && value !== null',
  },
  {
    law: "a deadline does not wait for the work",
    from: "return await Promise.race([work, late]);",
    to: "return await work;",
  },
];
