/** Routing as the pipeline sees it: routes go in, the attempts of one request come out. */
import { type Defer, Exchanger, type ExchangerOptions } from "../health/exchanger.ts";
import { LocalHealth, type LocalOptions } from "../health/local-health.ts";
import type { HealthTuning } from "../health/tuning.ts";
import type { AttemptEnd, ProbeEnd } from "../health/attempt-end.ts";
import { Attempt } from "./attempt.ts";
import { Attempts } from "./attempts.ts";
import type { Plan, PlanRequest } from "./plan-types.ts";
import { plan } from "./plan.ts";
import { RetryBudget } from "./retry-budget.ts";
import { type Candidate, candidatesOf, type Route } from "./route.ts";
import type { RoutingTuning } from "./tuning.ts";

/** All numbers that `ROUTING_TUNING` sets. */
export type Tuning = RoutingTuning & HealthTuning;

interface RouterOptions extends Omit<LocalOptions, "tuning">, Omit<ExchangerOptions, "local"> {
  readonly tuning: Tuning;
  /** Makes the gateway's own requests. */
  readonly probes?: Probes;
}

interface Probes {
  canProbe(route: Route): boolean;
  /** Never rejects. */
  probe(candidate: Candidate, defer: Defer): Promise<ProbeEnd>;
}

interface RoutingRequest extends Omit<PlanRequest, "standings" | "tuning" | "isProbed"> {
  /** The upstream is asked for a stream. */
  readonly stream: boolean;
  /** It has waited for a cooling to end. */
  readonly hasWaited?: boolean;
  /** Who asks. */
  readonly account?: string;
  /** Tokens of the prompt, about. */
  readonly promptTokens?: number;
}

/** Requests that wait for one cooling to end go on one after the other: the first tries, the others see what came of it. */
const APART_MS = 100;

export class Router {
  readonly local: LocalHealth;
  readonly exchanger: Exchanger;
  readonly #budget: RetryBudget;
  readonly #options: RouterOptions;
  /** How many requests wait for a cooling to end. */
  #waiting = 0;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.local = new LocalHealth(options);
    this.#budget = new RetryBudget(options.tuning);
    this.exchanger = new Exchanger({ ...options, local: this.local });
  }

  /**
   * Plans a request and begins its first attempt. Waits only for an upstream that is met for the first time, or where
   * all rest and one of them not for long.
   * @param defer keeps the exchanges with the objects alive behind the answer
   */
  async start(request: RoutingRequest, defer: Defer): Promise<Attempts> {
    const { now, random, tuning, probes } = this.#options;
    this.local.planning(request.routes, request.promptTokens);
    await this.#exchange(defer);
    const standings = this.local.standings(request.routes);
    const isProbed = (route: Route) => probes?.canProbe(route) === true;
    const planned = plan({ ...request, standings, tuning, isProbed }, random, now());
    const attempts = this.#attempts(planned, request, defer);
    if (!attempts.begin()) {
      const waitMs = request.hasWaited === true ? undefined : this.#briefWaitMs(planned);
      if (waitMs !== undefined) {
        await this.#wait(waitMs);
        return this.start({ ...request, hasWaited: true }, defer);
      }
    }
    // Where every route is open, the request itself is the trial.
    for (const route of planned.allOpen ? [] : request.routes) {
      if (standings.routes.get(route.id)?.allowsTrial === true && isProbed(route)) this.#probeTrial(route, defer);
    }
    return attempts;
  }

  #attempts(planned: Plan, request: RoutingRequest, defer: Defer): Attempts {
    const { probes, tuning } = this.#options;
    return new Attempts(planned, {
      local: this.local,
      budget: this.#budget,
      tuning,
      stream: request.stream,
      onChange: () => void this.#exchange(defer),
      account: request.account,
      promptTokens: request.promptTokens,
      prober: probes && {
        canProbe: (route) => probes.canProbe(route),
        judge: (candidate, suspected) => defer(this.#judge(candidate, suspected, defer)),
      },
    });
  }

  /** Whatever happens to the exchanges, the request goes on. */
  async #exchange(defer: Defer): Promise<void> {
    await this.exchanger.run(defer).catch(() => undefined);
  }

  /** How long until something of the plan may be asked, if it rests and that is not long. */
  #briefWaitMs({ order, cooling }: Plan): number | undefined {
    const resting = [...order, ...cooling].filter((candidate) => this.local.closedBy(candidate) !== undefined);
    const waitsMs = resting.map((candidate) => this.local.waitMs(candidate));
    const waitMs = Math.min(...waitsMs) + this.#waiting * APART_MS;
    return waitMs <= this.#options.tuning.briefWaitMs ? waitMs : undefined;
  }

  async #wait(ms: number): Promise<void> {
    this.#waiting++;
    try {
      await this.#options.sleep(ms);
    } finally {
      this.#waiting--;
    }
  }

  /** Has a probe decide whether a suspicion is right. Never rejects. */
  async #judge(candidate: Candidate, suspected: AttemptEnd, defer: Defer): Promise<void> {
    const { probes, now } = this.#options;
    const startedAtMs = now();
    const end = await probes?.probe(candidate, defer);
    if (end === undefined) return;
    this.local.judged(candidate, suspected, end, startedAtMs);
    await this.#exchange(defer);
  }

  /** Tests a route whose breaker is half-open. */
  #probeTrial(route: Route, defer: Defer): void {
    const { probes } = this.#options;
    for (const candidate of candidatesOf(route)) {
      const permit = this.local.begin(candidate, false);
      if (permit === undefined || probes === undefined) continue;
      const attempt = new Attempt(this.local, { ...candidate, why: "trial" }, permit, {
        stream: false,
        answered: () => undefined,
        failed: (_end, blame) => blame(),
        suspect: () => false,
        // Its failure is evidence.
        isProbed: false,
        account: undefined,
        changed: () => undefined,
      });
      defer(this.#runTrial(attempt, probes.probe(candidate, defer), defer));
      return;
    }
  }

  async #runTrial(attempt: Attempt, probing: Promise<ProbeEnd>, defer: Defer): Promise<void> {
    const end = await probing;
    if (end === "answered") {
      attempt.answered();
      attempt.finished();
    } else attempt.failed(end);
    await this.#exchange(defer);
  }
}
