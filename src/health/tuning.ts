/** Every number that health turns on, with its unit in its name. `ROUTING_TUNING` sets any of them. */

export const HEALTH_TUNING = {
  // What an isolate, or the object, remembers of latency and errors.
  /** How fast a measured latency is replaced by newer ones. */
  latencyDecayMs: 10_000,
  /** How fast a latency nobody measures any more is forgotten, towards the median of the others. */
  latencyForgetMs: 30_000,
  /** How far a latency above the mean lifts it at once. */
  latencyPeakShare: 0.3,
  /** So many streams that wait for their first event together show how slow it has become. */
  waitingStreams: 3,
  /** For answers without a stream, until the route's own speed is known. */
  assumedTokensPerSecond: 50,
  errorDecayMs: 15_000,
  /** Attempts that are taken to have gone well before the first was made, so that one failure is not much. */
  errorPriorAttempts: 20,

  // The breaker of a route.
  breakerConsecutiveFailures: 3,
  breakerWindowMs: 30_000,
  breakerWindowMinAttempts: 20,
  breakerWindowFailureShare: 0.5,
  /** Doubles with each opening in a row. */
  breakerOpenMs: 5_000,
  breakerOpenMaxMs: 30_000,
  breakerJitterShare: 0.2,
  /** The back-off of a breaker that was closed for so long begins with its shortest time again. */
  breakerForgetMs: 60_000,
  breakerClosingSuccesses: 3,
  /** A trial that is not heard of for so long no longer keeps others out. */
  trialLeaseMs: 15_000,
  rampMs: 30_000,
  /** Weight at the beginning of the ramp. */
  rampFloorShare: 0.05,
  /** In a panic open routes are asked as if closed until so many failures in a row, then at intervals. */
  panicConsecutiveFailures: 10,
  /** The first such interval; doubles with each forced attempt that fails. */
  forcedMs: 1_000,
  forcedMaxMs: 10_000,

  // Cooling of credentials.
  credentialRefusedMs: 300_000,
  credentialRefusedMaxMs: 3_600_000,
  forbiddenMs: 300_000,
  forbiddenMaxMs: 3_600_000,
  outOfFundsMs: 600_000,
  rateLimitedMs: 5_000,
  rateLimitedMaxMs: 60_000,
  retryAfterMinMs: 1_000,
  retryAfterMaxMs: 900_000,

  // The exchange with the upstream's object.
  /** A standing is fresh for so long; then the next request fetches a new one behind its answer. */
  exchangePaceMs: 5_000,
  /** Exchanges that cannot wait, as after a transition of a breaker, keep this distance. */
  urgentPaceMs: 250,
  /** Beyond this rate the object asks isolates for a slower pace. */
  exchangesPerSecond: 100,
  exchangeTimeoutMs: 3_000,
  /** How long a request waits for the first standing of an upstream its isolate has not met. */
  firstUseMs: 250,
  /** Routes that were planned within this time are exchanged. */
  plannedMs: 60_000,
  /** An older standing is not used. */
  standingStaleMs: 60_000,
  /** The requests in flight of an isolate not heard of for so long are forgotten. */
  isolateForgetMs: 15_000,
  /** Its sequence is remembered for longer. */
  sequenceForgetMs: 600_000,
  storeMs: 10_000,
  historyMs: 90_000_000,
} as const satisfies Record<string, number>;

export type HealthTuning = Readonly<Record<keyof typeof HEALTH_TUNING, number>>;
