/** Every number of health, with its unit in its name. The variable `ROUTING_TUNING` replaces any of them. */

export const HEALTH_TUNING = {
  // Latency and errors, as an isolate and the object remember them.
  /** Time constant: how fast newer measurements replace a latency. */
  latencyDecayMs: 10_000,
  /** Time constant: how fast a latency that is no longer measured moves to the median of the other routes. */
  latencyForgetMs: 30_000,
  /** A latency above the mean lifts the mean at once by this share of the difference. */
  latencyPeakShare: 0.3,
  /** When this many calls wait, their median wait counts as a measured latency. */
  waitingRequests: 3,
  /** Speed of a route that never streamed; turns the total time of a JSON answer into a latency. */
  assumedTokensPerSecond: 50,
  /** Time constant: how fast attempts leave the error rate. */
  errorDecayMs: 15_000,
  /** The error rate starts as if this many attempts had been answered, so that one failure weighs little. */
  errorPriorAttempts: 20,

  // The breaker of a route.
  /** Failures in a row, seen by one isolate, that open its breaker. */
  breakerConsecutiveFailures: 3,
  /** The object opens the breaker for all isolates when this share of this many attempts in this window failed. */
  breakerWindowMs: 30_000,
  breakerWindowMinAttempts: 20,
  breakerWindowFailureShare: 0.5,
  /** First back-off; doubles with each opening in a row. */
  breakerOpenMs: 5_000,
  breakerOpenMaxMs: 30_000,
  breakerJitterShare: 0.2,
  /** After a breaker was closed for this long, its next back-off is the shortest again. */
  breakerForgetMs: 60_000,
  /** Trials in a row that must be answered to close the breaker. */
  breakerClosingSuccesses: 3,
  /** How long one trial keeps other requests out. */
  trialLeaseMs: 15_000,
  /** How long a closed breaker takes to give the route its full weight back, from `rampFloorShare` of it. */
  rampMs: 30_000,
  rampFloorShare: 0.05,
  /** Where every route is open, an open route is asked as if closed, until this many failures in a row; then only at intervals. */
  panicConsecutiveFailures: 10,
  /** First interval between forced attempts; doubles with each one that fails. */
  forcedMs: 1_000,
  forcedMaxMs: 10_000,

  // Hedged starts: the next upstream is started beside one that is late.
  /** An attempt is late when it takes longer than this share of the route's last attempts. */
  hedgeLateShare: 0.97,
  hedgeMaxAttempts: 64,
  /** With fewer samples, the longest counts, times this. */
  hedgeMinAttempts: 20,
  hedgeFewFactor: 2,
  /** With no samples, the mean of all isolates counts, times this. */
  hedgeMeanFactor: 3,
  /** Limits to the wait for a stream that shows no life. */
  hedgeMinMs: 1_000,
  hedgeMaxMs: 15_000,
  /** Where nothing is known: for a stream without life, for one that shows life, and for a whole answer. */
  hedgeUnknownMs: 10_000,
  hedgeUnknownAliveMs: 20_000,
  hedgeUnknownWholeMs: 30_000,

  // Suspicions: failures of clients' requests that a probe must judge.
  /** How long a suspected candidate is asked after all others, unless its probe ends earlier. */
  suspicionRestMs: 5_000,
  /** After a probe was answered, failures of the same kind are not believed for this long; doubles each time. */
  suspicionQuietMs: 5_000,
  suspicionQuietMaxMs: 60_000,

  // Cooling of credentials.
  /**
   * After a 401. The time doubles with each cooling in a row up to its `MaxMs`; so do the times below that have a
   * `MaxMs`.
   */
  credentialRefusedMs: 300_000,
  credentialRefusedMaxMs: 3_600_000,
  /** After a 403. */
  forbiddenMs: 300_000,
  forbiddenMaxMs: 3_600_000,
  /** After a 402. */
  outOfFundsMs: 600_000,
  /** After a 429 or 529 without `Retry-After`. */
  rateLimitedMs: 5_000,
  rateLimitedMaxMs: 60_000,
  /** Limits to the `Retry-After` that is obeyed. */
  retryAfterMinMs: 1_000,
  retryAfterMaxMs: 900_000,

  // The capacity of candidates, where the operator has set one.
  /** How long an isolate may use what the object granted it. */
  leaseMs: 15_000,
  /** After this time without a report, what an isolate has not used is free for others. */
  leaseForgetMs: 20_000,
  /** Calls under way of an isolate that is silent for this long no longer count. */
  runningForgetMs: 60_000,
  /** When all calls at once are taken, an isolate asks again after this time. */
  runningRetryMs: 1_000,

  // The exchange with the upstream's object.
  /** An isolate reports to the object of an upstream once in this time, behind the answer of a request. */
  exchangePaceMs: 5_000,
  /** Least distance between urgent exchanges, such as after a transition of a breaker. */
  urgentPaceMs: 250,
  /** Above this rate the object asks isolates for a slower pace. */
  exchangesPerSecond: 100,
  /** An object that does not answer within this time is left alone until the next exchange is due. */
  exchangeTimeoutMs: 3_000,
  /** How long a request waits for the object of an upstream that is new to its isolate. */
  firstUseMs: 250,
  /** An isolate reports the routes that it planned within this time. */
  plannedMs: 60_000,
  /** A standing older than this is ignored. */
  standingStaleMs: 60_000,
  /** The object forgets the requests in flight of an isolate that is silent for this long. */
  isolateForgetMs: 15_000,
  /** The object forgets the sequence number of an isolate that is silent for this long. */
  sequenceForgetMs: 600_000,
  /** The object stores its state at once after a transition, else after this time. */
  storeMs: 10_000,
  /** How long the object keeps its minutes, and a route that nobody plans. */
  historyMs: 90_000_000,
} as const satisfies Record<string, number>;

export type HealthTuning = Readonly<Record<keyof typeof HEALTH_TUNING, number>>;
