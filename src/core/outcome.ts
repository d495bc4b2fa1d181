/** How an attempt ended. Every attempt has exactly one outcome. */
export type Outcome =
  | "answered"
  | "refused_request"
  | "unreachable"
  | "credential_refused"
  | "out_of_funds"
  | "forbidden"
  | "rate_limited"
  | "model_missing"
  | "error"
  | "garbage"
  | "timeout"
  /** It was late, and an upstream that was started after it answered first. */
  | "outpaced"
  | "abandoned";

/** The outcome of an attempt that brought no answer. */
export type Failure = Exclude<Outcome, "answered">;
