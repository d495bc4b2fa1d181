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
  {
    law: "more than the model can do is not believed",
    from: "return total > most ? `${side} is",
    to: "return total > most * 1000 ? `${side} is",
  },
  {
    law: "far less output than was delivered is not believed",
    from: "if (total * TOLERANCE < delivered)",
    to: "if (total * 1000 < delivered)",
  },
  {
    law: "a client that leaves pays at least what was delivered",
    from: "if (!isWhole && total < delivered) return ours();",
    to: "",
  },
  {
    law: "a prompt of nothing is not believed",
    from: "total * MOST_BYTES_PER_TOKEN < demand.promptBytes && total",
    to: "total * MOST_BYTES_PER_TOKEN > demand.promptBytes && total",
  },
  {
    law: "a part of usage is no more than its whole",
    from: "const taken = Math.min(Math.max(0, count), room);",
    to: "const taken = Math.max(0, count);",
  },
  {
    law: "usage without a prompt gets one",
    from: "if (Object.keys(counts).length === 0) return ours();",
    to: "",
  },

  // Holds.
  {
    law: "a hold is rounded up",
    from: "Number((exact + EXACT - 1n) / EXACT)",
    to: "Number(exact / EXACT)",
  },
  {
    law: "no client's cap makes a model longer",
    from: "most: Math.min(demand.maxOutput ?? longest, longest),",
    to: "most: demand.maxOutput ?? longest,",
  },
  {
    law: "a cap that the client asked for is not lowered",
    from: "least: demand.maxOutput === undefined ? Math.min(short, wanted) : wanted,",
    to: "least: Math.min(short, wanted),",
  },
  {
    law: "the cap is one that the account can pay for with every model",
    from: "return Math.min(...offers.map((offer) => tokensFor(",
    to: "return Math.max(...offers.map((offer) => tokensFor(",
  },
  {
    law: "media without a configured size are as long as the context",
    from: "limits[PART_TOKENS[part]] ?? contextOf(limits)",
    to: "limits[PART_TOKENS[part]] ?? 2000",
  },
  {
    law: "vendors add to prompts",
    from: "[demand.promptBytes + OVERHEAD_TOKENS, dearest(",
    to: "[demand.promptBytes, dearest(",
  },
  {
    law: "a stretch suffices for a late checkpoint",
    from: "return tokensIn(checkpointMs + MARGIN_MS, limits);",
    to: "return tokensIn(checkpointMs, limits);",
  },
  {
    law: "silence is thought",
    from: "if (visible === this.#visibleTokens) this.#hiddenTokens +=",
    to: "if (visible === -1) this.#hiddenTokens +=",
  },
  {
    law: "a stream is not ended while its hold covers the whole",
    from: "if (this.#heldNanos >= this.mostNanos) return Number.POSITIVE_INFINITY;",
    to: "",
  },
  {
    law: "a hold covers the next stretch of each choice",
    from: "const stretch = stretchTokens(offer.limits, checkpointMs) * demand.choices;",
    to: "const stretch = stretchTokens(offer.limits, checkpointMs);",
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
    law: "known funds are within the quota of the key",
    from: "allowance ?? 0), quotaLeft(key, today));",
    to: "allowance ?? 0), MAX_NANOS);",
    project: "worker",
    tests: "billing/funding",
  },
  {
    law: "the balance pays what the allowance does not, only where the account says so",
    from: "const isLimited = allowance !== undefined && !account.overflow;",
    to: "const isLimited = false;",
    project: "worker",
    tests: "billing/funding",
  },

  // The wallet's statements.
  {
    law: "a charge stays within its hold",
    from: "const CHARGED = `min(#payable, ${LIMIT})`;",
    to: "const CHARGED = `#amount`;",
    project: "worker",
    tests: "billing/wallet",
  },
  {
    law: "a hold takes what is free, if that is of use",
    from: "coalesce(max(p.least, min(p.want, p.key_left,",
    to: "coalesce(max(p.want, min(p.want, p.key_left,",
    project: "worker",
    tests: "billing/wallet",
  },
  {
    law: "an account has only so many open charges",
    from: "WHERE p.open_charges < #maxOpen AND",
    to: "WHERE #maxOpen > 0 AND",
    project: "worker",
    tests: "billing/wallet",
  },
  {
    law: "an account that lost too much is refused",
    from: "AND p.lost < 2 * #lossLimit",
    to: "AND 2 * #lossLimit > 0",
    project: "worker",
    tests: "billing/wallet",
  },
  {
    law: "an account that lost much is held in full",
    from: "iif(s.lost < #lossLimit, #least, #ceiling) AS least",
    to: "#least AS least",
    project: "worker",
    tests: "billing/wallet",
  },
  {
    law: "a hold is raised no further than money is free",
    from: "min(#hold, estimate + ${ROOM})",
    to: "#hold",
    project: "worker",
    tests: "billing/wallet",
  },
  {
    law: "a late settlement takes nothing of a day that is over",
    from: "iif(a.allowance_day = charges.day, p.allowance - a.allowance_used, 0)",
    to: "p.allowance - a.allowance_used",
    project: "worker",
    tests: "jobs/sweep",
  },
  {
    law: "a late settlement counts no request beyond the allowance",
    from: "SET state = iif(${COUNTS}, 'settled', 'void'),",
    to: "SET state = 'settled',",
    project: "worker",
    tests: "jobs/sweep",
  },
  {
    law: "what was refunded is not given back again",
    from: "amount = coalesce(${REFUNDED}, 0), written_off = 0,",
    to: "amount = 0, written_off = 0,",
    project: "worker",
    tests: "jobs/sweep",
  },
  {
    law: "what a void charge cost the operator is kept",
    from: "cost = coalesce(#cost, cost, checkpoint_cost)",
    to: "cost = #cost",
    project: "worker",
    tests: "jobs/sweep",
  },
  {
    law: "what a charge costs beyond its hold is written off",
    from: "max(0, #amount - coalesce(max(${REFUNDED}, ${CHARGED}), ${CHARGED}))",
    to: "0",
    project: "worker",
  },
  {
    law: "a late settlement takes no more than is free",
    from: "iif(a.unlimited, ${MAX_NANOS}, a.balance - a.held),\n        iif(p.id",
    to: "iif(a.unlimited, ${MAX_NANOS}, a.balance),\n        iif(p.id",
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
    from: "coalesce(s.allowance - s.used, ${MAX_NANOS})) AS allowance_left",
    to: "coalesce(s.allowance, ${MAX_NANOS})) AS allowance_left",
    project: "worker",
  },
  {
    law: "the counts of a request are whole numbers",
    from: "if (isWhole && value !== null && !Number.isSafeInteger(value)) {",
    to: "if (isWhole && value === undefined) {",
    project: "worker",
  },
  {
    law: "a batch of codes is made once",
    from: "WHERE NOT EXISTS (SELECT 1 FROM redeem_codes WHERE batch = ${batch})",
    to: "",
    project: "worker",
    tests: "billing/ledger",
  },
  {
    law: "the audit lets a balance pass below zero by what was charged back alone",
    from: "WHERE account_id = a.id AND dispute IS NOT NULL",
    to: "WHERE account_id = a.id",
    project: "worker",
    tests: "billing",
  },
  {
    law: "a long job goes on where it was",
    from: "cursor: row.cursor }, budget)",
    to: 'cursor: "" }, budget)',
    project: "worker",
    tests: "jobs/long-jobs",
  },
  {
    law: "a long job stops before it uses up the queries of an invocation",
    from: "left >= job.queriesPerStep + OWN_QUERIES && ",
    to: "",
    project: "worker",
    tests: "jobs/long-jobs",
  },
  {
    law: "a long job stops when its time is up",
    from: " && budget.now() < endMs",
    to: "",
    project: "worker",
    tests: "jobs/long-jobs",
  },
];
