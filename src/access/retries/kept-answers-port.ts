/** The object that joins the retries of a key to their first requests, as the relay calls it. */

export interface Begin {
  /** Names the request among those of its key. */
  readonly name: string;
  /** Of everything that decides the answer. */
  readonly hash: string;
  readonly requestId: string;
  /** How long to wait for a first request that still runs. */
  readonly waitMs: number;
}

export type Begun =
  /** There is no other such request: this one is the first. */
  | { readonly kind: "first" }
  /** `sealed` is null where the answer was too long to be kept. */
  | { readonly kind: "over"; readonly requestId: string; readonly sealed: Uint8Array | null }
  | { readonly kind: "running"; readonly requestId: string }
  /** The name stands for a request with another body. */
  | { readonly kind: "other"; readonly requestId: string };

export interface KeptAnswersPort {
  begin(begin: Begin): Promise<Begun>;
  /** The first request still runs. */
  extend(name: string, requestId: string): Promise<void>;
  /** The first request is over. undefined = it has no answer that may be repeated: the next retry is a first request. */
  end(name: string, requestId: string, sealed: Uint8Array | null | undefined): Promise<void>;
}

/** How often {@link KeptAnswersPort.extend} is to be called. */
export const EXTEND_MS = 20_000;

/** How long an answer is kept for retries. */
export const KEPT_MS = 600_000;
