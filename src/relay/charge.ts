/**
 * The money of one request: held beside the upstream call, settled once, whatever the ending. For an account with funds,
 * only the first byte to the client waits for the hold. For an account whose funds run low, the upstream call waits too.
 */
import { affordable, expectedEstimate, strictEstimate, type Offer } from "../billing/estimate.ts";
import { cost, RATIO_ONE, type Price } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import { measuredUsage, type LocalCount } from "../billing/usage-count.ts";
import {
  refusalFault,
  unreachableFault,
  type ChargeFacts,
  type ChargeRef,
  type Closing,
  type HoldOutcome,
  type Wallet,
} from "../billing/wallet.ts";
import { asFault, Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { log } from "../core/log.ts";
import { tokensOf, type Attributes, type Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Model, Route } from "../routing/route.ts";

/** Who pays, and at what ratio. */
export interface Payer {
  readonly accountId: string;
  readonly keyId: string;
  /** Parts per million of the price. */
  readonly ratioPpm: number;
}

export interface ChargeServices {
  readonly wallet: Wallet;
  /** Whether the key of a running request may still be used. */
  readonly isStillAllowed: (keyId: string) => Promise<boolean>;
  /**
   * Accounts found short of funds, each with the time (Unix milliseconds) until which the hold comes before the
   * upstream call. Of one isolate.
   */
  readonly shortOfFunds: Map<string, number>;
  readonly now: () => number;
  readonly checkpointMs: number;
}

export interface ChargeOptions {
  readonly ref: ChargeRef;
  readonly payer: Payer;
  readonly demand: Demand;
  /** The models that may serve, each with its price in effect. */
  readonly models: ReadonlyMap<Model, PriceVersion>;
  readonly delivered: LocalCount;
  /** What is stored of the request with the hold; never a prompt. */
  readonly request: JsonObject;
}

/** What the log line says of a closed charge. */
export interface ChargeSummary {
  readonly usage?: JsonObject;
  readonly amount_nanos?: number;
  readonly estimated?: boolean;
}

/** The cap on output tokens that must be sent upstream; undefined = the gateway sets no cap. */
export type OutputCap = number | undefined;

const SHORT_OF_FUNDS_MS = 60_000;
const MAX_REMEMBERED = 10_000;

export class Charge {
  readonly #services: ChargeServices;
  readonly #options: ChargeOptions;
  readonly #refusal = new AbortController();
  /** The first hold of an account with funds. */
  #expected: Promise<HoldOutcome> | undefined;
  /** The latest hold. */
  #holding: Promise<HoldOutcome> | undefined;
  /** The upstream is asked for no more than the hold covers. */
  #isCapped = false;
  #strictly: Promise<OutputCap> | undefined;
  #served: Route | undefined;
  #reported: Usage | undefined;
  #checkpoints: ReturnType<typeof setInterval> | null = null;

  constructor(services: ChargeServices, options: ChargeOptions) {
    this.#services = services;
    this.#options = options;
  }

  /**
   * Fires, with the fault as its reason, when the hold is refused during the upstream call, or the key is revoked while the
   * request runs.
   */
  get refused(): AbortSignal {
    return this.#refusal.signal;
  }

  /**
   * Starts the hold. Waits for it only where funds are known to run low.
   * @throws Fault `insufficient_balance`, `daily_limit_reached`, `key_quota_exhausted`, `overloaded`
   */
  async begin(): Promise<OutputCap> {
    const { shortOfFunds, now, checkpointMs } = this.#services;
    this.#checkpoints = setInterval(() => void this.#checkpoint(), checkpointMs);
    try {
      if ((shortOfFunds.get(this.#options.payer.accountId) ?? 0) > now()) {
        this.#isCapped = true;
        return await this.#strict();
      }
    } catch (error) {
      this.#stop();
      throw error;
    }
    const holding = this.#hold("expected", expectedEstimate(this.#options.demand, this.#offers()));
    this.#holding = holding;
    this.#expected = holding;
    void this.#stopWhenRefused(holding);
    return undefined;
  }

  /**
   * Waits until the hold is acknowledged; nothing may reach the client before. `redo` = the upstream was asked for more
   * than the account can pay for, and must be asked again with the cap.
   * @throws what {@link begin} throws
   */
  async confirm(served: Route): Promise<{ redo: false } | { redo: true; outputCap: number }> {
    this.#served = served;
    if (this.#isCapped) return { redo: false };
    const outcome = await this.#expected;
    if (outcome?.kind === "held") return { redo: false };
    if (outcome?.kind === "refused") throw refusalFault(outcome.refusal);
    const outputCap = await this.#strict();
    if (outputCap === undefined || this.#isNoLimit(outputCap, served)) return { redo: false };
    this.#isCapped = true;
    return { redo: true, outputCap };
  }

  /** Takes the upstream's own count so far. */
  report(usage: Usage): void {
    this.#reported = usage;
  }

  get reported(): Usage | undefined {
    return this.#reported;
  }

  /** Settles or releases the hold; the caller keeps it alive after the answer. Never rejects. */
  async close(closing: Closing): Promise<ChargeSummary> {
    this.#stop();
    const facts = this.#facts(closing.ending === "complete");
    try {
      await this.#closeHeld(closing, facts);
    } catch (error) {
      // When the lease has run out, the sweeper charges the last checkpoint.
      this.#warn("charge_not_closed", { reason: asFault(error).options.reason });
    }
    const usage = facts?.usage ?? this.#reported;
    return {
      ...(usage === undefined ? {} : { usage: { ...usage } }),
      ...(facts === undefined ? {} : { amount_nanos: facts.amountNanos }),
      ...(facts?.estimated === true ? { estimated: true } : {}),
    };
  }

  async #closeHeld(closing: Closing, facts: ChargeFacts | undefined): Promise<void> {
    // An expected hold may have become a strict one meanwhile.
    await this.#holding?.catch(() => undefined);
    await this.#strictly?.catch(() => undefined);
    const outcome = await this.#holding?.catch(() => undefined);
    if (outcome?.kind !== "held") return;
    const { wallet } = this.#services;
    const { ref } = this.#options;
    const closed =
      facts === undefined ? await wallet.release(ref, closing) : await wallet.settle(ref, { ...facts, ...closing });
    if (closed.kind === "closed" && closed.writtenOffNanos > 0)
      this.#warn("written_off", { nanos: closed.writtenOffNanos });
    if (closed.kind !== "closed") this.#warn("charge_not_closed", { outcome: closed.kind });
  }

  /** What the request costs by what is known now; undefined = nothing, because nothing was delivered. */
  #facts(complete: boolean): ChargeFacts | undefined {
    const served = this.#served;
    const version = served === undefined ? undefined : this.#options.models.get(served.model);
    const { delivered, payer, demand } = this.#options;
    const { attributes } = demand;
    const hasEnded = complete || this.#reported !== undefined;
    if (served === undefined || version === undefined || (!hasEnded && !delivered.isAny)) return undefined;
    // Output was delivered, but the upstream reports none: it has not counted.
    const isUncounted = this.#reported !== undefined && delivered.isAny && tokensOf(this.#reported, "output") === 0;
    const measured = measuredUsage(isUncounted ? undefined : this.#reported, () => delivered.usage());
    const { usage, estimated } = measured;
    const problem = isUncounted ? "output is 0, though there was some" : measured.problem;
    if (problem !== undefined && complete) this.#warn("usage_impossible", { problem });
    const amountNanos = cost(usage, version.price, payer.ratioPpm, attributes);
    const costNanos = operatorCost(usage, version.operator, attributes);
    return {
      model: served.model.id,
      route: served.id,
      upstream: served.upstream.id,
      priceVersion: version.version,
      ratioPpm: payer.ratioPpm,
      usage,
      ...(attributes === undefined ? {} : { attributes }),
      amountNanos,
      ...(costNanos === undefined ? {} : { costNanos }),
      estimated,
    };
  }

  async #hold(mode: "strict" | "expected", estimateNanos: number): Promise<HoldOutcome> {
    const { ref, payer, demand, request } = this.#options;
    return this.#services.wallet.hold({
      ...ref,
      keyId: payer.keyId,
      mode,
      estimateNanos,
      model: demand.model ?? "auto",
      request,
    });
  }

  async #stopWhenRefused(holding: Promise<HoldOutcome>): Promise<void> {
    try {
      const outcome = await holding;
      if (outcome.kind === "refused") this.#refusal.abort(refusalFault(outcome.refusal));
      if (outcome.kind === "needs_strict") await this.#strict();
    } catch (error) {
      this.#refusal.abort(asFault(error));
    }
  }

  /** Makes the strict hold once. All callers get the same promise. */
  async #strict(): Promise<OutputCap> {
    this.#strictly ??= this.#holdStrictly();
    return this.#strictly;
  }

  async #holdStrictly(): Promise<OutputCap> {
    const { wallet } = this.#services;
    const { payer, demand } = this.#options;
    this.#remember();
    const funds = await wallet.funds(payer.accountId, payer.keyId).catch((error: unknown) => {
      throw unreachableFault(error);
    });
    if (funds === undefined) throw new Fault("invalid_key", { reason: "the account is gone" });
    const estimate = strictEstimate(demand, this.#offers(), affordable(funds));
    if (estimate.kind === "refused") throw refusalFault(estimate.refusal);
    this.#holding = this.#hold("strict", estimate.estimateNanos);
    const outcome = await this.#holding;
    if (outcome.kind === "refused") throw refusalFault(outcome.refusal);
    if (outcome.kind === "needs_strict")
      throw refusalFault("insufficient_balance", "a strict hold was taken for an expected one");
    return estimate.outputCap;
  }

  async #checkpoint(): Promise<void> {
    const outcome = await this.#holding?.catch(() => undefined);
    if (outcome?.kind !== "held" || this.#checkpoints === null) return;
    try {
      await this.#services.wallet.checkpoint(this.#options.ref, this.#facts(false));
    } catch (error) {
      this.#warn("checkpoint_failed", { reason: asFault(error).options.reason });
    }
    const { keyId } = this.#options.payer;
    if (await this.#services.isStillAllowed(keyId)) return;
    this.#refusal.abort(new Fault("invalid_key", { reason: `key ${keyId} was revoked while the request ran` }));
  }

  #stop(): void {
    clearInterval(this.#checkpoints);
    this.#checkpoints = null;
  }

  #remember(): void {
    const { shortOfFunds, now } = this.#services;
    if (shortOfFunds.size >= MAX_REMEMBERED) shortOfFunds.clear();
    shortOfFunds.set(this.#options.payer.accountId, now() + SHORT_OF_FUNDS_MS);
  }

  #offers(): Offer[] {
    const { models, payer } = this.#options;
    return [...models].map(([limits, { price }]) => ({ limits, price, ratioPpm: payer.ratioPpm }));
  }

  /** Whether the cap limits nothing, because the model never produces more. */
  #isNoLimit(outputCap: number, { model }: Route): boolean {
    return model.maxOutput !== null && outputCap >= model.maxOutput;
  }

  #warn(event: string, details: JsonObject): void {
    const { accountId, id } = this.#options.ref;
    log("warn", event, { request_id: `req_${id}`, account: accountId, charge: id, ...details });
  }
}

function operatorCost(usage: Usage, price: Price | undefined, attributes?: Attributes): number | undefined {
  return price === undefined ? undefined : cost(usage, price, RATIO_ONE, attributes);
}
