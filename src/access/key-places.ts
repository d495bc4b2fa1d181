/** Where a client may have put its API key. */
export type KeyPlace = { readonly header: string } | { readonly query: string };
/** The key is one of the protocols that a client of a WebSocket offers, behind these words. */
type Protocol = { readonly protocol: string };

/** The headers of OpenAI's, Anthropic's, Azure's and Google's clients, in the order in which they are read. */
export const KEY_HEADERS: readonly KeyPlace[] = ["x-api-key", "authorization", "api-key", "x-goog-api-key"].map(
  (header) => ({ header }),
);

/** Browsers cannot set a header of a WebSocket: their keys stand among the protocols that they offer. */
export const SOCKET_KEY_PLACES: readonly (KeyPlace | Protocol)[] = [
  ...KEY_HEADERS,
  { protocol: "openai-insecure-api-key." },
];

/** Google's clients may also put the key into the address. Where only they are expected, their places come first. */
export const GOOGLE_KEY_PLACES: readonly KeyPlace[] = [
  { header: "x-goog-api-key" },
  { query: "key" },
  ...KEY_HEADERS.filter((place) => !("header" in place && place.header === "x-goog-api-key")),
];

/** Clients of midjourney-proxy may write anything into `Authorization` when the key stands in its own header. */
export const MIDJOURNEY_KEY_PLACES: readonly KeyPlace[] = [{ header: "mj-api-secret" }, ...KEY_HEADERS];

/** The key that the client sent, without `Bearer`; undefined when there is none. Never log it. */
export function presentedKey(request: Request, places: readonly (KeyPlace | Protocol)[]): string | undefined {
  for (const place of places) {
    const value = valueAt(request, place);
    const key = value?.trim().replace(/^bearer(\s+|$)/i, "");
    if (key !== undefined && key !== "") return key;
  }
  return undefined;
}

function valueAt({ headers, url }: Request, place: KeyPlace | Protocol): string | null | undefined {
  if ("header" in place) return headers.get(place.header);
  if ("query" in place) return new URL(url).searchParams.get(place.query);
  const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  return offered.find((one) => one.startsWith(place.protocol))?.slice(place.protocol.length);
}
