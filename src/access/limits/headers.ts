/** The headers that tell a client about its key's limit. */
import { WINDOW_MS, type Verdict } from "./types.ts";

const LIMIT = "x-ratelimit-limit-requests";
const REMAINING = "x-ratelimit-remaining-requests";
const RESET = "x-ratelimit-reset-requests";

export const LIMIT_HEADERS = [LIMIT, REMAINING, RESET] as const;

/** Unknown values are left out. @see https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers */
export function limitHeaders({ limit, remaining, resetAtMs }: Verdict, nowMs: number): Record<string, string> {
  return {
    [LIMIT]: String(limit),
    ...(remaining === undefined ? {} : { [REMAINING]: String(remaining) }),
    ...(resetAtMs === undefined ? {} : { [RESET]: `${Math.max(0, Math.ceil((resetAtMs - nowMs) / 1000))}s` }),
  };
}

/** How long a refused client should wait: from 1 ms to a minute, which is the length of the window. */
export function retryAfterMs(refusals: readonly Verdict[], nowMs: number): number {
  const waits = refusals.map(({ resetAtMs }) => (resetAtMs ?? Number.POSITIVE_INFINITY) - nowMs);
  return Math.min(WINDOW_MS, Math.max(1, ...waits));
}
