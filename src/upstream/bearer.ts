import type { Kind } from "./types.ts";

/** Any OpenAI-compatible upstream: a base URL with its version path, and a key as bearer token. */
export const bearer: Kind = {
  url: (baseUrl, path) => baseUrl + path,
  headers: (credential) => ({ authorization: `Bearer ${credential}` }),
};
