/** Every number that the choice among routes turns on, with its unit in its name. `ROUTING_TUNING` sets any of them. */

export const ROUTING_TUNING = {
  // The choice among candidates.
  /** A second draw takes the place of the first when its score is lower by more than this share of its own. */
  betterShare: 0.25,
  /** The same for a session's preferred candidate: it has the session's cache, so more is needed to leave it. */
  sessionBetterShare: 1,
  /** Length of the answer whose duration the score predicts. */
  scoredAnswerTokens: 50,
  /** How much a route's load lengthens its score: holding its fair share of all requests in flight = 1 + this. */
  loadShare: 0.25,
  /** Requests in flight that are taken to be fairly shared already, so that the first few decide nothing. */
  loadPriorRequests: 10,
  /** How much a share of errors lengthens a score: all failing = 1 + this. */
  errorWeightFactor: 10,
  /** Breakers are ignored when they would take away more than this share of the routes. */
  panicShare: 0.5,

  // Attempts of one request.
  extraAttempts: 2,
  extraAttemptsAfterTimeout: 1,
  retryBudgetShare: 0.2,
  retryBudgetWindowMs: 10_000,
  retryBudgetFloorPerSecond: 10,
} as const satisfies Record<string, number>;

export type RoutingTuning = Readonly<Record<keyof typeof ROUTING_TUNING, number>>;
