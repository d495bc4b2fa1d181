/** The end of a charge on D1: settle or release, in one statement that may come twice. */
import { log } from "../core/log.ts";
import { firstRow } from "./statement.ts";
import { databaseMessage, isOurMistake, retried, type RetryOptions } from "./storage.ts";
import { closingValues, RELEASE, ROW, SETTLE, type ClosedRow } from "./wallet-sql.ts";
import type { ChargeRef, CloseOutcome, Release, Settlement } from "./wallet.ts";

/** How a charge ends; plain data, so that it can be kept and sent. */
export interface Closing {
  readonly charge: ChargeRef;
  readonly end:
    | { readonly kind: "settle"; readonly settlement: Settlement }
    | { readonly kind: "release"; readonly release: Release };
}

export interface ClosingOptions extends RetryOptions {
  readonly now: () => number;
}

export class Closings {
  readonly #db: D1Database;
  readonly #options: ClosingOptions;

  constructor(db: D1Database, options: ClosingOptions) {
    this.#db = db;
    this.#options = options;
  }

  /** Never throws because of the storage. */
  async close({ charge, end }: Closing): Promise<CloseOutcome> {
    try {
      return await retried(
        async (): Promise<CloseOutcome> => {
          const closed = await this.#write(charge, end);
          if (closed !== undefined) return closedOutcome(closed, false);
          const row = await firstRow(this.#db, ROW, { accountId: charge.accountId, id: charge.id });
          if (row === undefined || row.state === null || row.nonce !== charge.nonce) return { kind: "missing" };
          return closedOutcome(row, true);
        },
        isOurMistake,
        this.#options,
      );
    } catch (error) {
      const reason = databaseMessage(error) ?? "unknown";
      log("error", "settle_failed", { account: charge.accountId, charge: charge.id, reason });
      return { kind: "unreachable", cause: error };
    }
  }

  async #write(charge: ChargeRef, end: Closing["end"]): Promise<ClosedRow | undefined> {
    const nowMs = this.#options.now();
    if (end.kind === "release") return firstRow(this.#db, RELEASE, closingValues(charge, end.release, nowMs));
    const { amountNanos, payableNanos = amountNanos } = end.settlement;
    return firstRow(this.#db, SETTLE, {
      ...closingValues(charge, end.settlement, nowMs),
      amount: amountNanos,
      payable: payableNanos,
    });
  }
}

function closedOutcome({ state, amount, written_off }: ClosedRow, replayed: boolean): CloseOutcome {
  if (state === "held") throw new Error("the hold arrived between the update and the look");
  return { kind: "closed", state, amountNanos: amount, writtenOffNanos: written_off, replayed };
}
