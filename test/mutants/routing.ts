import type { Mutant } from "./mutant.ts";

export const ROUTING: readonly Mutant[] = [
  {
    law: "an attempt that cools a credential does not touch the breaker",
    from: "if (isCooled || FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(",
    to: "if (FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(",
  },
  {
    law: "a refused request, or a client that left, counts for nothing",
    from: "if (isCooled || FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(",
    to: "if (isCooled) knowledge.breaker.release(",
  },
  {
    law: "a client that leaves a stream counts for nothing",
    from: "if (FINAL_OUTCOMES.has(end.outcome)) return;",
    to: "",
  },
  {
    law: "only the first end of an attempt counts",
    from: "if (this.#over) return false;",
    to: "if (this.#over) return true;",
  },
  {
    law: "a request that fails on every route counts against the first alone",
    from: "else this.#suspended.push(blame);",
    to: "else blame();",
  },
  {
    law: "the other routes' failures count when some route answers",
    from: "for (const blame of this.#suspended) blame();",
    to: "",
  },
  {
    law: "the refusal of a credential does not take the place of the first route's blame",
    from: "if (!isOwn) this.#blamed = true;",
    to: "this.#blamed = true;",
  },
  {
    law: "the refusal of a credential counts though another route failed first",
    from: "if (isOwn || permit",
    to: "if (permit",
  },
  {
    law: "a request has two further attempts",
    from: "1 + options.tuning.extraAttempts",
    to: "2 + options.tuning.extraAttempts",
  },
  { law: "after a time-out there is one more attempt", from: 'if (end.outcome === "timeout") {', to: "if (false) {" },
  {
    law: "the first retry on another upstream needs no budget",
    from: "if (this.#made === 1 && isElsewhere && this.#local.isClosed(route)) return true;",
    to: "",
  },
  {
    law: "a retry on an upstream that does not work needs the budget",
    from: "if (this.#made === 1 && isElsewhere && this.#local.isClosed(route)) return true;",
    to: "if (this.#made === 1 && isElsewhere) return true;",
  },
  {
    law: "an upstream that cannot be reached is left with all its routes",
    from: 'if (end.outcome === "unreachable") return planned.route.upstream.id === next.route.upstream.id;',
    to: "",
  },
  {
    law: "another credential of a route is tried only if the first was refused",
    from: "return coolingRule(end, this.#local.tuning) === undefined && planned.route.id === next.route.id;",
    to: "return false;",
  },
  {
    law: "rate limits are passed on with the shortest time asked for",
    from: "asked.length > 0 ? Math.min(...asked) : retryAfterMs",
    to: "retryAfterMs",
  },
  {
    law: "retries are a fifth of the requests, and not one more",
    from: "sum(({ retries }) => retries) < most",
    to: "sum(({ retries }) => retries) <= most",
  },
  {
    law: "the retry budget looks at the last 10 s",
    from: "past.index > index - SLICES",
    to: "past.index >= index - SLICES",
  },
  { law: "a cooling candidate is never tried", from: "all.filter((candidate) => !isCooling(candidate))", to: "all" },
  {
    law: "half of the routes being open is no panic",
    from: "barred.length > tuning.panicShare * warmRoutes.size",
    to: "barred.length >= tuning.panicShare * warmRoutes.size",
  },
  {
    law: "breakers never take the last route away",
    from: "(barred.length === warmRoutes.size || barred.length",
    to: "(barred.length",
  },
  {
    law: "one trial at a time is enough while other routes work",
    from: "closed.length > 0 ? onePerPriority(onTrial, random) : onTrial",
    to: "onTrial",
  },
  {
    law: "steps come before priorities",
    from: "[...steps]\n    .toSorted(([a], [b]) => a - b)",
    to: "[...steps]\n    .toSorted(([a], [b]) => b - a)",
  },
  {
    law: "a second draw must be better by a quarter",
    from: "isBetter(second, first, tuning.betterShare)",
    to: "isBetter(second, first, 0)",
  },
  {
    law: "a session leaves its candidate only for one twice as good",
    from: "isBetter(second, owned, tuning.sessionBetterShare)",
    to: "isBetter(second, owned, 0)",
  },
  { law: "the native wire wins only a near tie", from: " && !isBetter(first, second, tuning.betterShare)", to: "" },
  {
    law: "other upstreams are tried before other routes of the same one",
    from: "Number(a.isNear) - Number(b.isNear) || ",
    to: "",
  },
  {
    law: "weight 0 is used only when there is nothing else",
    from: "each.weight > 0 ? (-Math.log(1 - random()) * each.score) / each.weight : Number.POSITIVE_INFINITY",
    to: "-Math.log(1 - random()) * each.score",
  },
  {
    law: "a recovering route has part of its weight",
    from: "share * (standings.routes.get(route.id)?.ramp ?? 1)",
    to: "share",
  },
  { law: "load lengthens a score", from: "(1 + tuning.loadShare * load)", to: "1" },
  { law: "errors lengthen a score", from: "(1 + tuning.errorWeightFactor * (standing?.errorRate ?? 0))", to: "1" },
  {
    law: "an unknown value is the median of the known",
    from: "own === undefined ? median : median + (own.value - median) * own.confidence",
    to: "own === undefined ? 0 : median + (own.value - median) * own.confidence",
  },
  { law: "old values move to the median", from: "median + (own.value - median) * own.confidence", to: "own.value" },
  { law: "auto looks only at models that can take the request", from: " && fits(model, demand)", to: "" },
];
