/** What a model is probably for, by its name: upstreams list all of their models alike. Operators see it before they add one. */
import type { Operation } from "../operation/operations.ts";
import type { WireName } from "../wire/index.ts";

export interface Guess {
  readonly operation: Operation;
  readonly wire: WireName;
}

interface Row {
  readonly operation: Operation;
  readonly names: RegExp;
  /** By the chat wire of the upstream; absent = it has no such models. */
  readonly wires: Readonly<Partial<Record<WireName, WireName>>>;
}

const over = (wire: WireName, google?: WireName): Row["wires"] => ({
  "openai.chat": wire,
  ...(google === undefined ? {} : { "gemini.generate": google }),
});

/** The first that fits. */
const ROWS: readonly Row[] = [
  { operation: "rerank", names: /rerank/, wires: over("jina.rerank") },
  { operation: "embed", names: /embed|\b(bge|gte|e5)-/, wires: over("openai.embeddings", "gemini.embed") },
  { operation: "moderate", names: /moderation/, wires: over("openai.moderations") },
  { operation: "realtime", names: /realtime/, wires: over("openai.realtime") },
  { operation: "transcribe", names: /whisper|transcribe|sensevoice|\basr\b/, wires: over("openai.transcriptions") },
  { operation: "speech", names: /\btts\b|cosyvoice|kokoro/, wires: over("openai.speech") },
  {
    operation: "image",
    names: /\bimage\b|dall-e|\bflux\b|seedream|stable-diffusion|sdxl|cogview|kolors/,
    wires: over("openai.images", "gemini.generate"),
  },
  {
    operation: "video",
    names: /\bsora\b|\bveo|kling|\bwan\d|seedance|video/,
    wires: over("openai.videos", "gemini.video"),
  },
  { operation: "complete", names: /turbo-instruct|davinci-002|babbage-002/, wires: over("openai.completions") },
];

/** @param chat the wire of the upstream's chats */
export function guessOperation(id: string, chat: WireName): Guess {
  const name = id.toLowerCase();
  const row = ROWS.find(({ names, wires }) => names.test(name) && wires[chat] !== undefined);
  return { operation: row?.operation ?? "chat", wire: row?.wires[chat] ?? chat };
}
