/** Fetches what an upstream only gave the address of. */
import { readMostOf } from "./read-most.ts";
import { checkPublic } from "./base-url.ts";
import type { Fetch } from "./send.ts";

interface Media {
  readonly type: string;
  readonly bytes: Uint8Array;
}

interface Asking {
  readonly allowPrivate: boolean;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  /** The beginning of the media types that count, such as `image/`. */
  readonly type: string;
}

/** Hosts of files lead to others, but not often. */
const MAX_HOPS = 3;

/**
 * Without any credential, from public addresses alone.
 * @returns undefined for what is not there, too large, of another type, or at no public address
 */
export async function fetchMedia(fetch: Fetch, address: string, asking: Asking): Promise<Media | undefined> {
  const { allowPrivate, signal, maxBytes, type: wanted } = asking;
  let next = address;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    checkPublic(new URL(next), allowPrivate);
    const response = await fetch(next, { redirect: "manual", signal, headers: { accept: `${wanted}*` } });
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      next = new URL(location, next).href;
      continue;
    }
    const type = response.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
    if (!response.ok || !type.startsWith(wanted) || response.body === null) {
      await response.body?.cancel();
      return undefined;
    }
    const bytes = await readMostOf(response.body, maxBytes);
    return bytes && { type, bytes };
  }
  return undefined;
}
