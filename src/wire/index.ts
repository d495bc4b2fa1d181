/** The registry of wires: a new one is a file and a line here. */
import { chat } from "./openai/chat.ts";
import { completions } from "./openai/completions.ts";
import { promptOverChat } from "./openai/prompt.ts";
import type { Translation, Wire, WireName } from "./types.ts";

export const WIRES = {
  "openai.chat": chat,
  "openai.completions": completions,
} as const satisfies Record<WireName, Wire>;

export function isWire(name: string): name is WireName {
  return Object.hasOwn(WIRES, name);
}

const SAME_WIRE: Translation = (request) => ({ request, answer: (body) => body });

/** From a client's wire to the upstream wires that can serve it, the native one first. */
const SERVED_BY: Readonly<Record<WireName, Partial<Record<WireName, Translation>>>> = {
  "openai.chat": { "openai.chat": SAME_WIRE },
  "openai.completions": { "openai.completions": SAME_WIRE, "openai.chat": promptOverChat },
};

/** The upstream wires that can serve a client's, the preferred first. */
export function wiresServing(client: WireName): WireName[] {
  return (Object.keys(WIRES) as WireName[])
    .filter((upstream) => SERVED_BY[client][upstream] !== undefined)
    .toSorted((a, b) => Number(b === client) - Number(a === client));
}

export function translation(client: WireName, upstream: WireName): Translation | undefined {
  return SERVED_BY[client][upstream];
}
