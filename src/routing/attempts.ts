/**
 * The attempts of one request along its plan: which candidate is tried next, what each attempt's end means for the
 * isolate's knowledge of health, and what the client is told when none answered. No I/O.
 */
import { Fault } from "../core/fault.ts";
import { type AttemptEnd, FINAL_OUTCOMES } from "../health/attempt-end.ts";
import type { Permit } from "../health/breaker.ts";
import { coolingRule } from "../health/cooling.ts";
import type { LocalHealth } from "../health/local-health.ts";
import { Attempt } from "./attempt.ts";
import type { Plan, PlannedAttempt } from "./plan-types.ts";
import type { RetryBudget } from "./retry-budget.ts";
import type { RoutingTuning } from "./tuning.ts";

interface Failed {
  readonly planned: PlannedAttempt;
  readonly end: AttemptEnd;
}

interface AttemptsOptions {
  readonly local: LocalHealth;
  readonly budget: RetryBudget;
  readonly tuning: RoutingTuning;
  /** The upstream is asked for a stream. */
  readonly stream: boolean;
  /** Called after a change that the health objects may have to hear of. */
  readonly onChange: () => void;
}

export class Attempts {
  readonly #plan: Plan;
  readonly #options: AttemptsOptions;
  readonly #local: LocalHealth;
  readonly #failed: Failed[] = [];
  /** Failures that count only if another route answers; else the request itself fails everywhere. */
  readonly #suspended: (() => void)[] = [];
  #blamed = false;
  #position = 0;
  #made = 0;
  #left: number;
  #final = false;

  constructor(plan: Plan, options: AttemptsOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#local = options.local;
    this.#left = 1 + options.tuning.extraAttempts;
    options.budget.request(this.#local.now());
  }

  /** How many attempts were begun. */
  get made(): number {
    return this.#made;
  }

  /** The last attempt ended because of the request or the client. The answer is its fault, not `fault()`. */
  get isFinal(): boolean {
    return this.#final;
  }

  /** Begins the next attempt. Each must end in one call of `failed`, or of `answered` and then `finished` or `brokeOff`. */
  next(): Attempt | undefined {
    const { order, panic } = this.#plan;
    while (!this.#final && this.#left > 0) {
      const planned = order[this.#position++];
      if (planned === undefined) return undefined;
      if (this.#failed.some((past) => this.#makesPointless(past, planned)) || !this.#mayRetry(planned)) continue;
      const permit = this.#local.begin(planned, panic);
      if (permit === undefined) continue;
      if (this.#made > 0) this.#options.budget.retry(this.#local.now());
      this.#made++;
      this.#left--;
      // A later attempt is made because others failed, whatever the reason for its place in the plan was.
      const tried: PlannedAttempt = this.#made === 1 ? planned : { ...planned, why: "next" };
      return new Attempt(this.#local, tried, permit, {
        stream: this.#options.stream,
        answered: () => this.#answered(),
        failed: (end, blame) => this.#note(planned, end, permit, blame),
        changed: this.#options.onChange,
      });
    }
    return undefined;
  }

  /**
   * The fault for the client when no attempt was answered. `Retry-After` is the time until a route may next be tried.
   */
  fault(): Fault {
    const outcomes = this.#failed.map(({ end }) => end.outcome);
    const reason = this.#failed.map(({ end }) => end.reason ?? end.outcome).join("; ");
    const { order, cooling, open } = this.#plan;
    const waitsMs = [...order, ...cooling, ...open].map((candidate) => this.#local.waitMs(candidate));
    if (waitsMs.length === 0) return new Fault("no_route", { reason: "no route" });
    const retryAfterMs = Math.max(1000, Math.min(...waitsMs));
    if (outcomes.length === 0) return new Fault("no_route", { reason: "every route is open or cooling", retryAfterMs });
    if (outcomes.every((outcome) => outcome === "rate_limited")) {
      const asked = this.#failed.flatMap(({ end }) => end.retryAfterMs ?? []);
      return new Fault("upstream_rate_limited", {
        reason,
        retryAfterMs: asked.length > 0 ? Math.min(...asked) : retryAfterMs,
      });
    }
    if (outcomes.every((outcome) => outcome === "timeout")) return new Fault("upstream_timeout", { reason });
    const answered = outcomes.every((outcome) => outcome !== "unreachable" && outcome !== "model_missing");
    const routes = new Set(this.#failed.map(({ planned }) => planned.route.id));
    if (routes.size === 1 && answered) return new Fault("upstream_error", { reason });
    return new Fault("no_route", { reason, retryAfterMs });
  }

  /** The first retry on another upstream that works is free; every other needs the isolate's budget. */
  #mayRetry({ route }: PlannedAttempt): boolean {
    if (this.#made === 0) return true;
    const isElsewhere = this.#failed.every(({ planned }) => planned.route.upstream.id !== route.upstream.id);
    if (this.#made === 1 && isElsewhere && this.#local.isClosed(route)) return true;
    return this.#options.budget.allows(this.#local.now());
  }

  /** The refusal of one credential says nothing against another credential of the same route. */
  #makesPointless({ planned, end }: Failed, next: PlannedAttempt): boolean {
    if (end.outcome === "unreachable") return planned.route.upstream.id === next.route.upstream.id;
    return coolingRule(end, this.#local.tuning) === undefined && planned.route.id === next.route.id;
  }

  #answered(): void {
    for (const blame of this.#suspended) blame();
  }

  #note(planned: PlannedAttempt, end: AttemptEnd, permit: Permit, blame: () => void): void {
    this.#failed.push({ planned, end });
    this.#final = FINAL_OUTCOMES.has(end.outcome);
    if (end.outcome === "timeout") {
      this.#left = Math.min(this.#left, this.#options.tuning.extraAttemptsAfterTimeout);
    }
    const rule = coolingRule(end, this.#local.tuning);
    // The refusal of a credential counts against that credential. A failure that the request itself may provoke on
    // every route counts against the first route alone.
    const isOwn = rule !== undefined && end.outcome !== "forbidden";
    if (isOwn || permit !== "normal" || !this.#blamed) blame();
    else this.#suspended.push(blame);
    if (!isOwn) this.#blamed = true;
  }
}
