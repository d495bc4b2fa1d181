/** One seeded run: several isolates with the real router, simulated upstreams, and the real state of their objects. */
import { FleetHealth } from "../../health/fleet-health.ts";
import type { AttemptEnd } from "../../health/attempt-end.ts";
import type { HealthPort } from "../../health/report.ts";
import { HEALTH_TUNING } from "../../health/tuning.ts";
import type { Attempt } from "../../routing/attempt.ts";
import { race, type Call } from "../../routing/race.ts";
import { Router, type Tuning } from "../../routing/router.ts";
import { ROUTING_TUNING } from "../../routing/tuning.ts";
import { lognormal, seeded } from "./random.ts";
import { VirtualTime } from "./time.ts";
import { breaksAt, type Fate, fateOf, routeTo, type UpstreamScript } from "./upstream.ts";

export interface Scenario {
  readonly name: string;
  readonly upstreams: readonly UpstreamScript[];
  readonly seconds: number;
  readonly requestsPerSecond: number;
  readonly isolates?: number;
  readonly seed?: number;
  /** How the health objects answer: `down` = not at all, `slow` = after ten seconds. */
  readonly objects?: "well" | "down" | "slow";
  /** Each request belongs to one of this many sessions. */
  readonly sessions?: number;
  readonly tuning?: Partial<Tuning>;
  /** Requests are not streamed. */
  readonly json?: boolean;
  /** One customer sends this share of all requests, and every upstream ends each of them like this. */
  readonly hostile?: { readonly share: number; readonly end: AttemptEnd };
}

/** Who makes an attempt. */
interface Asker {
  readonly isolate: number;
  readonly session: number | undefined;
  /** What the text of the request makes of it, at any upstream. */
  readonly poison: Fate | undefined;
}

interface Answered {
  readonly attempt: Attempt;
}

/** One attempt, as the upstream saw it. */
export interface AttemptTrace {
  readonly isolate: number;
  readonly upstream: string;
  readonly credential: string;
  readonly permit: Attempt["permit"];
  readonly startS: number;
  endS: number;
  outcome: string;
  readonly session: number | undefined;
}

interface RequestTrace {
  readonly atS: number;
  readonly isHostile: boolean;
  readonly attempts: number;
  /** The fault the client saw before any byte; undefined = it was answered. */
  readonly fault: string | undefined;
  readonly retryAfterMs: number | undefined;
  /** Time until the first byte, or the fault. */
  readonly waitedMs: number;
}

/** What the isolates knew at one second. */
interface Sample {
  readonly atS: number;
  /** By upstream: the least ramp of all isolates; 0 while any breaker is not closed. */
  readonly weights: Readonly<Record<string, number>>;
}

export interface Run {
  readonly scenario: Scenario;
  readonly attempts: readonly AttemptTrace[];
  readonly requests: readonly RequestTrace[];
  readonly samples: readonly Sample[];
  readonly objectCalls: number;
  /** The seconds at which probes began. */
  readonly probes: readonly number[];
  /** Exchanges that began, as [isolate, upstream, second]. */
  readonly exchanges: readonly (readonly [isolate: number, upstream: string, atS: number])[];
}

const START_MS = Date.UTC(2030, 0, 1);
const FIRST_EVENT_MS = 30_000;
const PROBE_MS = 10_000;
const ACCOUNTS = 50;
/** Runs continue for this long after the last request, so that streams can end. */
const TAIL_S = 40;

