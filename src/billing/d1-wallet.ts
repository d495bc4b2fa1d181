/** {@link Wallet} on D1: one statement a step, its triggers move the money. */
import type { SQL } from "drizzle-orm";
import { Fault } from "../core/fault.ts";
import { dayOf } from "./calendar.ts";
import { databaseMessage, prepare, raised, retried, rowsOf, type RetryOptions } from "./storage.ts";
import {
  checkpointStatement,
  fundsQuery,
  holdStatement,
  releaseStatement,
  rowQuery,
  settleStatement,
  type Moment,
} from "./wallet-sql.ts";
import {
  REFUSALS,
  unreachableFault,
  type ChargeFacts,
  type ChargeRef,
  type CloseOutcome,
  type Funding,
  type Funds,
  type HoldOutcome,
  type HoldRequest,
  type Release,
  type Settlement,
  type Wallet,
} from "./wallet.ts";

export interface WalletOptions extends RetryOptions {
  readonly now: () => number;
  /** `BILLING_TIMEZONE`. */
  readonly timeZone: string;
  /** An expected hold needs this much left, in nanos. */
  readonly fundedThresholdNanos: number;
  /** A charge that is neither settled nor extended for so long may be swept. */
  readonly leaseMs: number;
}

interface Row {
  readonly state: "held" | "settled" | "void";
  readonly nonce: string;
  readonly funding: Funding;
  readonly day: string;
  readonly amount: number;
  readonly written_off: number;
}

const WORDS = [...REFUSALS, "needs_strict"] as const;

export class D1Wallet implements Wallet {
  readonly #db: D1Database;
  readonly #options: WalletOptions;

  constructor(db: D1Database, options: WalletOptions) {
    this.#db = db;
    this.#options = options;
  }

  async hold(request: HoldRequest): Promise<HoldOutcome> {
    const { leaseMs, fundedThresholdNanos } = this.#options;
    const refusal = (error: unknown) => raised(error, WORDS);
    try {
      return await this.#retried(async (): Promise<HoldOutcome> => {
        const statement = holdStatement(request, this.#moment(), leaseMs, fundedThresholdNanos);
        const [held] = await rowsOf<Pick<Row, "funding" | "day">>(this.#db, statement);
        if (held !== undefined) return { kind: "held", ...held };
        return this.#acknowledge(request);
      }, refusal);
    } catch (error) {
      const word = refusal(error);
      if (word === "needs_strict") return { kind: "needs_strict" };
      if (word !== undefined) return { kind: "refused", refusal: word };
      throw isFinal(error) ? error : unreachableFault(error);
    }
  }

  async checkpoint(charge: ChargeRef, facts?: ChargeFacts): Promise<boolean> {
    const nowMs = this.#options.now();
    try {
      const { meta } = await prepare(
        this.#db,
        checkpointStatement(charge, nowMs + this.#options.leaseMs, nowMs, facts),
      ).run();
      return meta.changes > 0;
    } catch (error) {
      warn("checkpoint_failed", charge, error);
      return false;
    }
  }

  async settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome> {
    return this.#close(charge, "settled", () => settleStatement(charge, settlement, this.#options.now()));
  }

  async release(charge: ChargeRef, release: Release): Promise<CloseOutcome> {
    return this.#close(charge, "void", () => releaseStatement(charge, release, this.#options.now()));
  }

  async funds(accountId: string, keyId: string | null): Promise<Funds | undefined> {
    const [row] = await rowsOf<{
      unlimited: number;
      overflow: number;
      available: number;
      plan_id: string | null;
      allowance_left: number | null;
      requests_left: number | null;
      key_left: number | null;
    }>(this.#db, fundsQuery(accountId, keyId, this.#moment()));
    if (row === undefined) return undefined;
    return {
      unlimited: row.unlimited === 1,
      overflow: row.overflow === 1,
      balanceNanos: row.available,
      allowance:
        row.plan_id === null
          ? undefined
          : { nanos: row.allowance_left ?? undefined, requests: row.requests_left ?? undefined },
      keyNanos: row.key_left ?? undefined,
    };
  }

  /** Nothing was inserted: only a row in state `held` with this request's own nonce acknowledges the hold. */
  async #acknowledge(request: HoldRequest): Promise<HoldOutcome> {
    const [row] = await rowsOf<Row>(this.#db, rowQuery(request));
    if (row?.state === "held" && row.nonce === request.nonce) {
      return { kind: "held", funding: row.funding, day: row.day };
    }
    const found = row === undefined ? "its account does not exist" : `the charge is ${row.state} or another request's`;
    throw new Fault("internal_error", { reason: `hold ${request.id} was not made: ${found}` });
  }

  async #close(charge: ChargeRef, state: "settled" | "void", statement: () => SQL): Promise<CloseOutcome> {
    try {
      return await this.#retried(async (): Promise<CloseOutcome> => {
        const [closed] = await rowsOf<Pick<Row, "amount" | "written_off">>(this.#db, statement());
        if (closed !== undefined) return outcome(state, closed, false);
        const [row] = await rowsOf<Row>(this.#db, rowQuery(charge));
        if (row === undefined || row.nonce !== charge.nonce) return { kind: "missing" };
        if (row.state === "held") throw new Error("the hold arrived between the update and the look");
        return outcome(row.state, row, true);
      });
    } catch (error) {
      warn("settle_failed", charge, error);
      return { kind: "unreachable", cause: error };
    }
  }

  async #retried<Result>(
    work: () => Promise<Result>,
    isAnswer: (error: unknown) => unknown = () => undefined,
  ): Promise<Result> {
    return retried(work, (error) => isFinal(error) || isAnswer(error) !== undefined, this.#options);
  }

  #moment(): Moment {
    const nowMs = this.#options.now();
    return { nowMs, today: dayOf(nowMs, this.#options.timeZone) };
  }
}

function outcome(state: "settled" | "void", row: Pick<Row, "amount" | "written_off">, replayed: boolean): CloseOutcome {
  return { kind: "closed", state, amountNanos: row.amount, writtenOffNanos: row.written_off, replayed };
}

/** Our own mistake, not the storage's. */
function isFinal(error: unknown): boolean {
  return error instanceof Fault || error instanceof RangeError;
}

function warn(event: string, { accountId, id }: ChargeRef, error: unknown): void {
  const reason = databaseMessage(error) ?? "unknown";
  console.error(JSON.stringify({ level: "error", event, account: accountId, charge: id, reason }));
}
