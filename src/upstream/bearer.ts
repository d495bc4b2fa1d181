import type { Kind } from "./types.ts";

/** Any OpenAI-compatible upstream: a base URL with its version path, and a key as bearer token. */
export const bearer: Kind = {
  prepare: ({ baseUrl, path }, credential) => ({
    url: baseUrl + path,
    headers: { authorization: `Bearer ${credential}` },
  }),
};
