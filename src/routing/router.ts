/** Routing as the pipeline sees it: routes in, a journey through them out. */
import { Exchanger, type Defer, type ExchangerOptions } from "./exchange.ts";
import { Journey } from "./journey.ts";
import { plan } from "./plan.ts";
import { LocalStandings, type LocalOptions } from "./standing.ts";
import type { PlanRequest } from "./types.ts";

export type RouterOptions = LocalOptions & Omit<ExchangerOptions, "local">;

export interface Departure extends Omit<PlanRequest, "standings" | "tuning"> {
  /** The upstream will be asked for a stream. */
  readonly stream: boolean;
}

export class Router {
  readonly local: LocalStandings;
  readonly exchanger: Exchanger;
  readonly #options: RouterOptions;

  constructor(options: RouterOptions) {
    this.#options = options;
    this.local = new LocalStandings(options);
    this.exchanger = new Exchanger({ ...options, local: this.local });
  }

  /**
   * Plans a request. Waits only when an upstream is met for the first time, and then not long.
   * @param defer keeps the exchanges with the objects alive behind the answer
   */
  async depart(request: Departure, defer: Defer): Promise<Journey> {
    const { now, random, tuning } = this.#options;
    this.local.planning(request.routes);
    // Whatever happens to the exchanges, the request goes on.
    const exchange = async () => this.exchanger.run(defer).catch(() => undefined);
    await exchange();
    const standings = this.local.standings(request.routes);
    const planned = plan({ ...request, standings, tuning }, random, now());
    return new Journey(this.local, planned, {
      stream: request.stream,
      onChange: () => void exchange(),
    });
  }
}
