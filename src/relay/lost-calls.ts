/** What calls cost the operator that brought the client nothing. */
import type { Usage } from "../core/units.ts";
import type { Route } from "../routing/route.ts";
import type { ChargeOptions } from "./charge-options.ts";
import { operatorCost } from "./operator-cost.ts";

export interface WastedCall {
  readonly route: Route;
  readonly usage: Usage;
}

export class LostCalls {
  readonly #options: ChargeOptions;
  #costNanos = 0;
  #wasted: WastedCall | undefined;

  constructor(options: ChargeOptions) {
    this.#options = options;
  }

  get costNanos(): number {
    return this.#costNanos;
  }

  /** As a charge records it that is released. */
  get recorded(): { readonly costNanos?: number } {
    return this.#costNanos > 0 ? { costNanos: this.#costNanos } : {};
  }

  /** A call that the client's request was too much for: the operator's loss is limited for each account. */
  get wasted(): WastedCall | undefined {
    return this.#wasted;
  }

  /** @param reported by the upstream; else what the model was given counts, by our own count */
  add(route: Route, reported?: Usage): void {
    const { models, demand, delivered } = this.#options;
    const usage = () => reported ?? delivered.given();
    this.#costNanos += operatorCost(route, models.get(route.model), usage, demand.attributes) ?? 0;
  }

  waste(call: WastedCall): void {
    if (this.#wasted === undefined) this.#wasted = call;
    else this.add(call.route, call.usage);
  }

  /** Another call serves: what was wasted is lost like any other. */
  outdone(): void {
    if (this.#wasted !== undefined) this.add(this.#wasted.route, this.#wasted.usage);
    this.#wasted = undefined;
  }
}
