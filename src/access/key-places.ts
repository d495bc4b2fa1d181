/** Where a client may have put its API key. */
export type KeyPlace = { readonly header: string } | { readonly query: string };

/** The headers of OpenAI's, Anthropic's, Azure's and Google's clients, in the order in which they are read. */
export const KEY_HEADERS: readonly KeyPlace[] = ["x-api-key", "authorization", "api-key", "x-goog-api-key"].map(
  (header) => ({ header }),
);

/** Google's clients may also put the key into the address. Where only they are expected, their places come first. */
export const GOOGLE_KEY_PLACES: readonly KeyPlace[] = [
  { header: "x-goog-api-key" },
  { query: "key" },
  ...KEY_HEADERS.filter((place) => !("header" in place && place.header === "x-goog-api-key")),
];

/** The key that the client sent, without `Bearer`; undefined when there is none. Never log it. */
export function presentedKey(request: Request, places: readonly KeyPlace[]): string | undefined {
  for (const place of places) {
    const value =
      "header" in place ? request.headers.get(place.header) : new URL(request.url).searchParams.get(place.query);
    const key = value?.trim().replace(/^bearer(\s+|$)/i, "");
    if (key !== undefined && key !== "") return key;
  }
  return undefined;
}
