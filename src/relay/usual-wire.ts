/** The wire that a new route most likely speaks. Operators see it, and choose another where it is wrong. */
import type { Operation } from "../operation/operations.ts";
import type { KindName } from "../upstream/index.ts";
import type { WireName } from "../wire/index.ts";

type Wires = Readonly<Partial<Record<Operation, WireName>>>;

/** Of vendors and relays with OpenAI's paths, and what others have beside them. */
const OPENAI = {
  chat: "openai.chat",
  complete: "openai.completions",
  embed: "openai.embeddings",
  image: "openai.images",
  moderate: "openai.moderations",
  paint: "midjourney.tasks",
  realtime: "openai.realtime",
  rerank: "jina.rerank",
  speech: "openai.speech",
  transcribe: "openai.transcriptions",
  video: "openai.videos",
} as const satisfies Record<Operation, WireName>;

const WIRES: Readonly<Record<KindName, Wires>> = {
  bearer: OPENAI,
  azure: OPENAI,
  anthropic: { chat: "anthropic.messages" },
  gemini: { chat: "gemini.generate", embed: "gemini.embed", image: "gemini.generate", video: "gemini.video" },
  kling: { image: "kling.images", video: "kling.videos" },
  midjourney: { paint: "midjourney.tasks" },
};

/** undefined = an upstream of this kind does nothing of this operation. @param kind an unknown one counts as `bearer` */
export function usualWire(kind: string, operation: Operation): WireName | undefined {
  const wires: Wires = Object.entries(WIRES).find(([name]) => name === kind)?.[1] ?? OPENAI;
  return wires[operation];
}
