/**
 * The attempts of one request along its plan: which candidate is tried next, what each attempt's end means for the
 * isolate's knowledge of health, and what the client is told when none answered. No I/O.
 */
import { Fault } from "../core/fault.ts";
import { type AttemptEnd, FINAL_OUTCOMES } from "../health/attempt-end.ts";
import type { Permit } from "../health/breaker.ts";
import { MADE_ONCE } from "../operation/operations.ts";
import { coolingRule } from "../health/cooling.ts";
import type { LocalHealth } from "../health/local-health.ts";
import { Attempt } from "./attempt.ts";
import type { Plan, PlannedAttempt } from "./plan-types.ts";
import type { Candidate, Route } from "./route.ts";
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
  /** Tokens of the prompt, about. */
  readonly promptTokens?: number | undefined;
  /** Called after a change that the health objects may have to hear of. */
  readonly onChange: () => void;
  /** Who asks. */
  readonly account?: string | undefined;
  /** Has the gateway ask for itself; undefined where nothing can. */
  readonly prober?: Prober | undefined;
}

/** Probes routes that clients' requests have brought under suspicion. */
export interface Prober {
  canProbe(route: Route): boolean;
  /** Makes a probe in the background and takes its end to what is known of health. */
  judge(candidate: Candidate, suspected: AttemptEnd): void;
}

export class Attempts {
  readonly #plan: Plan;
  readonly #options: AttemptsOptions;
  readonly #local: LocalHealth;
  readonly #failed: Failed[] = [];
  /** Failures that count only if another route answers; else the request itself fails everywhere. */
  readonly #suspended: (() => void)[] = [];
  /** The candidate that refused the request. One other upstream, or another model, is asked for a second opinion. */
  #refusing: PlannedAttempt | undefined;
  #blamed = false;
  readonly #tried = new Set<PlannedAttempt>();
  /** An attempt that has begun before it was asked for. */
  #ahead: Attempt | undefined;
  #mayHedge: boolean;
  #made = 0;
  #left: number;
  #final = false;

  constructor(plan: Plan, options: AttemptsOptions) {
    this.#plan = plan;
    this.#options = options;
    this.#local = options.local;
    this.#left = options.tuning.mostAttempts;
    this.#mayHedge =
      new Set(plan.order.map(({ route }) => route.upstream.id)).size > 1 &&
      !plan.order.some(({ route }) => MADE_ONCE.has(route.model.operation));
  }

  /** How many attempts were begun. */
  get made(): number {
    return this.#made;
  }

  /** The last attempt ended because of the request or the client. The answer is its fault, not `fault()`. */
  get isFinal(): boolean {
    return this.#final;
  }

