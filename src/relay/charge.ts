/**
 * The money of one request: held before the first byte leaves, settled once, whatever the ending. Where the account's
 * known funds cover the hold, the upstream is called beside it; elsewhere the hold comes first. The hold of a stream is
 * raised as it goes; a stream whose hold cannot be raised any more is ended.
 */
import { affordableCap, holdSize, type HoldSize, type ModelLimits, type Offer } from "../billing/estimate.ts";
import { RollingHold, stretchTokens } from "../billing/rolling-hold.ts";
import { refusalFault, type Closing, type HoldOutcome } from "../billing/wallet.ts";
import { asFault, Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import { tokensOf, type Usage } from "../core/units.ts";
import type { Route } from "../routing/route.ts";
import { chargeFacts, isNoLimit, unheardTokens, wastedFacts, type Facts, type Served } from "./charge-facts.ts";
import { tellClosing, warnOfCharge } from "./charge-log.ts";
import { LostCalls } from "./lost-calls.ts";
import type { ChargeOptions, ChargeServices, ChargeSummary, OutputCap } from "./charge-options.ts";

export class Charge {
  /** What calls cost that do not serve. It is recorded with the charge. */
  readonly lost: LostCalls;
  readonly #services: ChargeServices;
  readonly #options: ChargeOptions;
  readonly #offers: readonly Offer[];
  readonly #size: HoldSize;
  readonly #startedAtMs: number;
  readonly #refusal = new AbortController();
  readonly #spent = new AbortController();
  #holding: Promise<HoldOutcome> | undefined;
  /** The upstream was asked for no more than the hold covers. */
  #outputCap: OutputCap;
  #served: Served | undefined;
  #rolling: RollingHold | undefined;
  #isRaising = false;
  #reported: Usage | undefined;
  /** When the client was last given something, or the request began. */
  #heardAtMs: number;
  #unheardTokens: number | undefined;
  #checkpoints: ReturnType<typeof setInterval> | undefined;

  constructor(services: ChargeServices, options: ChargeOptions) {
    this.#services = services;
    this.#options = options;
    this.lost = new LostCalls(options);
    const { models, payer, demand, streams } = options;
    this.#offers = [...models].map(([limits, { price }]) => ({ limits, price, ratioPpm: payer.ratioPpm }));
    const stretch = (limits: ModelLimits) => stretchTokens(limits, services.checkpointMs);
    this.#size = holdSize(demand, this.#offers, streams ? stretch : undefined);
    this.#startedAtMs = services.now();
    this.#heardAtMs = this.#startedAtMs;
  }

  /**
   * Fires, with the fault as its reason, when the hold is refused during the upstream call, or the key is revoked while the
   * request runs.
   */
  get refused(): AbortSignal {
    return this.#refusal.signal;
  }

  /** The stream has used up what is held, and no more can be. */
  get isSpent(): boolean {
    return this.#spent.signal.aborted;
  }

  whenSpent(act: () => void): void {
    if (this.isSpent) act();
    else this.#spent.signal.addEventListener("abort", act, { once: true });
  }

  /**
   * Starts the hold. Waits for it where the known funds do not cover it.
   * @throws Fault of a refusal, or `overloaded`
   */
  async begin(): Promise<OutputCap> {
    const { funds, checkpointMs } = this.#services;
    this.#checkpoints = setInterval(() => void this.#look(), checkpointMs);
    const isCovered = funds.take(this.#options.payer, this.#size.wanted);
    this.#holding = this.#hold();
    if (isCovered) {
      void this.#stopWhenRefused(this.#holding);
      return undefined;
    }
    try {
      this.#outputCap = this.#capOf(await this.#holding);
    } catch (error) {
      this.#stop();
      throw error;
    }
    return this.#outputCap;
  }

  /**
   * Waits until the hold is acknowledged; nothing may reach the client before. `redo` = the upstream was asked for more
   * than was held, and must be asked again with the cap.
   * @throws what {@link begin} throws
   */
  async confirm(route: Route): Promise<{ redo: false } | { redo: true; outputCap: number }> {
    const { demand, streams } = this.#options;
    const outcome = await this.#holding;
    const served = this.#serve(route);
    if (outcome === undefined || served === undefined) throw new Error("a charge that was not begun");
    this.lost.outdone();
    const outputCap = this.#capOf(outcome);
    if (streams && outcome.kind === "held") {
      const { checkpointMs, now } = this.#services;
      this.#rolling = new RollingHold({
        demand,
        offer: { limits: route.model, price: served.version.price, ratioPpm: served.ratioPpm },
        outputCap,
        checkpointMs,
        heldNanos: outcome.nanos,
        produced: () => this.#producedTokens,
        now,
        startedAtMs: this.#startedAtMs,
      });
    }
    if (outputCap === this.#outputCap || outputCap === undefined || isNoLimit(outputCap, route)) return { redo: false };
    this.#outputCap = outputCap;
    return { redo: true, outputCap };
  }

  /**
   * The client has left, and the upstream of the route was stopped at the end of the time that it may finish in. What it may
   * have used is the operator's loss, which is limited for each account.
   */
  lapse(route: Route): void {
    if (this.#unheardTokens !== undefined || this.#serve(route) === undefined) return;
    const { now } = this.#services;
    this.#unheardTokens = unheardTokens(route.model, this.#options.demand, now() - this.#heardAtMs);
  }

  /** Takes the upstream's own count so far. */
  report(usage: Usage): void {
    this.#reported = usage;
  }

  get reported(): Usage | undefined {
    return this.#reported;
  }

  /** Takes the length of a text that was just delivered and counted. */
  delivered(characters: number): void {
    if (characters > 0) this.#heardAtMs = this.#services.now();
    if (this.#rolling?.delivered(characters) === true) void this.#checkpoint();
  }

  /** Settles or releases the hold; the caller keeps it alive after the answer. Never rejects. */
  async close(closing: Closing): Promise<ChargeSummary> {
    this.#stop();
    const facts = this.#facts(closing.ending === "complete" && !this.isSpent) ?? this.#wastedFacts();
    if (facts?.problem !== undefined) this.#warn("usage_impossible", { problem: facts.problem });
    try {
      await this.#closeHeld(closing, facts);
    } catch (error) {
      // When the lease has run out, the sweeper charges the last checkpoint.
      this.#warn("charge_not_closed", { reason: asFault(error).options.reason });
    }
    const usage = facts?.usage ?? this.#reported;
    return {
      ...(usage === undefined ? {} : { usage: { ...usage } }),
      ...(facts === undefined ? {} : { amount_nanos: facts.payableNanos ?? facts.amountNanos }),
      ...(facts?.estimated === true ? { estimated: true } : {}),
    };
  }

  async #closeHeld(closing: Closing, facts: Facts | undefined): Promise<void> {
    const { wallet } = this.#services;
    const { ref } = this.#options;
    const outcome = await this.#holding?.catch(() => undefined);
    if (outcome?.kind !== "held") return;
    const due = facts?.payableNanos ?? facts?.amountNanos ?? 0;
    const { heldNanos, mostNanos } = this.#rolling ?? { heldNanos: outcome.nanos, mostNanos: outcome.nanos };
    // The model was faster than its hold, or made what nobody had asked for: what that may cost can still be held.
    const most = Math.min(due, mostNanos + (facts?.unheldNanos ?? 0));
    if (most > heldNanos) await wallet.checkpoint(ref, facts, most);
    const closed =
      facts === undefined
        ? await wallet.release(ref, { ...closing, ...this.lost.recorded })
        : await wallet.settle(ref, { ...facts, ...closing });
    tellClosing(ref, closed);
  }

  /** What the request costs by what is known now; undefined = nothing, because nothing was delivered. */
  #facts(isWhole: boolean): Facts | undefined {
    const hiddenTokens = this.isSpent ? (this.#rolling?.hiddenTokens ?? 0) : 0;
    const { delivered } = this.#options;
    const isLapsed = this.#unheardTokens !== undefined;
    const isAny = isWhole || this.#reported !== undefined || delivered.isAny || hiddenTokens > 0 || isLapsed;
    if (this.#served === undefined || !isAny) return undefined;
    return chargeFacts(this.#served, {
      reported: this.#reported,
      isWhole,
      hiddenTokens,
      unheardTokens: this.#unheardTokens,
      lostCostNanos: this.lost.costNanos,
    });
  }

  /** What the request cost the operator in vain. */
  #wastedFacts(): Facts | undefined {
    const { wasted, costNanos } = this.lost;
    const served = wasted && this.#serve(wasted.route);
    return served && wastedFacts(served, wasted.usage, costNanos);
  }

  #serve(route: Route): Served | undefined {
    const { models, payer, demand, delivered } = this.#options;
    const version = models.get(route.model);
    if (version !== undefined) this.#served = { route, version, ratioPpm: payer.ratioPpm, demand, delivered };
    return version && this.#served;
  }

  async #hold(): Promise<HoldOutcome> {
    const { ref, payer, demand, request } = this.#options;
    const { wanted, least, ceiling } = this.#size;
    return this.#services.wallet.hold({
      ...ref,
      keyId: payer.keyId,
      estimateNanos: wanted,
      leastNanos: least,
      ceilingNanos: ceiling,
      model: demand.model ?? "auto",
      request,
    });
  }

  /** The cap that a hold affords where it is less than was wanted. @throws Fault of a refusal */
  #capOf(outcome: HoldOutcome): OutputCap {
    const { funds } = this.#services;
    const { payer, demand } = this.#options;
    if (outcome.kind === "held" && outcome.nanos >= this.#size.wanted) return undefined;
    funds.ranShort(payer);
    if (outcome.kind === "refused") throw refusalFault(outcome.refusal);
    return affordableCap(demand, this.#offers, outcome.nanos);
  }

  async #stopWhenRefused(holding: Promise<HoldOutcome>): Promise<void> {
    try {
      this.#capOf(await holding);
    } catch (error) {
      this.#refusal.abort(asFault(error));
    }
  }

  async #look(): Promise<void> {
    await this.#checkpoint();
    const { keyId } = this.#options.payer;
    if (this.#checkpoints === undefined || (await this.#services.isStillAllowed(keyId))) return;
    this.#refusal.abort(new Fault("invalid_key", { reason: `key ${keyId} was revoked while the request ran` }));
  }

  /** Extends the lease, stores what the request costs so far, and raises the hold of a stream. */
  async #checkpoint(): Promise<void> {
    if (this.#isRaising) return;
    this.#isRaising = true;
    try {
      const outcome = await this.#holding?.catch(() => undefined);
      if (outcome?.kind === "held" && this.#checkpoints !== undefined) await this.#raise();
    } catch (error) {
      this.#warn("checkpoint_failed", { reason: asFault(error).options.reason });
    } finally {
      this.#isRaising = false;
    }
  }

  async #raise(): Promise<void> {
    const { wallet } = this.#services;
    const rolling = this.#rolling;
    const holdNanos = rolling?.next();
    const held = await wallet.checkpoint(this.#options.ref, this.#facts(false), holdNanos);
    if (rolling === undefined) return;
    rolling.raised(held ?? 0);
    if (rolling.isSpent) this.#spent.abort();
  }

  /** Over all choices: delivered by our own count, or reported, whichever is more. */
  get #producedTokens(): number {
    const reported = this.#reported === undefined ? 0 : tokensOf(this.#reported, "output");
    return Math.max(this.#options.delivered.outputTokens, Number.isSafeInteger(reported) ? reported : 0);
  }

  #stop(): void {
    clearInterval(this.#checkpoints);
    this.#checkpoints = undefined;
  }

  #warn(event: string, details: JsonObject): void {
    warnOfCharge(this.#options.ref, event, details);
  }
}
