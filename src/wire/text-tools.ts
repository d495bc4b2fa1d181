/** Tools that take text, over wires whose tools take JSON alone: there they have a single argument. */
import { isObject, parseForeign } from "../core/json.ts";
import type { PartStart } from "../operation/chat/answer-events.ts";
import type { Tool } from "../operation/chat/conversation.ts";

/** The schema of that argument. */
export const TEXT_INPUT = { type: "object", properties: { input: { type: "string" } }, required: ["input"] };

/** Whether a call names a tool that takes text for the client, and has a single argument for the upstream. */
export function isWrapped({ type, name, takesText }: PartStart, tools: readonly Tool[]): boolean {
  if (type !== "tool-call" || takesText === true) return false;
  const tool = tools.find((one) => one.name === name);
  return tool !== undefined && tool.schema === undefined;
}

/** The text in the single argument. */
export function unwrapped(json: string): string {
  const value = parseForeign(json);
  return isObject(value) && typeof value["input"] === "string" ? value["input"] : json;
}
