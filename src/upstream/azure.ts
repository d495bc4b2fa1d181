/**
 * OpenAI's models at Azure. A base URL that ends with `/openai/v1` is Azure's present API; any other names the resource,
 * such as `https://NAME.openai.azure.com`, and the route's model names the deployment.
 * @see https://learn.microsoft.com/azure/ai-foundry/openai/api-version-lifecycle
 */
import type { Kind } from "./types.ts";

/** The last version with a date that is generally available. */
const API_VERSION = "2024-10-21";

export const azure: Kind = {
  prepare({ baseUrl, path, payload }, credential) {
    const headers = { "api-key": credential };
    if (baseUrl.endsWith("/openai/v1")) return { url: baseUrl + path, headers };
    const model = payload.kind === "json" ? payload.value["model"] : undefined;
    const deployment = encodeURIComponent(typeof model === "string" ? model : "");
    const root = baseUrl.replace(/\/openai$/, "");
    return { url: `${root}/openai/deployments/${deployment}${path}?api-version=${API_VERSION}`, headers };
  },
};
