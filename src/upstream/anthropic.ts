import type { Kind } from "./types.ts";

/** Anthropic, and vendors that take a key like it: a base URL with its version path, and a key of its own header. */
export const anthropic: Kind = {
  prepare: ({ baseUrl, path }, credential) => ({ url: baseUrl + path, headers: { "x-api-key": credential } }),
};
