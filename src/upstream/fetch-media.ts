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
  readonly headers: Readonly<Record<string, string>>;
  /** For the first host alone: what leads elsewhere is followed without them. */
  readonly own?: Readonly<Record<string, string>>;
}

/** Hosts of files lead to others, but not often. */
const MAX_HOPS = 3;

/**
 * Follows redirects, and asks public addresses alone.
 * @returns undefined for an address that leads on for too long
 * @throws Error for one that is not public
 */
export async function fetchPublic(
  fetch: Fetch,
  address: string,
  { allowPrivate, signal, headers, own = {} }: Asking,
): Promise<Response | undefined> {
  let next = address;
  for (let hop = 0; hop <= MAX_HOPS; hop++) {
    checkPublic(new URL(next), allowPrivate);
    const credentials = new URL(next).origin === new URL(address).origin ? own : {};
    const response = await fetch(next, { redirect: "manual", signal, headers: { ...headers, ...credentials } });
    const location = response.headers.get("location");
    if (response.status < 300 || response.status >= 400 || location === null) return response;
    await response.body?.cancel();
    next = new URL(location, next).href;
  }
  return undefined;
}

interface Wanted extends Pick<Asking, "allowPrivate" | "signal"> {
  readonly maxBytes: number;
  /** The beginning of the media types that count, such as `image/`. */
  readonly type: string;
}

/**
 * Without any credential.
 * @returns undefined for what is not there, too large or of another type
 * @throws what {@link fetchPublic} throws
 */
export async function fetchMedia(
  fetch: Fetch,
  address: string,
  { type: wanted, maxBytes, ...asking }: Wanted,
): Promise<Media | undefined> {
  const response = await fetchPublic(fetch, address, { ...asking, headers: { accept: `${wanted}*` } });
  const type = response?.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (response === undefined) return undefined;
  if (!response.ok || !type.startsWith(wanted) || response.body === null) {
    await response.body?.cancel();
    return undefined;
  }
  const bytes = await readMostOf(response.body, maxBytes);
  return bytes && { type, bytes };
}
