/**
 * Proofs of thoughts in `thoughtSignature`, which is base64. Those of other vendors carry their vendor's name inside, so
 * that they find their way back.
 */
import type { Proof } from "../../operation/chat/conversation.ts";
import { only } from "../values.ts";

const FOREIGN = /^(openai|anthropic)~(signature|hidden)~([\w-]*)~/;

export function writeProof({ vendor, kind, value, id = "" }: Proof): string {
  return vendor === "google" ? value : btoa(`${vendor}~${kind}~${id}~${encodeURIComponent(value)}`);
}

export function readProof(signature: string): Proof {
  const match = FOREIGN.exec(decoded(signature));
  if (match === null) return { vendor: "google", kind: "signature", value: signature };
  const [head, vendor, kind, id = ""] = match;
  return {
    vendor: vendor === "openai" ? "openai" : "anthropic",
    kind: kind === "hidden" ? "hidden" : "signature",
    value: decodeURIComponent(decoded(signature).slice(head.length)),
    ...only({ id: id === "" ? undefined : id }),
  };
}

function decoded(signature: string): string {
  try {
    return atob(signature);
  } catch {
    return "";
  }
}
