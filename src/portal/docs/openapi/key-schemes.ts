/** Where the key goes, as OpenAPI says it: a scheme for each place. */
import { GOOGLE_KEY_PLACES, KEY_HEADERS, MIDJOURNEY_KEY_PLACES, type KeyPlace } from "../../../access/key-places.ts";
import type { JsonObject } from "../../../core/json.ts";
import type { Mount } from "../types.ts";

function keyPlaces(mount: Mount): readonly KeyPlace[] {
  if (mount.startsWith("/mj")) return MIDJOURNEY_KEY_PLACES;
  return mount === "/v1beta" ? GOOGLE_KEY_PLACES : KEY_HEADERS;
}

/** Every place, by the name of its scheme. */
export const KEY_SCHEMES: Readonly<Record<string, JsonObject>> = Object.fromEntries(
  [...GOOGLE_KEY_PLACES, ...MIDJOURNEY_KEY_PLACES].map((place) => [schemeName(place), schemeOf(place)]),
);

/** Any of the places will do. @param scopes what the key must be allowed to do */
export function anyKey(mount: Mount, scopes: unknown = []): readonly JsonObject[] {
  return keyPlaces(mount).map((place) => ({ [schemeName(place)]: scopes }));
}

/** Whether a header of this name carries the key. */
export function isKeyHeader(name: string): boolean {
  return MIDJOURNEY_KEY_PLACES.some((place) => "header" in place && place.header === name.toLowerCase());
}

function schemeName(place: KeyPlace): string {
  return "header" in place ? place.header : place.query;
}

function schemeOf(place: KeyPlace): JsonObject {
  if (!("header" in place)) return { type: "apiKey", in: "query", name: place.query };
  const { header } = place;
  return header === "authorization"
    ? { type: "http", scheme: "bearer" }
    : { type: "apiKey", in: "header", name: header };
}
