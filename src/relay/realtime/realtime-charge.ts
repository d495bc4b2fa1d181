/**
 * The money of a conversation over a socket: one charge, whose hold covers every answer that can come before it can next be
 * raised. What was used is stored at each answer, so that a Worker that is killed loses little.
 */
import { holdSize, type Offer } from "../../billing/estimate.ts";
import {
  refusalFault,
  unreachableFault,
  type ChargeFacts,
  type ChargeRef,
  type Closing,
} from "../../billing/wallet.ts";
import { Fault } from "../../core/fault.ts";
import type { PriceVersion } from "../../billing/price-list.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Demand } from "../../operation/demand.ts";
import type { Model, Route } from "../../routing/route.ts";
import { pricedFacts } from "../charge-facts.ts";
import { tellClosing } from "../charge-log.ts";
import type { ChargeServices, ChargeSummary, Payer } from "../charge-options.ts";
import { RealtimeMeter } from "./realtime-meter.ts";

export interface RealtimeChargeOptions {
  readonly ref: ChargeRef;
  readonly payer: Payer;
  readonly demand: Demand;
  readonly onlyHears: boolean;
  /** The models that may serve, each with its price in effect. */
  readonly models: ReadonlyMap<Model, PriceVersion>;
  /** What is stored of the request with the hold. */
  readonly request: JsonObject;
}

/** What was used is stored no more often: D1 allows 1,000 queries in an invocation, and an hour's conversation is one. */
const SAVE_EVERY_MS = 10_000;
/** A raised hold suffices for so much more than is needed now, so that it is raised seldom. */
const STRETCH = 1.5;
/** How often D1 is asked before a conversation ends that it must pay for. */
const TRIES = 3;

export class RealtimeCharge {
  readonly #services: ChargeServices;
  readonly #options: RealtimeChargeOptions;
  #heldNanos = 0;
  #isHeld = false;
  #savedAtMs = 0;
  #raising: Promise<Fault | undefined> | undefined;
  #served: { readonly route: Route; readonly version: PriceVersion; readonly meter: RealtimeMeter } | undefined;

  constructor(services: ChargeServices, options: RealtimeChargeOptions) {
    this.#services = services;
    this.#options = options;
  }

  /** Holds one answer to an empty conversation. @throws Fault of a refusal, or `overloaded` */
  async begin(): Promise<void> {
    const { wallet, funds, now } = this.#services;
    const { ref, payer, demand, models, request, onlyHears } = this.#options;
    const offers = [...models].map(([limits, { price }]): Offer => ({ limits, price, ratioPpm: payer.ratioPpm }));
    const { wanted } = holdSize(onlyHears ? { ...demand, maxOutput: 0 } : demand, offers);
    funds.take(payer, wanted);
    const hold = { keyId: payer.keyId, estimateNanos: wanted, model: demand.model ?? "auto", request };
    const outcome = await wallet.hold({ ...ref, ...hold });
    if (outcome.kind === "refused") {
      funds.ranShort(payer);
      throw refusalFault(outcome.refusal);
    }
    [this.#isHeld, this.#heldNanos, this.#savedAtMs] = [true, outcome.nanos, now()];
  }

  /** The route that serves. @returns what counts its use */
  serve(route: Route): RealtimeMeter {
    const { models, payer, onlyHears } = this.#options;
    const version = models.get(route.model);
    if (version === undefined) throw new Error("a model without a price");
    const offer = { limits: route.model, price: version.price, ratioPpm: payer.ratioPpm };
    const meter = new RealtimeMeter(offer, onlyHears);
    this.#served = { route, version, meter };
    return meter;
  }

  /** What is held covers what can come. */
  get isCovered(): boolean {
    return (this.#served?.meter.needNanos ?? 0) <= this.#heldNanos;
  }

  /** Raises the hold where it does not cover what can come. @returns why it cannot be raised; undefined = it covers */
  async cover(): Promise<Fault | undefined> {
    while (!this.isCovered) {
      this.#raising ??= this.#raise().finally(() => {
        this.#raising = undefined;
      });
      const fault = await this.#raising;
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  async #raise(): Promise<Fault | undefined> {
    const { wallet, funds } = this.#services;
    const { ref, payer } = this.#options;
    const facts = this.#facts(false);
    const need = this.#served?.meter.needNanos ?? 0;
    const used = facts?.amountNanos ?? 0;
    const wanted = Math.ceil(used + (need - used) * STRETCH);
    for (let tries = 0; tries < TRIES; tries++) {
      const held = await wallet.checkpoint(ref, facts, wanted);
      if (held === undefined) continue;
      this.#heldNanos = Math.max(this.#heldNanos, held);
      this.#savedAtMs = this.#services.now();
      if (held >= need) return undefined;
      funds.ranShort(payer);
      return new Fault("insufficient_balance");
    }
    return unreachableFault(undefined);
  }

  /** Extends the lease and stores what was used. @param isDue whatever was stored before */
  async save(isDue: boolean): Promise<void> {
    const { wallet, now } = this.#services;
    if (!this.#isHeld || (!isDue && now() - this.#savedAtMs < SAVE_EVERY_MS)) return;
    this.#savedAtMs = now();
    await wallet.checkpoint(this.#options.ref, this.#facts(false));
  }

  /** Settles or releases the hold. Never rejects. */
  async close(closing: Closing): Promise<ChargeSummary> {
    if (!this.#isHeld) return {};
    this.#isHeld = false;
    const { wallet } = this.#services;
    const { ref } = this.#options;
    const facts = this.#facts(true);
    // The last answer may have used more than was thought possible.
    if (facts !== undefined && facts.amountNanos > this.#heldNanos)
      await wallet.checkpoint(ref, facts, facts.amountNanos);
    const closed =
      facts === undefined ? await wallet.release(ref, closing) : await wallet.settle(ref, { ...facts, ...closing });
    tellClosing(ref, closed);
    if (facts === undefined) return {};
    const { usage, amountNanos, estimated } = facts;
    return { usage: { ...usage }, amount_nanos: amountNanos, ...(estimated ? { estimated } : {}) };
  }

  #facts(isOver: boolean): ChargeFacts | undefined {
    const used = this.#served?.meter.usage(isOver);
    if (this.#served === undefined || used === undefined) return undefined;
    const { route, version } = this.#served;
    const { payer, demand } = this.#options;
    return pricedFacts(
      { route, version, ratioPpm: payer.ratioPpm, attributes: demand.attributes },
      { ...used, lostCostNanos: 0 },
    );
  }
}
