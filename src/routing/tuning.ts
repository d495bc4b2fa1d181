/** Every number of the choice among routes, with its unit in its name. `ROUTING_TUNING` replaces any of them. */

export const ROUTING_TUNING = {
  // The choice among candidates.
  /** A second draw takes the place of the first when its score is lower by more than this share of its own. */
  betterShare: 0.25,
  /** The same where the first is a session's own candidate, whose upstream has the session's prompt cache. */
  sessionBetterShare: 1,
  /** This share of the draws goes to routes that were not measured lately. */
  exploreShare: 0.02,
  /** The score predicts the duration of an answer of this length. */
  scoredAnswerTokens: 50,
  /** A route that holds its fair share of the requests in flight has its score multiplied by 1 + this. */
  loadShare: 0.25,
  /** Loads start as if this many requests in flight were fairly shared, so that the first few decide nothing. */
  loadPriorRequests: 10,
  /** A route whose attempts all fail has its score multiplied by 1 + this. */
  errorWeightFactor: 10,

  // Attempts of one request.
  /** Where all candidates cool, a request waits for the first to be free again, if that is not longer. */
  briefWaitMs: 2000,
  /** The most attempts of one request. */
  mostAttempts: 4,
  /** Further attempts of an isolate, as a share of its requests in the window; at least the floor. */
  retryBudgetShare: 0.2,
  retryBudgetWindowMs: 10_000,
  retryBudgetFloorPerSecond: 10,
} as const satisfies Record<string, number>;

export type RoutingTuning = Readonly<Record<keyof typeof ROUTING_TUNING, number>>;
