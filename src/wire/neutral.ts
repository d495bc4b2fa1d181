/** A request in the neutral form of chat. It is read once, however many upstreams are asked. */
import type { ChatRequest } from "../operation/chat/conversation.ts";
import type { Carried, ChatCodec } from "./codec.ts";
import { withCallProofs } from "./proof-text.ts";
import type { ClientRequest } from "./types.ts";

const read = new WeakMap<ClientRequest, Carried<ChatRequest>>();

/** @throws Fault `invalid_parameter` */
export function neutralOf(request: ClientRequest, codec: ChatCodec): Carried<ChatRequest> {
  const known = read.get(request);
  if (known !== undefined) return known;
  const { value, dropped } = codec.readRequest(request);
  const carried = { value: withCallProofs(value), dropped };
  read.set(request, carried);
  return carried;
}

/** Adds to a request what its client left out. */
export function completeNeutral(
  request: ClientRequest,
  codec: ChatCodec,
  complete: (chat: ChatRequest) => ChatRequest,
): void {
  const { value, dropped } = neutralOf(request, codec);
  read.set(request, { value: complete(value), dropped });
}
