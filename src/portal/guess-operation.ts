/** What a model is probably for, by its name: upstreams list all of their models alike. Operators see it before they add one. */
import { OPERATIONS, type Operation } from "../operation/operations.ts";
import { usualWire } from "../relay/usual-wire.ts";
import type { WireName } from "../wire/index.ts";

export interface Guess {
  readonly operation: Operation;
  readonly wire: WireName;
}

/** The first that fits, and that upstreams of the kind have. What none fits is for the first of {@link OPERATIONS} that they have. */
const ROWS: readonly (readonly [operation: Operation, names: RegExp])[] = [
  ["rerank", /rerank/],
  ["embed", /embed|\b(bge|gte|e5)-/],
  ["moderate", /moderation/],
  ["realtime", /realtime/],
  ["transcribe", /whisper|transcribe|sensevoice|\basr\b/],
  ["speech", /\btts\b|cosyvoice|kokoro/],
  ["image", /\bimage\b|dall-e|\bflux\b|seedream|stable-diffusion|sdxl|cogview|kolors/],
  ["video", /\bsora\b|\bveo|kling|\bwan\d|seedance|video/],
  ["complete", /turbo-instruct|davinci-002|babbage-002/],
];

/** @param kind of the upstream */
export function guessOperation(id: string, kind: string): Guess {
  const name = id.toLowerCase();
  const named = ROWS.flatMap(([operation, names]) => (names.test(name) ? [operation] : []));
  for (const operation of [...named, ...OPERATIONS]) {
    const wire = usualWire(kind, operation);
    if (wire !== undefined) return { operation, wire };
  }
  return { operation: "chat", wire: "openai.chat" };
}
