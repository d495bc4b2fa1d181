/** The failure traces that are printed by `npm run simulate` and asserted in the tests. */
import type { Scenario } from "./run.ts";
import type { Trouble } from "./upstream.ts";

const well = { seconds: 100, requestsPerSecond: 20 };
const long = { seconds: 300, requestsPerSecond: 20 };

const flapping: Trouble[] = Array.from({ length: 8 }, (_, index) => ({
  kind: "refuses",
  fromS: 30 + 20 * index,
  toS: 40 + 20 * index,
}));

export const SCENARIOS = {
  equal: { name: "two equal upstreams", ...well, upstreams: [{ id: "a" }, { id: "b" }] },
  weighted: {
    name: "weights 9:1",
    ...well,
    upstreams: [
      { id: "a", weight: 90 },
      { id: "b", weight: 10 },
    ],
  },
  slow: { name: "one with 3x TTFT", ...well, upstreams: [{ id: "a", ttftMs: 1500 }, { id: "b" }] },
  slowForAWhile: {
    name: "one with 4x TTFT, 30-150 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "slows", factor: 4, fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  outage: {
    name: "one of two refuses, 30-150 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  hang: {
    name: "one of two hangs, 30-150 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  brownOut: {
    name: "one of two fails 60 %, 30-150 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "errs", share: 0.6, fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  majority: {
    name: "two of three refuse, 30-150 s",
    ...long,
    upstreams: [
      { id: "a", trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] },
      { id: "b", trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] },
      { id: "c" },
    ],
  },
  storm: {
    name: "429 with Retry-After 20 s, 30-90 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "limits", retryAfterS: 20, fromS: 30, toS: 90 }] }, { id: "b" }],
  },
  flapping: { name: "one of two flaps, 10 s each", ...long, upstreams: [{ id: "a", trouble: flapping }, { id: "b" }] },
  backup: {
    name: "a backup of lower priority, 30-150 s",
    ...long,
    upstreams: [{ id: "a", priority: 1, trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  dead: {
    name: "all of three refuse, 30-150 s",
    ...long,
    upstreams: ["a", "b", "c"].map((id) => ({ id, trouble: [{ kind: "refuses" as const, fromS: 30, toS: 150 }] })),
  },
  stalled: {
    name: "all of three hang, 30-150 s",
    ...long,
    upstreams: ["a", "b", "c"].map((id) => ({ id, trouble: [{ kind: "hangs" as const, fromS: 30, toS: 150 }] })),
  },
  only: {
    name: "the only one refuses, 30-150 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] }],
  },
  shaky: {
    name: "the only one fails 30 %, 30-150 s",
    ...long,
    upstreams: [{ id: "a", trouble: [{ kind: "errs", share: 0.3, fromS: 30, toS: 150 }] }],
  },
  noObjects: {
    name: "outage, health objects down",
    ...long,
    objects: "down",
    upstreams: [{ id: "a", trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  slowObjects: {
    name: "outage, health objects slow",
    ...long,
    objects: "slow",
    upstreams: [{ id: "a", trouble: [{ kind: "refuses", fromS: 30, toS: 150 }] }, { id: "b" }],
  },
  hangingFleet: {
    name: "two of three hang, 30-150 s",
    ...long,
    upstreams: [
      { id: "a", trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] },
      { id: "b", trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] },
      { id: "c" },
    ],
  },
  hangingBackup: {
    name: "two primaries hang, one backup, 30-150 s",
    ...long,
    upstreams: [
      { id: "a", priority: 1, trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] },
      { id: "b", priority: 1, trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] },
      { id: "c" },
    ],
  },
  hangingJson: {
    name: "two of three hang without streams, 30-150 s",
    ...long,
    json: true,
    upstreams: [
      { id: "a", trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] },
      { id: "b", trouble: [{ kind: "hangs", fromS: 30, toS: 150 }] },
      { id: "c" },
    ],
  },
  slowJson: {
    name: "one 3x slower without streams",
    ...long,
    json: true,
    upstreams: [{ id: "a", ttftMs: 1500, tokensPerSecond: 27 }, { id: "b" }],
  },
  hostileMoney: {
    name: "one customer's requests end in 402",
    ...long,
    hostile: { share: 0.3, end: { outcome: "out_of_funds", status: 402 } },
    upstreams: [{ id: "a", credentials: 2 }, { id: "b" }],
  },
  hostileErrors: {
    name: "one customer's requests end in 500",
    ...long,
    hostile: { share: 0.3, end: { outcome: "error", status: 500 } },
    upstreams: [{ id: "a" }, { id: "b" }],
  },
  hostileLimits: {
    name: "one customer's requests end in 429",
    ...long,
    hostile: { share: 0.3, end: { outcome: "rate_limited", status: 429, retryAfterMs: 60_000 } },
    upstreams: [{ id: "a" }, { id: "b" }],
  },
  sessions: { name: "40 sessions on three", ...well, sessions: 40, upstreams: [{ id: "a" }, { id: "b" }, { id: "c" }] },
} as const satisfies Record<string, Scenario>;
