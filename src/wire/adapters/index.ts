/** The table of adapters: from a client's wire to the wires of other operations that can serve it. */
import { completeOverChat } from "./complete-over-chat.ts";
import type { Adapter } from "./types.ts";

export const ADAPTERS: Readonly<Record<string, Readonly<Record<string, Adapter>>>> = {
  "openai.completions": { "openai.chat": completeOverChat },
};
