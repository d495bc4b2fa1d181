import type { Mutant } from "./mutant.ts";

export const ROUTING: readonly Mutant[] = [
  {
    law: "an attempt that cools a credential does not touch the breaker",
    from: "const isOver = isPending || isCooled || FINAL_OUTCOMES.has(end.outcome);",
    to: "const isOver = isPending || FINAL_OUTCOMES.has(end.outcome);",
  },
  {
    law: "a refused request, or a client that left, counts for nothing",
    from: "const isOver = isPending || isCooled || FINAL_OUTCOMES.has(end.outcome);",
    to: "const isOver = isPending || isCooled;",
  },
  {
    law: "a suspicion counts for nothing until a probe has judged it",
    from: "const isOver = isPending || isCooled || FINAL_OUTCOMES.has(end.outcome);",
    to: "const isOver = isCooled || FINAL_OUTCOMES.has(end.outcome);",
  },
  {
    law: "a client that leaves a stream counts for nothing",
    from: "if (this.#hasFaltered || FINAL_OUTCOMES.has(end.outcome)) return;",
    to: "if (this.#hasFaltered) return;",
  },
  {
    law: "the answers that fail in one conversation count once",
    from: "if (this.#hasFaltered || FINAL_OUTCOMES.has(end.outcome)) return;",
    to: "if (FINAL_OUTCOMES.has(end.outcome)) return;",
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
    law: "a request has at most four attempts",
    from: "this.#left = options.tuning.mostAttempts;",
    to: "this.#left = 1 + options.tuning.mostAttempts;",
  },
  {
    law: "a refused request gets one second opinion",
    from: "      this.#left = 1;\n      return blame();",
    to: "      return blame();",
  },
  {
    law: "the second opinion comes from another upstream or another model",
    from: "return past.upstream.id === coming.upstream.id && past.model.id === coming.model.id;",
    to: "return false;",
  },
  {
    law: "an upstream that refused what another answers is suspected",
    from: 'if (this.#refusing !== undefined) this.#suspect(this.#refusing, { outcome: "refused_request" });',
    to: "",
  },
  {
    law: "second opinions use up no retries of others",
    from: "if (this.#made > 0 && this.#refusing === undefined) this.#options",
    to: "if (this.#made > 0) this.#options",
  },
  {
    law: "the next upstream is started beside one that is late",
    from: "next = attempts.hedge([...running.keys()]);",
    to: "next = undefined;",
  },
  {
    law: "further calls beside late ones are started sooner",
    from: "(latest.lateAtMs - latest.startedAtMs) / running.length",
    to: "latest.lateAtMs - latest.startedAtMs",
  },
  {
    law: "calls beside late ones are within the budget of retries",
    from: "this.#local.isClosed(route) && this.#options.budget.allows(this.#local.now()),",
    to: "this.#local.isClosed(route),",
  },
  {
    law: "no call beside a late one goes to the same upstream",
    from: "!busy.has(route.upstream.id) &&",
    to: "",
  },
  {
    law: "an answer that comes stops the other calls",
    from: "call.stop(",
    to: "void (",
  },
  {
    law: "every client is told of a rate limit while all candidates cool for it",
    from: "if (outcomes.length === 0 && isLimited)",
    to: "if (outcomes.length < 0 && isLimited)",
  },
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
    law: "breakers never take the last route away",
    from: "const allOpen = barred !== undefined && barred.length === warmRoutes.size;",
    to: "const allOpen = false;",
  },
  {
    law: "one healthy route takes all",
    from: "const allOpen = barred !== undefined && barred.length === warmRoutes.size;",
    to: "const allOpen = barred !== undefined && barred.length > warmRoutes.size / 2;",
  },
  {
    law: "suspected candidates come after all others",
    from: "order: [...order.filter((each) => !rests(each)), ...order.filter(rests)],",
    to: "order,",
  },
  {
    law: "a probe, not a client, tests a route that it can test",
    from: "standing.allowsTrial && isProbed?.(route) !== true",
    to: "standing.allowsTrial",
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
  {
    law: "the quickest route's weight says nothing of its load",
    from: "total > 0 && request.fastest !== true",
    to: "total > 0",
  },
  { law: "errors lengthen a score", from: "(1 + tuning.errorWeightFactor * (standing?.errorRate ?? 0))", to: "1" },
  {
    law: "an unknown value is the median of the known",
    from: "own === undefined ? median : median + (own.value - median) * own.confidence",
    to: "own === undefined ? 0 : median + (own.value - median) * own.confidence",
  },
  { law: "old values move to the median", from: "median + (own.value - median) * own.confidence", to: "own.value" },
  {
    law: "a route that was not measured lately is explored",
    from: "return random() < tuning.exploreShare ? draw(stale, random) : undefined;",
    to: "return undefined;",
  },
  {
    law: "auto looks only at models that can take the input",
    from: "const able = routes.filter(({ model }) => needs.every((need) => model.capabilities.has(need)));",
    to: "const able = routes;",
  },
  {
    law: "auto prefers models that can take the request as it is",
    from: "return whole.length > 0 ? whole : capped;",
    to: "return capped;",
  },
  {
    law: "a cap above every model's maximum is no outage",
    from: "return whole.length > 0 ? whole : capped;",
    to: "return whole;",
  },
  {
    law: "a prompt that is too long for all is the client's matter",
    from: "if (capped.length === 0 && able.length > 0) throw tooLong(able, demand);",
    to: "",
  },
  {
    law: "a request waits for a cooling once",
    from: "request.hasWaited === true ? undefined : this.#briefWaitMs(planned)",
    to: "this.#briefWaitMs(planned)",
    tests: "routing/waiting",
  },
  {
    law: "requests that wait do not go on at once",
    from: " + this.#waiting * APART_MS",
    to: "",
    tests: "routing/waiting",
  },
  {
    law: "no request waits for long",
    from: "return waitMs <= this.#options.tuning.briefWaitMs ? waitMs : undefined;",
    to: "return waitMs;",
    tests: "routing/waiting",
  },
];
