/** The registry of wires: a new one is a file and a line here. */
import { messages } from "./anthropic/messages.ts";
import { cohereRerank } from "./cohere/rerank.ts";
import { embedContent } from "./gemini/embed-content.ts";
import { generateContent } from "./gemini/generate-content.ts";
import { predictForm } from "./gemini/predict-form.ts";
import { predictVideo } from "./gemini/predict-video.ts";
import { rerank } from "./jina/rerank.ts";
import { pictureForm } from "./kling/picture-form.ts";
import { pictures } from "./kling/pictures.ts";
import { KLING_FORMS } from "./kling/video-form.ts";
import { videos as klingVideos } from "./kling/videos.ts";
import { paintForm } from "./midjourney/paint-form.ts";
import { paint } from "./midjourney/paint.ts";
import { chat } from "./openai/chat.ts";
import { completions } from "./openai/completions.ts";
import { embeddings } from "./openai/embeddings.ts";
import { images } from "./openai/images.ts";
import { moderations } from "./openai/moderations.ts";
import { realtime } from "./openai/realtime.ts";
import { responses } from "./openai/responses.ts";
import { speech } from "./openai/speech.ts";
import { transcriptions } from "./openai/transcriptions.ts";
import { generationForm, videoForm } from "./openai/video-form.ts";
import { videos } from "./openai/videos.ts";
import type { RealtimeWire } from "./realtime-types.ts";
import type { TaskForm, TaskWire } from "./task-types.ts";
import type { Wire } from "./types.ts";

export const WIRES = {
  "openai.chat": chat,
  "openai.completions": completions,
  "openai.embeddings": embeddings,
  "openai.images": images,
  "openai.moderations": moderations,
  "openai.responses": responses,
  "openai.speech": speech,
  "openai.transcriptions": transcriptions,
  "anthropic.messages": messages,
  "gemini.generate": generateContent,
  "gemini.embed": embedContent,
  "jina.rerank": rerank,
  "cohere.rerank": cohereRerank,
} as const satisfies Record<string, Wire>;

/** Those of conversations over a socket. */
export const REALTIME_WIRES = { "openai.realtime": realtime } as const satisfies Record<string, RealtimeWire>;

/** Those of upstreams whose answers come later. */
export const TASK_WIRES = {
  "midjourney.tasks": paint,
  "openai.videos": videos,
  "gemini.video": predictVideo,
  "kling.videos": klingVideos,
  "kling.images": pictures,
} as const satisfies Record<string, TaskWire<never>>;

/** How clients ask for what comes later. */
export const TASK_FORMS = {
  "midjourney.tasks": paintForm,
  "openai.videos": videoForm,
  "videos.generations": generationForm,
  "gemini.video": predictForm,
  ...KLING_FORMS,
  "kling.images": pictureForm,
} as const satisfies Record<string, TaskForm>;

export type WireName = keyof typeof WIRES | keyof typeof REALTIME_WIRES | keyof typeof TASK_WIRES;
export const WIRE_NAMES = Object.keys({ ...WIRES, ...REALTIME_WIRES, ...TASK_WIRES }) as [WireName, ...WireName[]];

/** Wires by the names that routes carry. */
export type WireRegistry = Readonly<Record<string, Wire>>;
