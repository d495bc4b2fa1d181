/** Where a client may have put its API key. */
export type KeyPlace = { readonly header: string } | { readonly query: string };

/** Of OpenAI's, Anthropic's, Azure's and Google's clients, in the order in which they are looked at. */
export const KEY_HEADERS: readonly KeyPlace[] = ["x-api-key", "authorization", "api-key", "x-goog-api-key"].map(
  (header) => ({ header }),
);

/** The key as the client sent it, with or without `Bearer`, or undefined; never to be logged. */
export function presentedKey(request: Request, places: readonly KeyPlace[]): string | undefined {
  for (const place of places) {
    const value =
      "header" in place ? request.headers.get(place.header) : new URL(request.url).searchParams.get(place.query);
    const key = value?.trim().replace(/^bearer(\s+|$)/i, "");
    if (key !== undefined && key !== "") return key;
  }
  return undefined;
}
