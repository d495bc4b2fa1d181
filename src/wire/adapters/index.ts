/** The table of adapters: how the wire of one operation is carried over the wire of another. */
import { chat } from "../openai/chat.ts";
import type { Wire } from "../types.ts";
import { completeOverChat } from "./complete-over-chat.ts";
import type { Adapter } from "./types.ts";

interface Step {
  readonly over: Wire;
  readonly adapter: Adapter;
}

/** By the client's wire. */
export const ADAPTERS: Readonly<Record<string, Step>> = {
  "openai.completions": { over: chat, adapter: completeOverChat },
};

/** Goes over `over`, and from there on by `next`. */
export function inTwoSteps({ over, adapter }: Step, next: Adapter): Adapter {
  return (request, target) => {
    const first = adapter(request, target);
    const second = next({ ...request, wire: over, payload: first.payload }, target);
    return {
      ...second,
      dropped: [...first.dropped, ...second.dropped],
      pieces: (piece) => second.pieces(piece).flatMap(first.pieces),
      end: (counted) => [...second.end(counted).flatMap(first.pieces), ...first.end(counted)],
    };
  };
}
