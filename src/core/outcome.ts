/** How an attempt went; one of them ends every attempt. */
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
  | "abandoned";

/** How an attempt went that brought no answer. */
export type Failure = Exclude<Outcome, "answered">;
