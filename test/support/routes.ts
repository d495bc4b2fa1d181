/** Models, upstreams and routes as the catalogue holds them, for pure tests. */
import { UNLIMITED } from "../../src/health/identity.ts";
import type { Model, Route, Upstream } from "../../src/routing/route.ts";

export function modelOf(id: string, extra: Partial<Model> = {}): Model {
  return {
    id,
    operation: "chat",
    capabilities: new Set(),
    contextLength: null,
    maxOutput: null,
    usualOutput: null,
    imageTokens: null,
    audioTokens: null,
    fileTokens: null,
    maxTokensPerSecond: null,
    tier: 0,
    autoWeight: 1,
    ownedBy: "vendor",
    createdAtMs: 0,
    deadlines: {},
    ...extra,
  };
}

export function upstreamOf(id: string, extra: Partial<Upstream> = {}): Upstream {
  return {
    id,
    name: "Vendor",
    kind: "bearer",
    baseUrl: "https://vendor.test",
    credentials: [],
    groups: null,
    fields: new Set(),
    abandon: "cancel",
    label: null,
    ...extra,
  };
}

export function routeOf(model: Model, id: string, extra: Partial<Route> = {}): Route {
  return {
    id,
    model,
    upstream: upstreamOf(`upstream-of-${id}`),
    upstreamModel: id,
    wire: "openai.chat",
    weight: 100,
    priority: 0,
    refusesStreamOptions: false,
    outputCapField: "max_tokens",
    maxInputs: null,
    costs: null,
    ...UNLIMITED,
    ...extra,
  };
}
