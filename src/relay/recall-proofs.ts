/** Completes a request with what its client did not send back of the reasoning before its tool calls. */
import { Fault } from "../core/fault.ts";
import { unprovenCalls, withProofs } from "../operation/chat/call-proofs.ts";
import { completeNeutral, neutralOf } from "../wire/neutral.ts";
import type { ChatCodec } from "../wire/codec.ts";
import type { ClientRequest } from "../wire/types.ts";
import type { EligibleRoutes } from "./eligible-routes.ts";
import type { RelayRequest } from "./relay-request.ts";
import type { RelayServices } from "./relay-services.ts";

/** It only waits for storage if the request goes on with tool calls, and may go over another wire. */
export async function recallProofs(
  { proofs }: RelayServices,
  { asked, options }: RelayRequest,
  { routes }: EligibleRoutes,
): Promise<void> {
  if (asked.wire.codec === undefined || routes.every(({ wire }) => wire === asked.wire.name)) return;
  const calls = callsOf(asked, asked.wire.codec);
  if (calls.length === 0) return;
  const known = await options.log.time("proofs", proofs.recall(options.payer.accountId, calls));
  if (known.size > 0) completeNeutral(asked, asked.wire.codec, (chat) => withProofs(chat, known));
}

/** None if the request cannot be translated: whoever tries it says why. */
function callsOf(asked: ClientRequest, codec: ChatCodec): string[] {
  try {
    return unprovenCalls(neutralOf(asked, codec).value);
  } catch (error) {
    if (error instanceof Fault) return [];
    throw error;
  }
}
