import type { Kind } from "./types.ts";

/** Google's Gemini API: a base URL with its version path, and a key in a header of its own. */
export const gemini: Kind = {
  prepare: ({ baseUrl, path }, credential) => ({ url: baseUrl + path, headers: { "x-goog-api-key": credential } }),
};
