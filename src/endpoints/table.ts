/** Every endpoint of the API: a new one on a known wire is a row here. */
import { generate } from "./generate.ts";
import { listModels, retrieveModel } from "./models.ts";
import type { Endpoint } from "./types.ts";

export const ENDPOINTS: readonly Endpoint[] = [
  { method: "POST", path: "/chat/completions", handle: generate("openai.chat") },
  { method: "POST", path: "/completions", handle: generate("openai.completions") },
  { method: "GET", path: "/models", handle: listModels },
  { method: "GET", path: "/models/:id{.+}", handle: retrieveModel },
];
