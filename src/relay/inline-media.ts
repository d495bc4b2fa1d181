/** Puts into an answer what its client wants in it, and its upstream only gave the address of. */
import type { Payload } from "../core/payload.ts";
import { fetchMedia } from "../upstream/fetch-media.ts";
import type { InlineMedia } from "../wire/types.ts";
import type { RelayRequest } from "./relay-request.ts";
import type { RelayServices } from "./relay-services.ts";

const MIB = 1024 * 1024;
/** All of it stands in memory at once, and as base64 again. */
const MAX_BYTES = 16 * MIB;
const MAX_MS = 30_000;

/** What cannot be fetched stays an address: the picture is made, and paid for. */
export async function inlineMedia(
  { fetch, settings }: RelayServices,
  { asked, options }: RelayRequest,
  payload: Payload,
): Promise<Payload> {
  const { inline } = asked.wire;
  const addresses = inline?.addresses(payload, asked) ?? [];
  if (inline === undefined || addresses.length === 0) return payload;
  const signal = AbortSignal.any([options.gone, AbortSignal.timeout(MAX_MS)]);
  const maxBytes = Math.floor(MAX_BYTES / addresses.length);
  const { allowPrivateUpstreams: allowPrivate } = settings;
  const found = await Promise.all(
    addresses.map(async (address): Promise<[string, Uint8Array][]> => {
      const media = await fetchMedia(fetch, address, { allowPrivate, signal, maxBytes, type: inline.type }).catch(
        () => undefined,
      );
      return media === undefined ? [] : [[address, media.bytes]];
    }),
  );
  return inline.fill(payload, new Map(found.flat()) satisfies Parameters<InlineMedia["fill"]>[1]);
}
