/** {@link Wallet} on D1: one statement per step; triggers move the money. */
import { Fault } from "../core/fault.ts";
import { log } from "../core/log.ts";
import { dayOf } from "./calendar.ts";
import { Closings } from "./closings.ts";
import { firstRow } from "./statement.ts";
import { databaseMessage, isOurMistake, raised, retried, type RetryOptions } from "./storage.ts";
import {
  CHECKPOINT,
  EXTEND,
  factValues,
  HOLD,
  holdValues,
  ROW,
  type AccountLimits,
  type ChargeRow,
  type Moment,
} from "./wallet-sql.ts";
import {
  SHORTAGES,
  unreachableFault,
  type ChargeFacts,
  type ChargeRef,
  type CloseOutcome,
  type HoldOutcome,
  type HoldRequest,
  type Release,
  type Settlement,
  type Wallet,
} from "./wallet.ts";

export interface WalletOptions extends RetryOptions, AccountLimits {
  readonly now: () => number;
  /** `BILLING_TIMEZONE`. */
  readonly timeZone: string;
  /** A charge that is neither settled nor extended for this long may be swept. */
  readonly leaseMs: number;
}

export class D1Wallet implements Wallet {
  readonly #db: D1Database;
  readonly #options: WalletOptions;
  readonly #closings: Closings;

  constructor(db: D1Database, options: WalletOptions) {
    this.#db = db;
    this.#options = options;
    this.#closings = new Closings(db, options);
  }

  async hold(request: HoldRequest): Promise<HoldOutcome> {
    const shortage = (error: unknown) => raised(error, SHORTAGES);
    try {
      return await this.#retried(async (): Promise<HoldOutcome> => {
        const held = await firstRow(this.#db, HOLD, holdValues(request, this.#moment(), this.#options));
        return held === undefined ? this.#acknowledge(request) : heldOutcome(held);
      }, shortage);
    } catch (error) {
      const word = shortage(error);
      if (word !== undefined) return { kind: "refused", refusal: word };
      throw isOurMistake(error) ? error : unreachableFault(error);
    }
  }

  async checkpoint(charge: ChargeRef, facts?: ChargeFacts, holdNanos = 0): Promise<number | undefined> {
    const nowMs = this.#options.now();
    const lease = { ...charge, leaseUntil: nowMs + this.#options.leaseMs, hold: holdNanos };
    try {
      const row =
        facts === undefined
          ? await firstRow(this.#db, EXTEND, lease)
          : await firstRow(this.#db, CHECKPOINT, {
              ...lease,
              ...factValues(facts),
              nowMs,
              amount: facts.amountNanos,
              cost: facts.costNanos,
            });
      return row?.estimate;
    } catch (error) {
      warn("checkpoint_failed", charge, error);
      return undefined;
    }
  }

  async settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome> {
    return this.#closings.close({ charge, end: { kind: "settle", settlement } });
  }

  async release(charge: ChargeRef, release: Release): Promise<CloseOutcome> {
    return this.#closings.close({ charge, end: { kind: "release", release } });
  }

  /**
   * For a hold that inserted no row. A row in state `held` with this request's own nonce acknowledges it. Without a row, a
   * limit of the account was reached.
   */
  async #acknowledge(request: HoldRequest): Promise<HoldOutcome> {
    const row = await this.#row(request);
    if (row?.state === "held" && row.nonce === request.nonce) return heldOutcome(row);
    if (row?.state === null) {
      const isCrowded = row.open_charges >= this.#options.maxOpen;
      return { kind: "refused", refusal: isCrowded ? "concurrency_limited" : "too_much_written_off" };
    }
    const found = row === undefined ? "its account does not exist" : `the charge is ${row.state} or another request's`;
    throw new Fault("internal_error", { reason: `hold ${request.id} was not made: ${found}` });
  }

  async #row({ accountId, id }: ChargeRef) {
    return firstRow(this.#db, ROW, { accountId, id });
  }

  async #retried<Result>(
    work: () => Promise<Result>,
    isAnswer: (error: unknown) => unknown = () => undefined,
  ): Promise<Result> {
    return retried(work, (error) => isOurMistake(error) || isAnswer(error) !== undefined, this.#options);
  }

  #moment(): Moment {
    const nowMs = this.#options.now();
    return { nowMs, today: dayOf(nowMs, this.#options.timeZone) };
  }
}

function heldOutcome({ funding, day, estimate }: Pick<ChargeRow, "funding" | "day" | "estimate">): HoldOutcome {
  return { kind: "held", funding, day, nanos: estimate };
}

function warn(event: string, { accountId, id }: ChargeRef, error: unknown): void {
  const reason = databaseMessage(error) ?? "unknown";
  log("error", event, { account: accountId, charge: id, reason });
}
