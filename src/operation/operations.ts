/** What can be asked of a model. A model serves one operation, and a wire carries one. */
export const OPERATIONS = ["chat", "complete", "embed", "moderate", "rerank"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** The field of OpenAI's requests that a fault names when a model cannot take the input. */
export const INPUT_FIELDS = {
  chat: "messages",
  complete: "prompt",
  embed: "input",
  moderate: "input",
  rerank: "documents",
} as const satisfies Record<Operation, string>;

/** What a model can take beyond text. `auto` skips models that lack what a request needs. */
export const CAPABILITIES = ["tools", "image", "audio", "file"] as const;
export type Capability = (typeof CAPABILITIES)[number];
