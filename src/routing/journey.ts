/**
 * One request's way through its plan: which candidate is tried next, what each attempt's end means for what the isolate
 * knows, and what the client is told when none answered. No I/O.
 */
import { Fault } from "../core/fault.ts";
import type { Admission } from "./breaker.ts";
import { coolingRule } from "./cooling.ts";
import { FINAL_OUTCOMES, Leg } from "./leg.ts";
import type { LocalStandings } from "./standing.ts";
import type { AttemptEnd, Plan, Planned } from "./types.ts";

interface Failed {
  readonly planned: Planned;
  readonly end: AttemptEnd;
}

export class Journey {
  readonly plan: Plan;
  readonly #local: LocalStandings;
  readonly #stream: boolean;
  readonly #onChange: () => void;
  readonly #failed: Failed[] = [];
  /** Failures that count only if another route answers: else it is the request that fails everywhere. */
  #suspended: (() => void)[] = [];
  #blamed = false;
  #position = 0;
  #attempts = 0;
  #attemptsLeft: number;
  #final = false;

  /** @param options.onChange called when the objects should perhaps hear something */
  constructor(local: LocalStandings, plan: Plan, { stream, onChange }: { stream: boolean; onChange: () => void }) {
    this.plan = plan;
    this.#local = local;
    this.#stream = stream;
    this.#onChange = onChange;
    this.#attemptsLeft = 1 + local.tuning.extraAttempts;
    local.budget.request(local.now());
  }

  /** Attempts that were begun. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The last end was the request's own, or the client's: its fault is the answer, not `fault()`. */
  get isFinal(): boolean {
    return this.#final;
  }

  /** Begins the next attempt. Each must end in one call of `failed`, or of `answered` and then `finished` or `brokeOff`. */
  next(): Leg | undefined {
    const { order, panic } = this.plan;
    while (!this.#final && this.#attemptsLeft > 0) {
      const planned = order[this.#position++];
      if (planned === undefined) return undefined;
      if (this.#failed.some((past) => this.#makesPointless(past, planned)) || !this.#mayRetry(planned)) continue;
      const admission = this.#local.begin(planned, panic);
      if (admission === undefined) continue;
      if (this.#attempts > 0) this.#local.budget.retry(this.#local.now());
      this.#attempts++;
      this.#attemptsLeft--;
      // Whatever put it where it stands, it is tried because others failed.
      const tried: Planned = this.#attempts === 1 ? planned : { ...planned, why: "next" };
      return new Leg(this.#local, tried, admission, {
        stream: this.#stream,
        answered: () => this.#answered(),
        failed: (end, blame) => this.#note(planned, end, admission, blame),
        changed: this.#onChange,
      });
    }
    return undefined;
  }

  /** What the client is told when nothing answered; see `contracts/errors.md`, "When every attempt failed". */
  fault(): Fault {
    const outcomes = this.#failed.map(({ end }) => end.outcome);
    const reason = this.#failed.map(({ end }) => end.reason ?? end.outcome).join("; ");
    const { order, cooling, open } = this.plan;
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
  #mayRetry({ route }: Planned): boolean {
    if (this.#attempts === 0) return true;
    const isElsewhere = this.#failed.every(({ planned }) => planned.route.upstream.id !== route.upstream.id);
    if (this.#attempts === 1 && isElsewhere && this.#local.isClosed(route)) return true;
    return this.#local.budget.allows(this.#local.now());
  }

  /** Whatever takes a credential away says nothing against another one of the same route. */
  #makesPointless({ planned, end }: Failed, next: Planned): boolean {
    if (end.outcome === "unreachable") return planned.route.upstream.id === next.route.upstream.id;
    return coolingRule(end, this.#local.tuning) === undefined && planned.route.id === next.route.id;
  }

  #answered(): void {
    for (const blame of this.#suspended) blame();
    this.#suspended = [];
  }

  #note(planned: Planned, end: AttemptEnd, admission: Admission, blame: () => void): void {
    this.#failed.push({ planned, end });
    this.#final ||= FINAL_OUTCOMES.has(end.outcome);
    if (end.outcome === "timeout") {
      this.#attemptsLeft = Math.min(this.#attemptsLeft, this.#local.tuning.extraAttemptsAfterTimeout);
    }
    const rule = coolingRule(end, this.#local.tuning);
    // A credential's refusal is its own; what a request might provoke everywhere is blamed on the first alone.
    const isOwn = rule !== undefined && end.outcome !== "forbidden";
    if (this.#final || isOwn || admission !== "normal" || !this.#blamed) blame();
    else this.#suspended.push(blame);
    if (!isOwn && !this.#final) this.#blamed = true;
  }
}
