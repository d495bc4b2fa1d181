/** {@link Wallet} on D1: one statement per step; triggers move the money. */
import { Fault } from "../core/fault.ts";
import { log } from "../core/log.ts";
import { dayOf } from "./calendar.ts";
import { bound, firstRow } from "./statement.ts";
import { databaseMessage, raised, retried, type RetryOptions } from "./storage.ts";
import {
  CHECKPOINT,
  closingValues,
  EXTEND,
  factValues,
  FUNDS,
  HOLD,
  holdValues,
  RELEASE,
  ROW,
  SETTLE,
  type ChargeRow,
  type ClosedRow,
  type Moment,
} from "./wallet-sql.ts";
import {
  REFUSALS,
  unreachableFault,
  type ChargeFacts,
  type ChargeRef,
  type CloseOutcome,
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
  /** A charge that is neither settled nor extended for this long may be swept. */
  readonly leaseMs: number;
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
        const values = holdValues(request, this.#moment(), leaseMs, fundedThresholdNanos);
        const held = await firstRow(this.#db, HOLD, values);
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
    const lease = { ...charge, leaseUntil: nowMs + this.#options.leaseMs };
    try {
      const update =
        facts === undefined
          ? bound(this.#db, EXTEND, lease)
          : bound(this.#db, CHECKPOINT, {
              ...lease,
              ...factValues(facts),
              nowMs,
              amount: facts.amountNanos,
              cost: facts.costNanos,
            });
      return (await update.run()).meta.changes > 0;
    } catch (error) {
      warn("checkpoint_failed", charge, error);
      return false;
    }
  }

  async settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome> {
    return this.#close(charge, "settled", async () =>
      firstRow(this.#db, SETTLE, {
        ...closingValues(charge, settlement, this.#options.now()),
        amount: settlement.amountNanos,
      }),
    );
  }

  async release(charge: ChargeRef, release: Release): Promise<CloseOutcome> {
    return this.#close(charge, "void", async () =>
      firstRow(this.#db, RELEASE, closingValues(charge, release, this.#options.now())),
    );
  }

  async funds(accountId: string, keyId: string | null): Promise<Funds | undefined> {
    const row = await firstRow(this.#db, FUNDS, { ...this.#moment(), accountId, keyId });
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

  /** For a hold that inserted no row. Only a row in state `held` with this request's own nonce acknowledges it. */
  async #acknowledge(request: HoldRequest): Promise<HoldOutcome> {
    const row = await this.#row(request);
    if (row?.state === "held" && row.nonce === request.nonce) {
      return { kind: "held", funding: row.funding, day: row.day };
    }
    const found = row === undefined ? "its account does not exist" : `the charge is ${row.state} or another request's`;
    throw new Fault("internal_error", { reason: `hold ${request.id} was not made: ${found}` });
  }

  async #close(
    charge: ChargeRef,
    state: "settled" | "void",
    close: () => Promise<ClosedRow | undefined>,
  ): Promise<CloseOutcome> {
    try {
      return await this.#retried(async (): Promise<CloseOutcome> => {
        const closed = await close();
        if (closed !== undefined) return outcome(state, closed, false);
        const row = await this.#row(charge);
        if (row === undefined || row.nonce !== charge.nonce) return { kind: "missing" };
        if (row.state === "held") throw new Error("the hold arrived between the update and the look");
        return outcome(row.state, row, true);
      });
    } catch (error) {
      warn("settle_failed", charge, error);
      return { kind: "unreachable", cause: error };
    }
  }

  async #row({ accountId, id }: ChargeRef): Promise<ChargeRow | undefined> {
    return firstRow(this.#db, ROW, { accountId, id });
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

function outcome(state: "settled" | "void", row: ClosedRow, replayed: boolean): CloseOutcome {
  return { kind: "closed", state, amountNanos: row.amount, writtenOffNanos: row.written_off, replayed };
}

/** Whether the error is our own mistake and not the storage's. */
function isFinal(error: unknown): boolean {
  return error instanceof Fault || error instanceof RangeError;
}

function warn(event: string, { accountId, id }: ChargeRef, error: unknown): void {
  const reason = databaseMessage(error) ?? "unknown";
  log("error", event, { account: accountId, charge: id, reason });
}
