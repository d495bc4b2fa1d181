/** Routing as the pipeline sees it: routes go in, the attempts of one request come out. */
import { type Defer, Exchanger, type ExchangerOptions } from "../health/exchanger.ts";
import { LocalHealth, type LocalOptions } from "../health/local-health.ts";
import type { HealthTuning } from "../health/tuning.ts";
import { Attempts } from "./attempts.ts";
import type { PlanRequest } from "./plan-types.ts";
import { plan } from "./plan.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { RoutingTuning } from "./tuning.ts";

/** All numbers that `ROUTING_TUNING` sets. */
export type Tuning = RoutingTuning & HealthTuning;

interface RouterOptions extends Omit<LocalOptions, "tuning">, Omit<ExchangerOptions, "local"> {
  readonly tuning: Tuning;
}

interface RoutingRequest extends Omit<PlanRequest, "standings" | "tuning"> {
  /** The upstream is asked for a stream. */
  readonly stream: boolean;
}

export class Router {
  readonly local: LocalHealth;
  readonly exchanger: Exchanger;
  readonly #budget: RetryBudget;
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.local = new LocalHealth(options);
    this.#budget = new RetryBudget(options.tuning);
    this.exchanger = new Exchanger({ ...options, local: this.local });
  }

  /**
   * Plans a request. Waits only when an upstream is met for the first time, and then not long.
   * @param defer keeps the exchanges with the objects alive behind the answer
   */
  async start(request: RoutingRequest, defer: Defer): Promise<Attempts> {
    const { now, random, tuning } = this.#options;
    this.local.planning(request.routes);
    // Whatever happens to the exchanges, the request goes on.
    const exchange = async () => this.exchanger.run(defer).catch(() => undefined);
    await exchange();
    const standings = this.local.standings(request.routes);
    const planned = plan({ ...request, standings, tuning }, random, now());
    return new Attempts(planned, {
      local: this.local,
      budget: this.#budget,
      tuning,
      stream: request.stream,
      onChange: () => void exchange(),
    });
  }
}