  /**
   * After how long the next upstream should be started beside the calls under way; undefined = never. Each further one is
   * started sooner, so that several hanging upstreams cost little more than one.
   */
  hedgeAfterMs(running: readonly Attempt[]): number | undefined {
    const latest = running.at(-1);
    if (latest === undefined || !this.#mayHedge) return undefined;
    const patienceMs = (latest.lateAtMs - latest.startedAtMs) / running.length;
    return Math.max(0, latest.startedAtMs + patienceMs - this.#local.now());
  }

  /** Begins an attempt beside those under way, on another upstream that works. */
  hedge(running: readonly Attempt[]): Attempt | undefined {
    if ((this.hedgeAfterMs(running) ?? 0) > 0) return undefined;
    const busy = new Set(running.map(({ planned }) => planned.route.upstream.id));
    const begun = this.#begin(
      ({ route }) =>
        !busy.has(route.upstream.id) && this.#local.isClosed(route) && this.#options.budget.allows(this.#local.now()),
    );
    this.#mayHedge = begun !== undefined;
    return begun;
  }

  /** Begins the first attempt ahead of `next`. @returns whether there is one */
  begin(): boolean {
    this.#ahead = this.next();
    return this.#ahead !== undefined;
  }

  /** Begins the next attempt. Each must end in one call of `failed`, or of `answered` and then `finished` or `brokeOff`. */
  next(): Attempt | undefined {
    const ahead = this.#ahead;
    this.#ahead = undefined;
    return ahead ?? this.#begin((planned) => this.#mayRetry(planned));
  }

  #begin(mayTry: (planned: PlannedAttempt) => boolean): Attempt | undefined {
    const { order, allOpen } = this.#plan;
    if (this.#final || this.#left <= 0) return undefined;
    for (const planned of order) {
      if (this.#tried.has(planned)) continue;
      if (this.#failed.some((past) => this.#makesPointless(past, planned)) || !mayTry(planned)) continue;
      this.#tried.add(planned);
      const permit = this.#local.begin(planned, allOpen, this.#options.promptTokens);
      if (permit === undefined) continue;
      // Refusals of clients' own requests must not use up the retries of others.
      if (this.#made > 0 && this.#refusing === undefined) this.#options.budget.retry(this.#local.now());
      if (this.#made === 0) this.#options.budget.request(this.#local.now());
      this.#made++;
      this.#left--;
      // A later attempt is made because others failed, whatever the reason for its place in the plan was.
      const tried: PlannedAttempt = this.#made === 1 ? planned : { ...planned, why: "next" };
      return new Attempt(this.#local, tried, permit, {
        stream: this.#options.stream,
        answered: () => this.#answered(),
        failed: (end, blame) => this.#note(planned, end, permit, blame),
        suspect: (end) => this.#suspect(planned, end),
        isProbed: this.#options.prober?.canProbe(planned.route) === true,
        account: this.#options.account,
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
    // What has cooled when the plan was made may be free again, and what was free may be full.
    const isLimited =
      open.length === 0 &&
      order.every((each) => this.#local.closedBy(each) === "rate") &&
      cooling.every((each) => this.#local.closedBy(each) !== "refusal");
    if (outcomes.length === 0 && isLimited)
      return new Fault("upstream_rate_limited", { reason: "every route is at its rate limit", retryAfterMs });
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
    if (this.#made === 0 || this.#refusing !== undefined) return true;
    const isElsewhere = this.#failed.every(({ planned }) => planned.route.upstream.id !== route.upstream.id);
    if (this.#made === 1 && isElsewhere && this.#local.isClosed(route)) return true;
    return this.#options.budget.allows(this.#local.now());
  }

  /** The refusal of one credential says nothing against another credential of the same route. */
  #makesPointless({ planned, end }: Failed, next: PlannedAttempt): boolean {
    if (end.outcome === "refused_request") {
      const [past, coming] = [planned.route, next.route];
      return past.upstream.id === coming.upstream.id && past.model.id === coming.model.id;
    }
    if (end.outcome === "unreachable") return planned.route.upstream.id === next.route.upstream.id;
    return coolingRule(end, this.#local.tuning) === undefined && planned.route.id === next.route.id;
  }

  #answered(): void {
    for (const blame of this.#suspended) blame();
    if (this.#refusing !== undefined) this.#suspect(this.#refusing, { outcome: "refused_request" });
  }

  /** @returns whether a second account met the same, so that no probe is needed */
  #suspect(planned: PlannedAttempt, end: AttemptEnd): boolean {
    const { prober, account } = this.#options;
    if (prober?.canProbe(planned.route) !== true) return false;
    const raised = this.#local.suspect(planned, end, account);
    if (raised === "probe") prober.judge(planned, end);
    return raised === "confirmed";
  }

  #note(planned: PlannedAttempt, end: AttemptEnd, permit: Permit, blame: () => void): void {
    if (end.outcome === "outpaced") return blame();
    this.#failed.push({ planned, end });
    if (end.outcome === "refused_request" && this.#refusing === undefined) {
      this.#refusing = planned;
      this.#left = 1;
      return blame();
    }
    this.#final = FINAL_OUTCOMES.has(end.outcome);
    const rule = coolingRule(end, this.#local.tuning);
    // The refusal of a credential counts against that credential. A failure that the request itself may provoke on
    // every route counts against the first route alone.
    const isOwn = rule !== undefined && end.outcome !== "forbidden";
    if (isOwn || permit !== "normal" || !this.#blamed) blame();
    else this.#suspended.push(blame);
    if (!isOwn) this.#blamed = true;
  }
}
