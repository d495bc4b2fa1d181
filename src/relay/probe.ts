/** Sends one small, real request over one route, at the operator's cost. */
import { log } from "../core/log.ts";
import { within } from "../core/within.ts";
import { tokensOf, usageProblem, type Usage } from "../core/units.ts";
import { FINAL_OUTCOMES, type ProbeEnd } from "../health/attempt-end.ts";
import { coolingRule } from "../health/cooling.ts";
import { credentialKey } from "../health/identity.ts";
import { type HealthPort, probeReport } from "../health/report.ts";
import type { Candidate, Route } from "../routing/route.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Outcome } from "../core/outcome.ts";
import { callUpstream } from "./call-upstream.ts";
import { DeadlineWatch } from "./deadline-watch.ts";
import { operatorCost } from "./operator-cost.ts";
import type { CallServices, RelayServices } from "./relay-services.ts";

export interface ProbeServices {
  readonly relay: RelayServices;
  readonly health: (upstreamId: string) => HealthPort;
}

export interface ProbeResult {
  readonly outcome: Outcome;
  /** The upstream's HTTP status, when it gave one. */
  readonly status: number | undefined;
  readonly ms: number;
  /** As reported by the upstream; undefined where the report is missing or impossible. */
  readonly tokens: { readonly input: number; readonly output: number } | undefined;
  /** What it cost the operator in nanos; undefined = not known. */
  readonly costNanos: number | undefined;
  /** The wait that the upstream asked for. */
  readonly retryAfterMs?: number | undefined;
  /** Why it failed, with the upstream's own words, sanitised. For the operator only. */
  readonly error: string | undefined;
}

export interface ProbeOptions {
  /** The longest wait for the answer; the model's own deadline counts too. */
  readonly deadlineMs: number;
  /** Keeps work alive (`waitUntil`). */
  readonly defer: (work: Promise<unknown>) => void;
}

/** Enough for an answer, and cheap. */
const OUTPUT_TOKENS = 16;
const REPORT_MS = 3_000;

/**
 * Calls the candidate, reports the outcome to the upstream's health object, and writes one log line with the cost.
 * Never throws.
 */
export async function probe(
  { relay, health }: ProbeServices,
  candidate: Candidate,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const { route } = candidate;
  const result = await probeQuietly(relay, candidate, options);
  const isAnswer = result.outcome === "answered";
  if (isAnswer || blamesRoute(result, relay)) {
    const report = probeReport(
      { route: route.id, credential: credentialKey(candidate.credential) },
      isAnswer,
      relay.now(),
    );
    // If the report is lost, the object learns of the failure from later reports.
    await within(REPORT_MS, health(route.upstream.id).exchange(report)).catch(() => undefined);
  }
  return result;
}

/** Whether {@link probe} can test a route: its wire has a cheap request. */
export function canProbe({ wires }: CallServices, route: Route): boolean {
  return wires[route.wire]?.probe !== undefined;
}

/** Calls the candidate and writes one log line with the cost. Reports to nobody. Never throws. */
export async function probeQuietly(
  relay: CallServices,
  candidate: Candidate,
  options: ProbeOptions,
): Promise<ProbeResult> {
  const startedAtMs = relay.now();
  const whole = await tryOnce(relay, candidate, { ...options, streams: false });
  const tried = ONLY_STREAMS.has(whole.status ?? 0) ? await tryStreamed(relay, candidate, options, whole) : whole;
  const costNanos = await costOf(relay, candidate, tried.usage, options.defer);
  const { usage, ...told } = tried;
  const result = { ...told, ms: relay.now() - startedAtMs, tokens: tokens(usage), costNanos };
  log("info", "probe", {
    route: candidate.route.id,
    outcome: result.outcome,
    ms: result.ms,
    tokens: result.tokens ?? null,
    cost_nanos: costNanos ?? null,
  });
  return result;
}

/** The end of a probe, for what is known of health. */
export function probeEnd({ outcome, status, retryAfterMs, error }: ProbeResult): ProbeEnd {
  return outcome === "answered" ? outcome : { outcome, status, retryAfterMs, reason: error };
}

type Tried = Pick<ProbeResult, "outcome" | "status" | "retryAfterMs" | "error"> & { readonly usage: Usage | undefined };

/** What upstreams say to a request without a stream that serve streams alone. */
const ONLY_STREAMS: ReadonlySet<number> = new Set([400, 404, 405, 406, 422, 501]);

/** Tries again with a stream. Where that fails too, the first end is told. */
async function tryStreamed(
  relay: CallServices,
  candidate: Candidate,
  options: ProbeOptions,
  whole: Tried,
): Promise<Tried> {
  const streamed = await tryOnce(relay, candidate, { ...options, streams: true });
  return streamed.outcome === "answered" ? streamed : whole;
}

async function tryOnce(
  relay: CallServices,
  candidate: Candidate,
  { deadlineMs, streams }: Pick<ProbeOptions, "deadlineMs"> & { readonly streams: boolean },
): Promise<Tried> {
  const { route } = candidate;
  const wire = relay.wires[route.wire];
  if (wire?.probe === undefined) {
    return { outcome: "error", status: undefined, error: `nothing probes the wire ${route.wire}`, usage: undefined };
  }
  const deadlines = { ...relay.settings, ...route.model.deadlines };
  const atMost = (ms: number) => Math.min(ms, deadlineMs);
  try {
    const answer = await callUpstream(relay, candidate, {
      asked: wire.read(wire.probe, { params: {}, headers: new Headers() }),
      streams,
      deadlines: {
        ...deadlines,
        answerMs: atMost(deadlines.answerMs),
        firstEventMs: atMost(deadlines.firstEventMs),
        firstOutputMs: atMost(deadlines.firstOutputMs),
      },
      watch: new DeadlineWatch({
        ended: new AbortController().signal,
        endAtMs: relay.now() + deadlines.totalMs,
        now: relay.now,
      }),
      outputCap: OUTPUT_TOKENS,
      fees: new Set(),
      account: undefined,
    });
    answer.watch.stop();
    const usage = answer.whole?.usage;
    const isPossible = usage !== undefined && usageProblem(usage) === undefined;
    return { outcome: "answered", status: answer.status, error: undefined, usage: isPossible ? usage : undefined };
  } catch (error) {
    const { outcome, status, fault, words } = asAttemptFailure(error);
    const why = fault.options.reason ?? fault.text("en");
    const { retryAfterMs } = fault.options;
    return { outcome, status, retryAfterMs, error: words === undefined ? why : `${why}: ${words}`, usage: undefined };
  }
}

/** Whether the failure counts against the route. As in clients' requests, a refused credential or request does not. */
function blamesRoute({ outcome, status }: ProbeResult, { router }: RelayServices): boolean {
  return (
    outcome !== "answered" &&
    !FINAL_OUTCOMES.has(outcome) &&
    coolingRule({ outcome, status }, router.local.tuning) === undefined
  );
}

async function costOf(
  { prices }: CallServices,
  { route }: Candidate,
  usage: Usage | undefined,
  defer: ProbeOptions["defer"],
): Promise<number | undefined> {
  const priceOf = await prices.current(defer).catch(() => undefined);
  return usage === undefined ? undefined : operatorCost(route, priceOf?.(route.model.id), () => usage);
}

function tokens(usage: Usage | undefined): ProbeResult["tokens"] {
  return usage === undefined ? undefined : { input: tokensOf(usage, "prompt"), output: tokensOf(usage, "output") };
}
