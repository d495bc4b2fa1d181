/** What can be asked of a model. A model serves one operation, and a wire carries one. */
export const OPERATIONS = ["chat", "complete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What a model can take beyond text. `auto` skips models that lack what a request needs. */
export const CAPABILITIES = ["tools", "image", "audio", "file"] as const;
export type Capability = (typeof CAPABILITIES)[number];
