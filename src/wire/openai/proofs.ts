/**
 * `reasoning_details`: how chat clients get what a vendor wants back with the next turn, and return it.
 * @see https://openrouter.ai/docs/use-cases/reasoning-tokens
 */
import type { JsonObject } from "../../core/json.ts";
import type { Proof } from "../../operation/chat/conversation.ts";
import { only, textIn } from "../values.ts";

const VENDORS: Readonly<Record<string, Proof["vendor"]>> = {
  "anthropic-claude-v1": "anthropic",
  "openai-responses-v1": "openai",
  "google-gemini-v1": "google",
};

/** undefined = the entry holds text alone. */
export function proofOf(detail: JsonObject): Proof | undefined {
  const vendor = VENDORS[textIn(detail["format"]) ?? ""];
  const hidden = textIn(detail["data"]);
  const value = hidden ?? textIn(detail["signature"]);
  if (vendor === undefined || value === undefined || value === "") return undefined;
  return { vendor, kind: hidden === undefined ? "signature" : "hidden", value, ...only({ id: textIn(detail["id"]) }) };
}

/** @param text the whole of the reasoning that the proof is for */
export function detailOf(proof: Proof, text: string, index: number): JsonObject {
  const format = Object.keys(VENDORS).find((name) => VENDORS[name] === proof.vendor);
  const common = { format, index, ...only({ id: proof.id }) };
  if (proof.kind === "hidden") return { type: "reasoning.encrypted", data: proof.value, ...common };
  return { type: "reasoning.text", text, signature: proof.value, ...common };
}
