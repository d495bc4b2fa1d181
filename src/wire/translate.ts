/** Carries a chat over any wire that has a codec, through the neutral form. */
import { promptTokensOf } from "../operation/demand.ts";
import type { Adapter } from "./adapters/types.ts";
import { withCallProofs } from "./proof-text.ts";
import { jsonOf } from "./request-members.ts";
import type { ChatCodec } from "./codec.ts";
import type { ChatEvent } from "../operation/chat/answer-events.ts";

export function translation(client: ChatCodec, upstream: ChatCodec): Adapter {
  return (request, target) => {
    const read = client.readRequest(request);
    const chat = withCallProofs(read.value);
    const { value: payload, dropped, headers } = upstream.writeRequest(chat, target);
    const events = upstream.events(target);
    const writer = client.pieces({
      chat,
      asked: jsonOf(request.payload).value,
      target,
      promptTokens: promptTokensOf(request.demand),
    });
    const callers = new Set<number>();
    return {
      payload,
      ...(headers === undefined ? {} : { headers }),
      dropped: [...new Set([...read.dropped, ...dropped])],
      pieces: (piece) => events.read(piece).flatMap((event) => writer.write(withCalls(event, callers))),
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
