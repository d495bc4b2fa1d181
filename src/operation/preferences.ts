/** What a client may prefer among the upstreams of a model. */
export const SORTS = ["price", "throughput", "latency"] as const;

/** Labels are in lower case; prices in units of the site's currency for a million tokens. undefined = no wish. */
export interface Preferences {
  /** These first, in this order. */
  readonly order: readonly string[] | undefined;
  readonly only: readonly string[] | undefined;
  readonly ignore: readonly string[] | undefined;
  /** Upstreams that `order` does not name may serve, too. */
  readonly hasFallbacks: boolean;
  readonly sort: (typeof SORTS)[number] | undefined;
  readonly maxPromptPrice: number | undefined;
  readonly maxOutputPrice: number | undefined;
}
