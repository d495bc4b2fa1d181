/** Every number that routing and health turn on, in one table, with its unit in its name. */

export const TUNING = {
  // The choice among candidates.
  /** A second draw takes the place of the first when its score is lower by more than this share of its own. */
  betterShare: 0.25,
  /** The same for a session's preferred candidate: it has the session's cache, so more is needed to leave it. */
  sessionBetterShare: 1,
  /** Length of the answer whose duration the score estimates. */
  scoredAnswerTokens: 50,
  /** How much a route's load lengthens its score: holding its fair share of all requests in flight = 1 + this. */
  loadShare: 0.25,
  /** Requests in flight that are taken to be fairly shared already, so that the first few decide nothing. */
  loadPriorRequests: 10,
  /** How much a share of errors lengthens a score: all failing = 1 + this. */
  errorWeightFactor: 10,
  /** Breakers are ignored when they would take away more than this share of the routes. */
  panicShare: 0.5,

  // What an isolate, or the object, remembers of latency and errors.
  /** How fast a measured latency is replaced by newer ones. */
  latencyDecayMs: 10_000,
  /** How fast a latency nobody measures any more is forgotten, towards the median of the others. */
  latencyForgetMs: 30_000,
  /** How far a latency above the estimate lifts it at once. */
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
  /** A breaker closed for so long begins its back-off anew. */
  breakerForgetMs: 60_000,
  breakerClosingSuccesses: 3,
  probeLeaseMs: 15_000,
  rampMs: 30_000,
  /** Weight at the beginning of the ramp. */
  rampFloorShare: 0.05,
  /** In a panic open routes are tried as if closed until so many failures in a row, then at intervals. */
  panicConsecutiveFailures: 10,
  /** The first such interval; doubles with each try that fails. */
  trialMs: 1_000,
  trialMaxMs: 10_000,

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

  // Attempts of one request.
  extraAttempts: 2,
  extraAttemptsAfterTimeout: 1,
  retryBudgetShare: 0.2,
  retryBudgetWindowMs: 10_000,
  retryBudgetFloorPerSecond: 10,

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

export type Tuning = Readonly<Record<keyof typeof TUNING, number>>;

/**
 * The table with the values a deployment sets in `ROUTING_TUNING`, a JSON object of names above and numbers.
 * @returns the names that are unknown or no positive number, if there are any
 */
export function readTuning(text: unknown): { tuning: Tuning } | { problems: string[] } {
  if (text === undefined || text === "") return { tuning: TUNING };
  const overrides = parsed(text);
  if (typeof overrides !== "object" || overrides === null || Array.isArray(overrides)) return { problems: ["JSON"] };
  const problems = Object.entries(overrides)
    .filter(([name, value]) => !Object.hasOwn(TUNING, name) || !(typeof value === "number" && value > 0))
    .map(([name]) => name);
  return problems.length > 0 ? { problems } : { tuning: { ...TUNING, ...overrides } };
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}
