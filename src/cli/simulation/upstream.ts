/** A simulated upstream: its speed, and what goes wrong when. */
import type { AttemptEnd } from "../../health/attempt-end.ts";
import { type Capacity, UNLIMITED } from "../../health/identity.ts";
import type { Route } from "../../routing/route.ts";
import { lognormal } from "./random.ts";

/** Something goes wrong for a time; seconds since the start of the run. */
export type Trouble = { readonly fromS: number; readonly toS: number } & (
  | { readonly kind: "refuses" }
  | { readonly kind: "hangs" }
  /** A share of the requests fails, with status 500. */
  | { readonly kind: "errs"; readonly share: number }
  /** The first event takes `factor` times as long. */
  | { readonly kind: "slows"; readonly factor: number }
  | { readonly kind: "limits"; readonly retryAfterS?: number }
);

export interface UpstreamScript {
  readonly id: string;
  readonly weight?: number;
  readonly priority?: number;
  readonly credentials?: number;
  readonly ttftMs?: number;
  readonly tokensPerSecond?: number;
  readonly trouble?: readonly Trouble[];
  /** What the operator has set for each credential. */
  readonly capacity?: Partial<Capacity>;
}

/** What an upstream does with one request. */
export type Fate =
  | { readonly kind: "stream"; readonly ttftMs: number; readonly totalMs: number; readonly tokens: number }
  | { readonly kind: "fails"; readonly afterMs: number; readonly end: AttemptEnd };

const TTFT_SIGMA = 0.35;

export function fateOf(script: UpstreamScript, atS: number, firstEventMs: number, random: () => number): Fate {
  const trouble = troubleOf(script, atS);
  switch (trouble?.kind) {
    case "refuses":
      return { kind: "fails", afterMs: 5, end: { outcome: "unreachable" } };
    case "hangs":
      return { kind: "fails", afterMs: firstEventMs, end: { outcome: "timeout" } };
    case "limits": {
      const retryAfterMs = trouble.retryAfterS === undefined ? undefined : trouble.retryAfterS * 1000;
      return { kind: "fails", afterMs: 40, end: { outcome: "rate_limited", status: 429, retryAfterMs } };
    }
    case "errs":
      if (random() < trouble.share) return { kind: "fails", afterMs: 80, end: { outcome: "error", status: 500 } };
      break;
    case "slows":
    case undefined:
      break;
  }
  const slowness = trouble?.kind === "slows" ? trouble.factor : 1;
  const ttftMs = slowness * lognormal(random, script.ttftMs ?? 500, TTFT_SIGMA);
  const tokens = Math.ceil(20 + random() * 280);
  const totalMs = ttftMs + (1000 * tokens) / lognormal(random, script.tokensPerSecond ?? 80, 0.15);
  if (ttftMs > firstEventMs) return { kind: "fails", afterMs: firstEventMs, end: { outcome: "timeout" } };
  return { kind: "stream", ttftMs, totalMs, tokens };
}

/** When a stream that is under way from `fromS` to `toS` breaks; undefined = it does not. */
export function breaksAt(script: UpstreamScript, fromS: number, toS: number): number | undefined {
  return script.trouble?.find((one) => one.kind === "refuses" && one.fromS > fromS && one.fromS < toS)?.fromS;
}

function troubleOf({ trouble = [] }: UpstreamScript, atS: number): Trouble | undefined {
  return trouble.find(({ fromS, toS }) => atS >= fromS && atS < toS);
}

export function routeTo({ id, weight = 100, priority = 0, credentials = 1, capacity }: UpstreamScript): Route {
  return {
    id: `route-${id}`,
    upstreamModel: "model",
    wire: "openai.chat",
    weight,
    priority,
    refusesStreamOptions: false,
    outputCapField: "max_tokens",
    maxInputs: null,
    costs: null,
    ...UNLIMITED,
    ...capacity,
    upstream: {
      id,
      name: id,
      kind: "bearer",
      baseUrl: "https://upstream.test/v1",
      groups: null,
      fields: new Set(),
      abandon: "cancel",
      label: null,
      credentials: Array.from({ length: credentials }, (_, index) => ({
        id: `${id}-key-${index}`,
        sealed: "sealed",
        ...UNLIMITED,
      })),
    },
    model: {
      id: "model",
      operation: "chat",
      capabilities: new Set(),
      contextLength: null,
      maxOutput: null,
      usualOutput: null,
      imageTokens: null,
      audioTokens: null,
      fileTokens: null,
      maxTokensPerSecond: null,
      tier: 0,
      autoWeight: 100,
      ownedBy: "test",
      createdAtMs: 0,
      deadlines: {},
    },
  };
}
