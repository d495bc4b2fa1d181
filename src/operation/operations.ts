/** What can be asked of a model. A model serves one operation, and a wire carries one. */
export const OPERATIONS = [
  "chat",
  "complete",
  "embed",
  "image",
  "moderate",
  "paint",
  "realtime",
  "rerank",
  "speech",
  "transcribe",
  "video",
] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The field of OpenAI's requests that a fault names when a model cannot take the input. */
export const INPUT_FIELDS = {
  chat: "messages",
  complete: "prompt",
  embed: "input",
  image: "prompt",
  moderate: "input",
  paint: "prompt",
  realtime: "model",
  rerank: "documents",
  speech: "input",
  transcribe: "file",
  video: "prompt",
} as const satisfies Record<Operation, string>;

/**
 * The operations whose models serve a request, by its own operation: a chat model goes on with a prompt, and an image model
 * answers a chat with pictures. {@link isForAuto} says which of them are chosen unnamed.
 */
export const SERVED_BY: Readonly<Record<Operation, readonly Operation[]>> = {
  chat: ["chat", "image"],
  complete: ["complete", "chat"],
  embed: ["embed"],
  image: ["image"],
  moderate: ["moderate"],
  paint: ["paint"],
  realtime: ["realtime"],
  rerank: ["rerank"],
  speech: ["speech"],
  transcribe: ["transcribe"],
  video: ["video"],
};

/** Whoever wants pictures in a chat names a model that makes them. */
export function isForAuto(asked: Operation, model: Operation): boolean {
  return SERVED_BY[asked].includes(model) && (model !== "image" || asked === "image");
}

/** What takes long and costs much each time it is made. A late upstream is waited for; no second one is asked beside it. */
export const MADE_ONCE: ReadonlySet<Operation> = new Set(["image", "paint", "speech", "transcribe", "video"]);

/** What a model can take beyond text. `auto` skips models that lack what a request needs. */
export const CAPABILITIES = ["tools", "image", "audio", "file"] as const;
export type Capability = (typeof CAPABILITIES)[number];
