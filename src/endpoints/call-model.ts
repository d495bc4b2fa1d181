/** Google's calls of a model: what is asked for stands behind the last colon of the path. */
import { Fault } from "../core/fault.ts";
import { isObject } from "../core/json.ts";
import { jsonPayload } from "../core/payload.ts";
import type { Services } from "../services.ts";
import { readCall } from "../wire/gemini/calls.ts";
import { embedContent } from "../wire/gemini/embed-content.ts";
import { generateContent } from "../wire/gemini/generate-content.ts";
import { counts } from "./count-tokens.ts";
import { generate } from "./generate.ts";
import { predict } from "./tasks/predictions.ts";
import type { GatewayContext, Handler } from "./types.ts";

const generates = generate({ wire: generateContent });
const embeds = generate({ wire: embedContent });

const ACTIONS: Readonly<Record<string, Handler>> = {
  generateContent: generates,
  streamGenerateContent: generates,
  embedContent: embeds,
  batchEmbedContents: embeds,
  predictLongRunning: predict,
  countTokens: counts({
    wire: generateContent,
    // The prompt stands in the body itself, or in the request that is to be made.
    complete(payload) {
      const { generateContentRequest: request } = payload.value;
      return isObject(request) ? jsonPayload(request) : payload;
    },
    answer: (tokens) => ({ totalTokens: tokens }),
  }),
};

export async function callModel(context: GatewayContext, services: Services): Promise<Response> {
  const { action } = readCall(context.req.param("call") ?? "");
  const handle = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
  if (handle !== undefined) return handle(context, services);
  const { method, path } = context.req;
  throw new Fault("route_not_found", { values: { method, path } });
}
