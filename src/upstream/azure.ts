/**
 * OpenAI's models at Azure. A base URL that ends with `/openai/v1` is Azure's present API; any other names the resource,
 * such as `https://NAME.openai.azure.com`, and the route's model names the deployment. Conversations over a socket are in
 * the present API alone.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
import type { Kind } from "./types.ts";

/** The last version with a date that is generally available. */
const API_VERSION = "2024-10-21";

export const azure: Kind = {
  prepare({ baseUrl, path, payload }, credential) {
    const root = baseUrl.replace(/\/openai(\/v1)?$/, "");
    const headers = { "api-key": credential };
    if (baseUrl.endsWith("/openai/v1") || path.startsWith("/realtime?")) {
      return { url: `${root}/openai/v1${path}`, headers };
    }
    const model = payload.kind === "json" ? payload.value["model"] : undefined;
    const deployment = encodeURIComponent(typeof model === "string" ? model : "");
    return { url: `${root}/openai/deployments/${deployment}${path}?api-version=${API_VERSION}`, headers };
  },
};
