/** Carries a chat over any wire that has a codec, through the neutral form. */
import { ProofCollector } from "../operation/chat/call-proofs.ts";
import { promptTokensOf } from "../operation/demand.ts";
import type { Adapter } from "./adapters/types.ts";
import { neutralOf } from "./neutral.ts";
import { bodyOf } from "./form-request.ts";
import type { ChatCodec } from "./codec.ts";
import type { ChatEvent } from "../operation/chat/answer-events.ts";

export function translation(client: ChatCodec, upstream: ChatCodec): Adapter {
  return (request, target) => {
    const { value: chat, dropped: unread } = neutralOf(request, client);
    const { value: payload, dropped, headers } = upstream.writeRequest(chat, target);
    const events = upstream.events(target);
    const writer = client.pieces({
      chat,
      asked: bodyOf(request.payload).value,
      target,
      promptTokens: promptTokensOf(request.demand),
    });
    // It is charged and asked for where there is a price for it.
    const unpriced = chat.tier === undefined || target.fees.has("tier") ? [] : ["service_tier"];
    const hides = chat.reasoning?.isShown === false ? thoughtFilter() : () => false;
    const callers = new Set<number>();
    const proofs = new ProofCollector();
    return {
      payload,
      ...(headers === undefined ? {} : { headers }),
      dropped: [...new Set([...unread, ...dropped, ...unpriced])],
      pieces: (piece) =>
        events.read(piece).flatMap((event) => {
          proofs.add(event);
          return hides(event) ? [] : writer.write(withCalls(event, callers));
        }),
      proofs: () => proofs.take(),
      end: (counted) => writer.end(counted),
    };
  };
}

/** Finds the words of thoughts, for a client that does not want to see them. What proves them stays. */
function thoughtFilter(): (event: ChatEvent) => boolean {
  const thoughts = new Set<string>();
  return (event) => {
    if (event.kind === "part-start" && event.type === "reasoning") thoughts.add(`${event.choice} ${event.part}`);
    return event.kind === "delta" && thoughts.has(`${event.choice} ${event.part}`);
  };
}

/** Some upstreams end an answer that calls tools like any other. @param callers the choices that called a tool */
function withCalls(event: ChatEvent, callers: Set<number>): ChatEvent {
  if (event.kind === "part-start" && event.type === "tool-call") callers.add(event.choice);
  return event.kind === "end" && event.reason === "stop" && callers.has(event.choice)
    ? { ...event, reason: "tools" }
    : event;
}