export async function simulate(scenario: Scenario): Promise<Run> {
  const {
    upstreams,
    seconds,
    requestsPerSecond,
    isolates: count = 4,
    seed = 1,
    objects = "well",
    json = false,
  } = scenario;
  const random = seeded(seed);
  const time = new VirtualTime(START_MS);
  const secondsNow = () => (time.nowMs - START_MS) / 1000;
  const tuning = { ...ROUTING_TUNING, ...HEALTH_TUNING, ...scenario.tuning };
  const routes = upstreams.map(routeTo);
  const scripts = new Map(upstreams.map((script) => [script.id, script]));
  const states = new Map(upstreams.map(({ id }) => [id, new FleetHealth(tuning, random)]));
  const attempts: AttemptTrace[] = [];
  const requests: RequestTrace[] = [];
  const samples: Sample[] = [];
  const exchanges: [number, string, number][] = [];
  const probes: number[] = [];

  const port = (isolate: number, upstreamId: string): HealthPort => ({
    async exchange(report) {
      exchanges.push([isolate, upstreamId, secondsNow()]);
      const sent = structuredClone(report);
      await time.sleep(objects === "slow" ? 10_000 : lognormal(random, 25, 0.5));
      const state = states.get(upstreamId);
      if (objects === "down" || state === undefined) throw new Error("the object is down");
      const standing = structuredClone(state.exchange(sent, time.nowMs));
      await time.sleep(lognormal(random, 25, 0.5));
      return standing;
    },
  });
  const routers = Array.from(
    { length: count },
    (_, isolate) =>
      new Router({
        isolate: `isolate-${isolate}`,
        tuning,
        random,
        now: time.now,
        sleep: time.sleep,
        probes: {
          canProbe: () => true,
          probe: async ({ route: { upstream } }) => {
            const script = scripts.get(upstream.id);
            if (script === undefined) return "answered";
            probes.push(secondsNow());
            const fate = fateOf(script, secondsNow(), PROBE_MS, random);
            await time.sleep(fate.kind === "fails" ? fate.afterMs : fate.ttftMs);
            return fate.kind === "fails" ? fate.end : "answered";
          },
        },
        connect: (upstreamId) => port(isolate, upstreamId),
      }),
  );

  /** One request of an account over one route, or a probe. */
  const start = (attempt: Attempt, asker: Asker): Call<Answered> => {
    const { upstream } = attempt.planned.route;
    const script = scripts.get(upstream.id);
    if (script === undefined) throw new Error("a route leads nowhere");
    const startS = secondsNow();
    const trace: AttemptTrace = {
      isolate: asker.isolate,
      upstream: upstream.id,
      credential: attempt.planned.credential.id,
      permit: attempt.permit,
      startS,
      endS: startS,
      outcome: "under way",
      session: asker.session,
    };
    attempts.push(trace);
    const fate = asker.poison ?? fateOf(script, startS, FIRST_EVENT_MS, random);
    let isStopped = false;
    const end = (outcome: string) => {
      trace.endS = secondsNow();
      trace.outcome = outcome;
    };
    const answer = async (): Promise<Answered | undefined> => {
      await time.sleep(fate.kind === "fails" ? fate.afterMs : json ? fate.totalMs : fate.ttftMs);
      if (isStopped) return undefined;
      if (fate.kind === "fails") {
        end(fate.end.outcome);
        attempt.failed(fate.end);
        return undefined;
      }
      end("answered");
      attempt.answered();
      if (json) attempt.finished(fate.tokens);
      else void stream(attempt, trace, script, { ms: fate.totalMs - fate.ttftMs, tokens: fate.tokens });
      return { attempt };
    };
    return {
      answer: answer(),
      stop: (why) => {
        isStopped = true;
        const outcome = why === "late" ? "outpaced" : "abandoned";
        end(outcome);
        attempt.failed({ outcome });
      },
    };
  };

  const stream = async (
    attempt: Attempt,
    trace: AttemptTrace,
    script: UpstreamScript,
    { ms, tokens }: { ms: number; tokens: number },
  ) => {
    const fromS = secondsNow();
    const brokenS = breaksAt(script, fromS, fromS + ms / 1000);
    await time.sleep(brokenS === undefined ? ms : (brokenS - fromS) * 1000);
    if (brokenS === undefined) return attempt.finished(tokens);
    trace.outcome = "broke off";
    attempt.brokeOff({ outcome: "error" });
  };

  const request = async (): Promise<void> => {
    const isolate = Math.floor(random() * count);
    const session = scenario.sessions === undefined ? undefined : Math.floor(random() * scenario.sessions);
    const { hostile } = scenario;
    const isHostile = hostile !== undefined && random() < hostile.share;
    const poison: Fate | undefined = isHostile ? { kind: "fails", afterMs: 80, end: hostile.end } : undefined;
    const router = routers[isolate];
    if (router === undefined) return;
    const atS = secondsNow();
    const way = await router.start(
      {
        routes,
        serving: { wires: ["openai.chat"] },
        byAuto: false,
        stream: !json,
        account: isHostile ? "mallory" : `account ${Math.floor(random() * ACCOUNTS)}`,
        session: session === undefined ? undefined : `session ${session}`,
      },
      () => undefined,
    );
    const answered = await race(way, {
      start: (attempt) => start(attempt, { isolate, session, poison }),
      after: time.after,
    });
    const fault = answered === undefined ? way.fault() : undefined;
    requests.push({
      atS,
      isHostile,
      attempts: way.made,
      fault: fault?.kind,
      retryAfterMs: fault?.options.retryAfterMs,
      waitedMs: (secondsNow() - atS) * 1000,
    });
  };

  const arrive = (atMs: number) => {
    if (atMs >= START_MS + seconds * 1000) return;
    time.at(atMs, () => {
      void request();
      arrive(time.nowMs - (1000 * Math.log(1 - random())) / requestsPerSecond);
    });
  };
  const sample = () => {
    const weights = routes.map((route): [string, number] => [
      route.upstream.id,
      Math.min(
        ...routers.map(({ local }) => {
          const standing = local.standings([route]).routes.get(route.id);
          return standing === undefined || standing.breaker === "closed" ? (standing?.ramp ?? 1) : 0;
        }),
      ),
    ]);
    samples.push({ atS: secondsNow(), weights: Object.fromEntries(weights) });
    if (secondsNow() < seconds) time.at(time.nowMs + 1000, sample);
  };
  arrive(START_MS);
  time.at(START_MS, sample);
  await time.runUntil(START_MS + (seconds + TAIL_S) * 1000);
  const objectCalls = routers.reduce((sum, { exchanger }) => sum + exchanger.calls, 0);
  return { scenario, attempts, requests, samples, objectCalls, exchanges, probes };
}
