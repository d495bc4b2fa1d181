/** What the readers of answers have in common. */
import { Fault } from "../core/fault.ts";
import type { Usage } from "../core/units.ts";
import type { ModelText, Step } from "./types.ts";

/** The text of a step while it is put together. */
export type Text = { -readonly [Key in keyof ModelText]: ModelText[Key] };

/** A step that brought nothing. */
export const NOTHING: Step = {
  pieces: [],
  isMeaningful: false,
  finishes: false,
  isLast: false,
  usage: undefined,
  text: { output: "", reasoning: "" },
};

/** The fault for an answer or a stream that does not follow its wire. @param billed what the upstream counted all the same */
export function broken(reason: string, billed?: Usage): Fault {
  return new Fault("upstream_error", { reason, billed });
}

/** Whether the model was paid for output, although there is none. */
export function spentOutput(usage: Usage | undefined): boolean {
  return (usage?.output ?? 0) + (usage?.reasoning ?? 0) + (usage?.outputAudio ?? 0) > 0;
}
