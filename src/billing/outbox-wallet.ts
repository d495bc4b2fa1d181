/** A wallet that loses no closing: what the storage does not take is posted to an outbox, which delivers it. */
import { log } from "../core/log.ts";
import type { Closing } from "./closings.ts";
import type { Outboxes } from "./outboxes.ts";
import type { ChargeFacts, ChargeRef, CloseOutcome, HoldOutcome, HoldRequest, Wallet } from "./wallet.ts";
import type { Release, Settlement } from "./wallet.ts";

export interface OutboxWalletOptions {
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
}

/** For so long both are tried in turn, where the outbox does not answer either. The platform ends a request after 30 s. */
const TRYING_MS = 20_000;
const PAUSE_MS = 1000;

export class OutboxWallet implements Wallet {
  readonly #wallet: Wallet;
  readonly #outboxes: Pick<Outboxes, "post">;
  readonly #options: OutboxWalletOptions;

  constructor(wallet: Wallet, outboxes: Pick<Outboxes, "post">, options: OutboxWalletOptions) {
    this.#wallet = wallet;
    this.#outboxes = outboxes;
    this.#options = options;
  }

  async hold(request: HoldRequest): Promise<HoldOutcome> {
    return this.#wallet.hold(request);
  }

  async checkpoint(charge: ChargeRef, facts?: ChargeFacts, holdNanos?: number): Promise<number | undefined> {
    return this.#wallet.checkpoint(charge, facts, holdNanos);
  }

  async settle(charge: ChargeRef, settlement: Settlement): Promise<CloseOutcome> {
    return this.#closed({ charge, end: { kind: "settle", settlement } }, async () =>
      this.#wallet.settle(charge, settlement),
    );
  }

  async release(charge: ChargeRef, release: Release): Promise<CloseOutcome> {
    return this.#closed({ charge, end: { kind: "release", release } }, async () =>
      this.#wallet.release(charge, release),
    );
  }

  async #closed(closing: Closing, close: () => Promise<CloseOutcome>): Promise<CloseOutcome> {
    const { now, sleep } = this.#options;
    const endMs = now() + TRYING_MS;
    for (;;) {
      const outcome = await close();
      if (outcome.kind !== "unreachable") return outcome;
      try {
        await this.#outboxes.post(closing);
        return { kind: "posted" };
      } catch (error) {
        const { accountId: account, id: charge } = closing.charge;
        log("error", "outbox_unreachable", { account, charge, reason: String(error).slice(0, 200) });
      }
      if (now() >= endMs) return outcome;
      await sleep(PAUSE_MS);
    }
  }
}
