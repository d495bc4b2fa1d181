/** Carries a chat over any wire that has a codec, through the neutral form. */
import { ProofCollector } from "../operation/chat/call-proofs.ts";
import { promptTokensOf } from "../operation/demand.ts";
import type { Adapter } from "./adapters/types.ts";
import { neutralOf } from "./neutral.ts";
import { jsonOf } from "./request-members.ts";
import type { ChatCodec } from "./codec.ts";
import type { ChatEvent } from "../operation/chat/answer-events.ts";

export function translation(client: ChatCodec, upstream: ChatCodec): Adapter {
  return (request, target) => {
    const { value: chat, dropped: unread } = neutralOf(request, client);
    const { value: payload, dropped, headers } = upstream.writeRequest(chat, target);
    const events = upstream.events(target);
    const writer = client.pieces({
      chat,
      asked: jsonOf(request.payload).value,
      target,
      promptTokens: promptTokensOf(request.demand),
    });
    const callers = new Set<number>();
    const proofs = new ProofCollector();
    return {
      payload,
      ...(headers === undefined ? {} : { headers }),
      dropped: [...new Set([...unread, ...dropped])],
      pieces: (piece) =>
        events.read(piece).flatMap((event) => {
          proofs.add(event);
          return writer.write(withCalls(event, callers));
        }),
      proofs: () => proofs.take(),
      end: (counted) => writer.end(counted),
    };
  };
}

/** Some upstreams end an answer that calls tools like any other. @param callers the choices that called a tool */
function withCalls(event: ChatEvent, callers: Set<number>): ChatEvent {
  if (event.kind === "part-start" && event.type === "tool-call") callers.add(event.choice);
  return event.kind === "end" && event.reason === "stop" && callers.has(event.choice)
    ? { ...event, reason: "tools" }
    : event;
}
