import type { Mutant } from "./mutant.ts";

export const HEALTH: readonly Mutant[] = [
  {
    law: "three failures in a row open a breaker",
    from: "if (this.#consecutive < this.#tuning.breakerConsecutiveFailures) return false;",
    to: "if (this.#consecutive <= this.#tuning.breakerConsecutiveFailures) return false;",
  },
  {
    law: "an answer ends the row of failures",
    from: 'const before = this.#consecutive;\n      if (this.state === "closed") this.#consecutive = 0;',
    to: "const before = this.#consecutive;",
  },
  {
    law: "an answer that broke off does not end the row",
    from: 'if (this.state === "closed") this.#consecutive = Math.max(this.#consecutive, consecutiveBefore);',
    to: "",
  },
  {
    law: "failures from before a closing are not counted",
    from: "if (this.isStale(startedAtMs)) return false;",
    to: "",
  },
  {
    law: "a closed breaker gives the weight back gradually",
    from: "share >= 1 ? 1 : Math.max(rampFloorShare, share)",
    to: "1",
  },
  {
    law: "one trial at a time",
    from: 'if (this.state === "closed" || nowMs < this.#trialUntilMs) return false;',
    to: 'if (this.state === "closed") return false;',
  },
  {
    law: "while the object coordinates, an isolate waits for its lease",
    from: " && nowMs >= this.#coordinatedUntilMs",
    to: "",
  },
  {
    law: "in a panic a route is passable until ten failures in a row",
    from: "if (this.#consecutive < this.#tuning.panicConsecutiveFailures) return true;",
    to: "",
  },
  {
    law: "after ten failures one forced attempt at a time",
    from: "return nowMs >= this.#trialUntilMs && nowMs >= this.#forcedAtMs;",
    to: "return nowMs >= this.#forcedAtMs;",
  },
  {
    law: "after ten failures forced attempts keep their intervals",
    from: "return nowMs >= this.#trialUntilMs && nowMs >= this.#forcedAtMs;",
    to: "return nowMs >= this.#trialUntilMs;",
  },
  {
    law: "late failures are not counted when the route has answered since",
    from: 'if ((permit === "normal" || outlivedLease) && startedAtMs <= this.#lastSuccessMs) return;',
    to: "",
  },
  {
    law: "a trial that outlived its lease does not open the breaker again",
    from: ' || (permit === "trial" && outlivedLease)',
    to: "",
  },
  {
    law: "failures of normal attempts lengthen no interval",
    from: 'if (permit === "normal" || (permit === "trial" && outlivedLease)) return;',
    to: 'if (permit === "trial" && outlivedLease) return;',
  },
  {
    law: "three trials that are answered close a breaker",
    from: "this.#successes >= this.#tuning.breakerClosingSuccesses",
    to: "this.#successes > this.#tuning.breakerClosingSuccesses",
  },
  {
    law: "a failed trial opens the breaker again",
    from: 'if (permit === "trial") return this.#open(',
    to: 'if (permit === "trial" && nowMs < 0) return this.#open(',
  },
  {
    law: "a breaker that others closed closes here only if no own failure is later",
    from: " && closedAtMs > this.#lastFailureMs",
    to: "",
  },
  { law: "the stricter back-off counts", from: "Math.max(this.#openUntilMs, openUntilMs)", to: "openUntilMs" },
  { law: "a back-off doubles", from: "baseMs * 2 ** Math.min(exponent, 30)", to: "baseMs" },
  { law: "a back-off has a limit", from: ", maxMs);\n}", to: ", Number.MAX_VALUE);\n}" },
  { law: "back-offs of isolates differ", from: "ms * (1 + share * (2 * random() - 1))", to: "ms" },
  { law: "a breaker closed for a minute forgets its openings", from: "if (isForgotten) this.#openings = 0;", to: "" },
  {
    law: "half of the attempts in the window open the breaker for all",
    from: "counts.failed >= breakerWindowFailureShare * attempts",
    to: "counts.failed > breakerWindowFailureShare * attempts",
  },
  {
    law: "twenty attempts are enough for the window",
    from: "attempts >= breakerWindowMinAttempts",
    to: "attempts > breakerWindowMinAttempts",
  },
  {
    law: "a late batch counts when it happened",
    from: "Math.floor((nowMs - ageMs) / SLICE_MS)",
    to: "Math.floor(nowMs / SLICE_MS)",
  },
  {
    law: "one isolate at a time has the lease",
    from: "if (lease !== undefined && lease.isolate !== isolate) return { state, why };",
    to: "",
  },
  {
    law: "a lease lapses",
    from: "if (lease !== undefined && nowMs >= lease.untilMs) this.#now = { ...this.#now, lease: undefined };",
    to: "",
  },
  {
    law: "an early answer makes the breaker half-open",
    from: '} else if (this.#now.state === "open") {',
    to: "} else if (nowMs < 0) {",
  },
  {
    law: "while the breaker is open a failure tells nothing new",
    from: 'if (this.#now.state === "half-open") this.#open(',
    to: "this.#open(",
  },
  {
    law: "answers of attempts that were no trials close nothing",
    from: "if (delta.trialsAnswered === 0) return;",
    to: "",
  },
  {
    law: "the object forgets the openings of a breaker closed for a minute",
    from: "nowMs - closedAtMs > breakerForgetMs ? 0 : openings",
    to: "nowMs - closedAtMs > breakerForgetMs ? openings : openings",
  },
  {
    law: "the object counts a sequence number once",
    from: "report.sequence > known.sequence",
    to: "report.sequence >= known.sequence",
  },
  {
    law: "an isolate is told the requests in flight of the others",
    from: "isolate !== except",
    to: "isolate !== undefined",
  },
  {
    law: "the longer cooling is kept",
    from: "if (old !== undefined && old.untilMs >= nowMs + forMs) continue;",
    to: "",
  },
  {
    law: "the object slows many isolates down",
    from: "Math.max(exchangePaceMs, (1000 * this.#live(nowMs, plannedMs).length) / exchangesPerSecond)",
    to: "exchangePaceMs",
  },
  {
    law: "a 401 cools a credential everywhere",
    from: 'scope: "credential", ms: tuning.credentialRefusedMs',
    to: 'scope: "candidate", ms: tuning.credentialRefusedMs',
  },
  {
    law: "a 402 cools a credential everywhere",
    from: 'scope: "credential", ms: tuning.outOfFundsMs',
    to: 'scope: "candidate", ms: tuning.outOfFundsMs',
  },
  {
    law: "a 403 cools a credential on one route",
    from: 'scope: "candidate", ms: tuning.forbiddenMs',
    to: 'scope: "credential", ms: tuning.forbiddenMs',
  },
  {
    law: "a 429 cools a credential on one route",
    from: 'scope: "candidate", ms: tuning.rateLimitedMs',
    to: 'scope: "credential", ms: tuning.rateLimitedMs',
  },
  { law: "a 529 counts as a 429", from: ' || (outcome === "error" && status === OVERLOADED_STATUS)', to: "" },
  {
    law: "Retry-After is obeyed within limits",
    from: "Math.min(Math.max(end.retryAfterMs, retryAfterMinMs), retryAfterMaxMs)",
    to: "end.retryAfterMs",
  },
  {
    law: "requests that were under way together are one strike",
    from: "startedAtMs < last.sinceMs ? last.strikes : last.strikes + 1",
    to: "last.strikes + 1",
  },
  { law: "a new secret in an old row is a new credential", from: "`${id}~${sealed.slice(-6)}`", to: "id" },
  { law: "a cooling does not grow by its echo", from: "(own.isOwn ? ECHO_MS : 0)", to: "0" },
  {
    law: "an answer to an older request ends no cooling",
    from: "startedAtMs >= entry.untilMs",
    to: "startedAtMs >= 0",
  },
  {
    law: "strikes are remembered for an hour",
    from: "entry.untilMs + this.#tuning.credentialRefusedMaxMs < nowMs",
    to: "entry.untilMs < nowMs",
  },
  {
    law: "each trial is reported to the object at once",
    from: 'after !== before || permit === "trial"',
    to: "after !== before",
  },
  { law: "urgent exchanges keep their distance", from: " && !isNear", to: "" },
  { law: "an object that is down is not called more often", from: " && !line.isDown", to: "" },
  {
    law: "a request waits 250 ms at most for a new object",
    from: "await Promise.race([Promise.all(firsts), sleep(local.tuning.firstUseMs)])",
    to: "await Promise.all(firsts)",
  },
  { law: "the object's pace is kept", from: "Math.max(exchangePaceMs, standing.paceMs)", to: "exchangePaceMs" },
  {
    law: "an exchange that never ends is given up",
    from: "busyUntilMs: startedAtMs + exchangeTimeoutMs",
    to: "busyUntilMs: Number.MAX_VALUE",
  },
  {
    law: "a standing is ignored after a minute",
    from: "nowMs - this.#fleet.atMs < this.#tuning.standingStaleMs",
    to: "nowMs > 0",
  },
  {
    law: "a batch that was not acknowledged is sent again",
    from: "unacknowledged ?? this.#closeBatch(upstreamId, nowMs)",
    to: "this.#closeBatch(upstreamId, nowMs)",
  },
  {
    law: "a trial that outlived its lease is reported as no trial",
    from: " && isInTime) delta.trialsFailed++",
    to: ") delta.trialsFailed++",
  },
  {
    law: "a route that works again starts without its errors",
    from: 'if (before !== "closed" && this.breaker.state === "closed") this.#errors.forget();',
    to: "",
  },
  {
    law: "streams that wait show a stall",
    from: "if (waits.size < this.#tuning.waitingRequests) return undefined;",
    to: "if (waits.size > 0) return undefined;",
  },
  {
    law: "whole answers that wait show a stall",
    from: "wholeMs === undefined || usualMs === undefined || wholeMs < usualMs ? undefined : wholeMs - usualMs",
    to: "undefined",
  },

  // Suspicions.
  {
    law: "a failure that a client's request may have caused is no evidence",
    from: 'coolingRule(end, tuning) !== undefined || end.outcome === "model_missing" ? "suspicion" : "in-a-row"',
    to: '"evidence"',
  },
  {
    law: "one probe at a time judges a candidate",
    from: "if (past !== undefined && nowMs < past.probingUntilMs) {",
    to: "if (past !== undefined && nowMs < 0) {",
  },
  {
    law: "after an answered probe the same failure is not believed at once",
    from: 'if (past !== undefined && nowMs < past.quietUntilMs) return "known";',
    to: "",
  },
  {
    law: "a suspected candidate rests",
    from: "if (nowMs < probingUntilMs) resting.add(candidate);",
    to: "",
  },
  {
    law: "two accounts that meet a limit confirm it",
    from: 'return outcome === "rate_limited" && past.account !== account ? "confirmed" : "known";',
    to: 'return "known";',
  },
  { law: "one account's failures count less and less", from: "return 2 ** -count;", to: "return 1;" },
  { law: "suspicions in a row open no breaker", from: "if (isSuspicion === true) return true;", to: "" },
  {
    law: "a probe that fails opens the breaker",
    from: "this.#watched(() => this.breaker.convict(nowMs, why));",
    to: "",
  },
  {
    law: "a probe that confirms a suspicion opens the breaker for all isolates",
    from: 'if (this.#now.state === "closed" && delta.probesFailed > 0) return this.#open(nowMs, "a probe failed");',
    to: "",
  },
  {
    law: "an answered probe ends coolings",
    from: "if (this.#coolings.clear(candidate)) this.#clearings.push(candidate);",
    to: "",
  },
  {
    law: "a clearing ends coolings in every isolate",
    from: "this.#coolings.clearBefore(upstreamId, clearing, nowMs - clearing.agoMs);",
    to: "",
  },
  {
    law: "an isolate that has not heard of a clearing does not undo it",
    from: "if (this.#clearings.some((clearing) => nowMs - agoMs < clearing.atMs && clears(clearing, note))) continue;",
    to: "",
  },
  { law: "a model without a closed route is down", from: 'if (out === routes) return "down";', to: "" },
  { law: "one minute without an answer is not down", from: "seen >= DOWN_MINUTES", to: "seen >= 1" },
  {
    law: "an outdated status document is not shown",
    from: "this.#now() - held.builtAtMs < OUTDATED_MS",
    to: "held.builtAtMs > 0",
    project: "worker",
  },
  {
    law: "one request tries a candidate when its cooling is over",
    from: "this.#coolings.begins(candidate, nowMs);",
    to: "",
    tests: "health/local-health",
  },
  {
    law: "a try that says nothing does not last",
    from: "untilMs: nowMs + this.#tuning.suspicionRestMs },",
    to: "untilMs: Number.POSITIVE_INFINITY },",
    tests: "health/local-health",
  },
  {
    law: "a try that failed otherwise lets the next request try",
    from: "this.#coolings.ended(candidate, startedAtMs);",
    to: "",
    tests: "health/local-health",
  },
  {
    law: "only the request that tries ends the try",
    from: "entry?.trial === undefined || startedAtMs < entry.trial.sinceMs",
    to: "entry?.trial === undefined",
    tests: "health/local-health",
  },
];
