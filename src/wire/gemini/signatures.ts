/** Proofs in `thoughtSignature`, which is base64. */
import type { Proof } from "../../operation/chat/conversation.ts";
import { readProof, writeProof } from "../proof-text.ts";

export function writeSignature(proof: Proof): string {
  return proof.vendor === "google" ? proof.value : btoa(encodeURIComponent(writeProof(proof, "google")));
}

export function readSignature(signature: string): Proof {
  const own = { vendor: "google", kind: "signature" } as const;
  const proof = readProof(decoded(signature), own);
  return proof.vendor === "google" ? { ...own, value: signature } : proof;
}

function decoded(signature: string): string {
  try {
    return decodeURIComponent(atob(signature));
  } catch {
    return "";
  }
}
