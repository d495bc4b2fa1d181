/** A request in the neutral form of chat. It is read once, however many upstreams are asked. */
import type { ChatRequest } from "../operation/chat/conversation.ts";
import type { Carried, ChatCodec } from "./codec.ts";
import { withCallProofs } from "./proof-text.ts";
import { invalid } from "./invalid.ts";
import { unsupported } from "./unsupported.ts";
import type { ClientRequest } from "./types.ts";

const read = new WeakMap<ClientRequest, Carried<ChatRequest>>();

/** @throws Fault `invalid_parameter` */
export function neutralOf(request: ClientRequest, codec: ChatCodec): Carried<ChatRequest> {
  const known = read.get(request);
  if (known !== undefined) return known;
  const { value, dropped } = codec.readRequest(request);
  refuseNothingLeft(value, dropped);
  checkCalls(value, codec.resultField);
  const { fees, attributes = {} } = request.demand;
  const tier = fees?.has("tier") === true ? { tier: attributes["tier"] ?? "" } : {};
  const carried = { value: { ...withCallProofs(value), ...tier }, dropped };
  read.set(request, carried);
  return carried;
}

/**
 * A tool that the upstream runs may be left out where others are left. If it was the only one, the answer would be another.
 * @throws Fault `unsupported_feature`
 */
function refuseNothingLeft({ tools, webSearch, mcpServers }: ChatRequest, dropped: readonly string[]): void {
  const lost = dropped.find((name) => name.startsWith("tools."));
  if (lost !== undefined && tools.length === 0 && webSearch === undefined && mcpServers.length === 0)
    throw unsupported(lost);
}

/**
 * Some upstreams use an id again in a later turn, so that it need be unique within its turn alone.
 * @throws Fault `invalid_parameter` for a result without a call before it, and for two calls of one id
 */
function checkCalls({ turns }: ChatRequest, param: string): void {
  const calls = new Set<string>();
  for (const { parts } of turns) {
    const own = parts.flatMap((part) => (part.kind === "tool-call" && part.id !== "" ? [part.id] : []));
    const twice = own.find((id, position) => own.indexOf(id) < position);
    if (twice !== undefined)
      throw invalid(param, `names two calls: '${shown(twice)}'`, `重复的调用 id:'${shown(twice)}'`);
    for (const id of own) calls.add(id);
    for (const part of parts) {
      if (part.kind !== "tool-result" || calls.has(part.id)) continue;
      throw invalid(param, `names no call before it: '${shown(part.id)}'`, `之前没有对应的调用:'${shown(part.id)}'`);
    }
  }
}

function shown(id: string): string {
  return id.slice(0, 100);
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
