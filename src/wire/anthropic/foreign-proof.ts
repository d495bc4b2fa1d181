/**
 * Proofs of other vendors in the one field that this wire has for all of them. They carry their vendor's name, so that
 * they find their way back.
 */
import type { Proof } from "../../operation/chat/conversation.ts";
import { only } from "../values.ts";

const FOREIGN = /^(openai|google)~([\w-]*)~/;

export function foreignProof({ vendor, value, id = "" }: Proof): string {
  return vendor === "anthropic" ? value : `${vendor}~${id}~${value}`;
}

export function readProof(kind: Proof["kind"], value: string): Proof {
  const match = FOREIGN.exec(value);
  if (match === null) return { vendor: "anthropic", kind, value };
  const [head, vendor, id = ""] = match;
  const name = vendor === "google" ? "google" : "openai";
  return { vendor: name, kind, value: value.slice(head.length), ...only({ id: id === "" ? undefined : id }) };
}
