import type { Mutant } from "./mutant.ts";

export const BILLING: readonly Mutant[] = [
  {
    law: "the time to count tokens does not grow with the text",
    from: "if (text.length <= FULL_LENGTH) return estimateTokenCount(text);",
    to: "if (text.length >= 0) return estimateTokenCount(text);",
  },
  {
    law: "no long text is nearly free",
    from: "Math.max(sampled / FULL_LENGTH, 1 / MAX_CHARACTERS_PER_TOKEN)",
    to: "(sampled / FULL_LENGTH)",
  },
  {
    law: "a fee needs a rate of its own",
    from: "? price[fee] !== undefined",
    to: "? unitPrice(price, fee) > 0",
  },
  {
    law: "a service tier needs a rate for its name",
    from: "when[fee] === attributes[fee]",
    to: "when[fee] !== undefined",
  },
  // Prices.
  { law: "a cost is rounded half up", from: "(2n * exact + SCALE) / (2n * SCALE)", to: "exact / SCALE" },
  {
    law: "tokens of a unit without a rate cost what the parent does",
    from: "if (rate !== undefined) return rate.nanos;",
    to: "return rate?.nanos ?? 0;",
  },
  {
    law: "a rate is for requests that have its attributes",
    from: "find(({ when }) => contains(attributes, when))",
    to: "at(0)",
  },
  {
    law: "the rate with the most attributes is the price",
    from: "sizeOf(b.when) - sizeOf(a.when) || b.nanos - a.nanos",
    to: "sizeOf(a.when) - sizeOf(b.when) || b.nanos - a.nanos",
  },
  {
    law: "the fee of a request is always charged",
    from: 'let sum = BigInt(nanosOf("request")) * 1000n;',
    to: "let sum = 0n;",
  },
  {
    law: "a receipt is recomputed from the attributes of its charge",
    from: "const unitNanos = unitPrice(price, unit, attributes);",
    to: "const unitNanos = unitPrice(price, unit);",
  },
  {
    law: "two rates that one request can fit are refused",
    from: "const clash = ambiguous(when);",
    to: "const clash = undefined;",
  },
  {
    law: "a price that some requests would not pay is refused",
    from: "parentOf(unit) === undefined && when.every(",
    to: "when.length === 0 && when.every(",
  },

  // Usage.
  { law: "usage is not negative", from: "if (count < 0) return `${unit}", to: "if (count < -1) return `${unit}" },
  { law: "usage is possible", from: "if (count > MAX_COUNT)", to: "if (count < -MAX_COUNT)" },

  // Estimates.
  {
    law: "a request that the account cannot pay for is refused",
    from: "if (funds !== undefined && dearest > funds) return refused;",
    to: "",
  },
  {
    law: "a cap that is not worth the prompt is refused",
    from: "if (tokens < Math.min(LEAST_OUTPUT, most)) return refused;",
    to: "if (tokens < 1) return refused;",
  },
  {
    law: "the cap is one that the account can pay for with every model",
    from: "outputCap = Math.min(outputCap, tokens);",
    to: "outputCap = tokens;",
  },
  {
    law: "the hold covers each choice",
    from: "BigInt(ratioPpm) * BigInt(choices)",
    to: "BigInt(ratioPpm)",
  },
  {
    law: "the hold covers the dearest attributes that the upstream may choose",
    from: "dearestCost(units, price, ratioPpm, attributes);",
    to: "exactCost(units, price, ratioPpm, attributes);",
  },
  {
    law: "the hold covers text at its dearest unit",
    from: 'text: unitsOf("prompt"),',
    to: 'text: ["input"],',
  },
  {
    law: "the hold covers an answer at its dearest unit",
    from: 'const OUTPUT_UNITS = unitsOf("output");',
    to: 'const OUTPUT_UNITS: readonly Unit[] = ["output"];',
  },
  {
    law: "a key's quota limits its requests",
    from: "keyNanos !== undefined && (most === undefined || keyNanos < most)",
    to: "keyNanos !== undefined && most === undefined",
  },
  {
    law: "the balance pays what the allowance does not, only where the account says so",
    from: "const balancePays = allowance === undefined || overflow;",
    to: "const balancePays = true;",
  },

  // The wallet's statements.
  {
    law: "a strict charge stays within its hold",
    from: "CASE WHEN mode = 'expected' THEN ${MAX_NANOS}",
    to: "CASE WHEN 1 THEN ${MAX_NANOS}",
    project: "worker",
  },
  {
    law: "what a charge costs beyond its hold is written off",
    from: "written_off = #amount - min(#amount, ${LIMIT})",
    to: "written_off = 0",
    project: "worker",
  },
  {
    law: "a late settlement takes no more than is free",
    from: "max(0, a.balance - a.held))",
    to: "max(0, a.balance))",
    project: "worker",
  },
  {
    law: "only the request that made a hold settles it",
    from: 'const OWN = "account_id = :accountId AND id = :id AND nonce = :nonce";',
    to: 'const OWN = "account_id = :accountId AND id = :id";',
    project: "worker",
  },
  {
    law: "an allowance pays no more than is left of it",
    from: "s.used + #estimate <= s.allowance",
    to: "s.used <= s.allowance",
    project: "worker",
  },
  {
    law: "the counts of a request are whole numbers",
    from: "if (isWhole && value !== null && !Number.isSafeInteger(value)) {",
    to: "if (isWhole && value === undefined) {",
    project: "worker",
  },
];
