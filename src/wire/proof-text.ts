/**
 * Proofs as texts, for wires that have one field for the proofs of every vendor. A wire's own vendor gets its proofs as they
 * are; those of others carry the vendor's name, so that they find their way back.
 */
import type { ChatRequest, Part, Proof, Turn } from "../operation/chat/conversation.ts";
import { only } from "./values.ts";

const FOREIGN = /^(openai|anthropic|google)~(signature|hidden)~([\w-]*)~/;

/** @param own the vendor of the wire */
export function writeProof({ vendor, kind, value, id = "" }: Proof, own: Proof["vendor"]): string {
  return vendor === own ? value : `${vendor}~${kind}~${id}~${value}`;
}

/** @param unmarked what a text without a vendor's name is */
export function readProof(text: string, unmarked: Omit<Proof, "value">): Proof {
  const match = FOREIGN.exec(text);
  if (match === null) return { ...unmarked, value: text };
  const [head, vendor, kind, id = ""] = match;
  return {
    vendor: vendor as Proof["vendor"],
    kind: kind as Proof["kind"],
    value: text.slice(head.length),
    ...only({ id: id === "" ? undefined : id }),
  };
}

/**
 * Gives calls the proofs that travelled as thoughts, in wires where a call has no field for one: such a proof names its
 * call.
 */
export function withCallProofs(chat: ChatRequest): ChatRequest {
  const calls = new Set(partsOf(chat).flatMap((part) => (part.kind === "tool-call" ? [part.id] : [])));
  const named = partsOf(chat).flatMap((part) =>
    part.kind === "reasoning" && part.proof?.id !== undefined && calls.has(part.proof.id) ? [part.proof] : [],
  );
  if (named.length === 0) return chat;
  const proofs = new Map(named.map(({ id, ...proof }) => [id, proof]));
  const give = (part: Part): Part[] => {
    if (part.kind === "reasoning" && part.proof?.id !== undefined && proofs.has(part.proof.id)) return [];
    const proof = part.kind === "tool-call" ? proofs.get(part.id) : undefined;
    return part.kind === "tool-call" && proof !== undefined ? [{ ...part, proof }] : [part];
  };
  return { ...chat, turns: chat.turns.map((turn): Turn => ({ ...turn, parts: turn.parts.flatMap(give) })) };
}

function partsOf({ turns }: ChatRequest): Part[] {
  return turns.flatMap(({ parts }) => parts);
}
