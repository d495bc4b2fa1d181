/** What the readers of answers have in common. */
import { Fault } from "../core/fault.ts";
import { JsonDraft } from "../core/json-edit.ts";
import { isObject, parseForeign } from "../core/json.ts";
import type { Payload } from "../core/payload.ts";
import type { Usage } from "../core/units.ts";
import type { ModelText, Step } from "./types.ts";

/** The text of a step while it is put together. */
export type Text = { -readonly [Key in keyof ModelText]: ModelText[Key] };

/** A whole answer. @throws Fault `upstream_error` when it is no JSON object */
export function answerDraft(payload: Payload): JsonDraft {
  if (payload.kind !== "json") throw broken("an answer that is no JSON object");
  return new JsonDraft(payload.value, payload.text);
}

/** The data of an event. @throws Fault `upstream_error` when it is no JSON object */
export function eventDraft(data: string): JsonDraft {
  const value = parseForeign(data);
  if (!isObject(value)) throw broken("an event that is no JSON object");
  return new JsonDraft(value, data);
}

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
