/**
 * One request's way through its plan: which candidate is tried next, what each attempt's end means for what the isolate
 * knows, and what the client is told when none answered. No I/O.
 */
import { Fault } from "../core/fault.ts";
import type { Admission } from "./breaker.ts";
import { coolingRule } from "./cooling.ts";
import type { LocalStandings } from "./standing.ts";
import type { AttemptEnd, AttemptOutcome, Plan, Planned } from "./types.ts";

/** Ends that say something against the credential, and nothing against another one of the same route. */
const CREDENTIAL_OUTCOMES: ReadonlySet<AttemptOutcome> = new Set([
  "credential_refused",
  "out_of_funds",
  "forbidden",
  "rate_limited",
]);
/** Ends that no other route would mend, and that say nothing about this one. */
const FINAL_OUTCOMES: ReadonlySet<AttemptOutcome> = new Set(["refused_request", "abandoned"]);

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
      if (this.#failed.some((past) => makesPointless(past, planned)) || !this.#mayRetry(planned)) continue;
      const admission = this.#local.begin(planned, panic);
      if (admission === undefined) continue;
      if (this.#attempts > 0) this.#local.budget.retry(this.#local.now());
      this.#attempts++;
      this.#attemptsLeft--;
      return new Leg(this.#local, planned, admission, {
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

interface LegOptions {
  readonly stream: boolean;
  readonly answered: () => void;
  readonly failed: (end: AttemptEnd, blame: () => void) => void;
  readonly changed: () => void;
}

/** One attempt under way. */
export class Leg {
  readonly planned: Planned;
  readonly admission: Admission;
  readonly startedAtMs: number;
  readonly #local: LocalStandings;
  readonly #options: LegOptions;
  readonly #endWait: () => void;
  #ttftMs: number | undefined;
  #failuresBefore = 0;
  #over = false;

  constructor(local: LocalStandings, planned: Planned, admission: Admission, options: LegOptions) {
    this.planned = planned;
    this.admission = admission;
    this.startedAtMs = local.now();
    this.#local = local;
    this.#options = options;
    this.#endWait = options.stream ? local.waits(planned) : () => undefined;
  }

  /** The whole answer has come, or the first meaningful event of a stream. */
  answered(): void {
    const nowMs = this.#local.now();
    this.#endWait();
    if (this.#options.stream) this.#ttftMs = nowMs - this.startedAtMs;
    this.#failuresBefore = this.#local.change(this.planned.route, this.admission, (knowledge) => {
      if (this.#ttftMs !== undefined) knowledge.began(this.#ttftMs, nowMs);
      return knowledge.answered(this.admission, this.startedAtMs, nowMs);
    });
    this.#local.warm(this.planned, this.startedAtMs);
    this.#options.answered();
    this.#options.changed();
  }

  /** The answer is over: whole, or left by its client. Calls after the first do nothing. */
  finished(outputTokens?: number): void {
    if (!this.#end()) return;
    const nowMs = this.#local.now();
    const totalMs = nowMs - this.startedAtMs;
    this.#local.change(this.planned.route, "normal", (knowledge) =>
      knowledge.finished({ ttftMs: this.#ttftMs, outputTokens, totalMs }, nowMs),
    );
  }

  /** A stream that had begun broke off. */
  brokeOff(end: AttemptEnd): void {
    if (!this.#end()) return;
    if (FINAL_OUTCOMES.has(end.outcome)) return;
    this.#local.change(this.planned.route, this.admission, (knowledge) =>
      knowledge.brokeOff(this.#failuresBefore, this.#failure(end)),
    );
    this.#options.changed();
  }

  /** No answer came. */
  failed(end: AttemptEnd): void {
    if (!this.#end()) return;
    this.#options.failed(end, () => this.#blame(end));
    this.#options.changed();
  }

  #blame(end: AttemptEnd): void {
    const isCooled = this.#local.cool(this.planned, end, this.startedAtMs) !== undefined;
    this.#local.change(this.planned.route, this.admission, (knowledge) => {
      if (isCooled || FINAL_OUTCOMES.has(end.outcome)) knowledge.breaker.release(this.admission, this.startedAtMs);
      else knowledge.failed(this.#failure(end));
    });
  }

  #failure(end: AttemptEnd): { admission: Admission; startedAtMs: number; nowMs: number; why: string } {
    const why = end.status === undefined ? end.outcome : `${end.outcome} (${end.status})`;
    return { admission: this.admission, startedAtMs: this.startedAtMs, nowMs: this.#local.now(), why };
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#endWait();
    this.#local.ended(this.planned);
    return true;
  }
}

function makesPointless({ planned, end }: Failed, next: Planned): boolean {
  if (end.outcome === "unreachable") return planned.route.upstream.id === next.route.upstream.id;
  return !CREDENTIAL_OUTCOMES.has(end.outcome) && planned.route.id === next.route.id;
}
