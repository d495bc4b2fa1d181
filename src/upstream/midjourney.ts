/** Proxies of Midjourney: a base URL without version, such as `https://mj.example.com`, and a key in a header of their own. */
import type { Kind } from "./types.ts";

const MOUNT = "/mj";

export const midjourney: Kind = {
  prepare: ({ baseUrl, path }, credential) => ({
    // Some documents call the address with the mount the base URL.
    url: baseUrl + (baseUrl.endsWith(MOUNT) && path.startsWith(`${MOUNT}/`) ? path.slice(MOUNT.length) : path),
    headers: { "mj-api-secret": credential },
  }),
};
