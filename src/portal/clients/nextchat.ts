/** NextChat runs at an address of its owner. Only a link to the address that the person typed carries the key, in its fragment. */
import type { Ruled } from "../form.ts";
import { KEYS } from "../text/keys-text.ts";
import type { Values } from "./types.ts";

/** The address of an instance; empty = none. Plain HTTP only on this computer. */
export function nextChatAddress(text: string): Ruled<string | null> {
  if (text === "") return { value: null };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isSafe =
    url !== undefined &&
    (url.protocol === "https:" || (url.protocol === "http:" && url.hostname === "localhost")) &&
    url.username === "" &&
    url.password === "" &&
    text.length <= 200;
  return isSafe ? { value: url.origin + url.pathname.replace(/\/$/, "") } : { problem: KEYS.nextChatProblem };
}

/** @see NextChat's command `settings`, which asks before it takes over what the link says. */
export function nextChatLink(address: string, { origin, key }: Values): string {
  return `${address}/#/?settings=${encodeURIComponent(JSON.stringify({ key, url: origin }))}`;
}
