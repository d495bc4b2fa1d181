/** What a new account gets for nothing. Each account gets it once. */
import { postEntry } from "../../accounts/entries.ts";
import { Fault } from "../../core/fault.ts";
import type { Services } from "../../services.ts";

/** @param nanos 0 = nothing */
export async function giveGrant(services: Services, accountId: string, nanos: number): Promise<void> {
  if (nanos === 0) return;
  const grant = { kind: "adjustment", id: `grant:${accountId}`, amountNanos: nanos, reason: "sign-up" } as const;
  try {
    await postEntry(services, { accountId, by: "portal" }, grant);
  } catch (error) {
    // The account got its grant when it was another amount.
    if (!(error instanceof Fault && error.kind === "conflict")) throw error;
  }
}
