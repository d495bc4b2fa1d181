/** What the log says of a charge that did not go as it should. */
import type { ChargeRef, CloseOutcome } from "../billing/wallet.ts";
import type { JsonObject } from "../core/json.ts";
import { log } from "../core/log.ts";

export function warnOfCharge({ accountId, id }: ChargeRef, event: string, details: JsonObject): void {
  log("warn", event, { request_id: `req_${id}`, account: accountId, charge: id, ...details });
}

/** Says what was written off, and whether the charge is closed. */
export function tellClosing(ref: ChargeRef, closed: CloseOutcome): void {
  if (closed.kind === "closed" && closed.writtenOffNanos > 0)
    warnOfCharge(ref, "written_off", { nanos: closed.writtenOffNanos });
  if (closed.kind === "posted") warnOfCharge(ref, "charge_posted", {});
  else if (closed.kind !== "closed") warnOfCharge(ref, "charge_not_closed", { outcome: closed.kind });
}
