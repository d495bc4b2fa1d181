/** The endpoints that ask a model: key, body, demand, then the pipeline. */
import { Fault } from "../core/fault.ts";
import { languageOf } from "../core/language.ts";
import type { JsonObject } from "../core/json.ts";
import { AUTO } from "../routing/plan.ts";
import { relay } from "../relay/relay.ts";
import { WIRES } from "../wire/index.ts";
import type { WireName } from "../wire/types.ts";
import type { Services } from "../services.ts";
import { readJson } from "./body.ts";
import { identify, dialectOptions } from "./identity.ts";
import type { GatewayContext, Handler } from "./types.ts";

/** The values that the older Xlei text prints as defaults, for sites that turn them on. */
const LEGACY_MAX_TOKENS = 1000;
const LEGACY_TEMPERATURE = 0.7;

export function generate(pathWire: WireName): Handler {
  return async function generateHandler(context: GatewayContext, services: Services): Promise<Response> {
    const { record, surface } = context.var;
    const { settings } = services;
    const request = context.req.raw;
    const identity = await identify(context, services);
    const received = await record.time("body", readJson(request, settings.MAX_BODY_BYTES));
    const mode = surface.mode(
      pathWire,
      settings.LEGACY_DEFAULTS && surface.takesLegacyDefaults ? withLegacyDefaults(received) : received,
    );
    const demand = WIRES[mode.wire].read(mode.body);
    if (demand.model === undefined && settings.REQUIRE_MODEL && surface.mayRequireModel) {
      throw new Fault("invalid_parameter", {
        param: "model",
        detail: { en: "'{param}' is required.", zh: "缺少参数 '{param}'。" },
      });
    }
    const stream = demand.stream ?? surface.streamsByDefault(request.headers, identity.defaultStream);
    record.fields.asked_model = [demand.model ?? AUTO, ...demand.fallbacks].join(",").slice(0, 200);
    record.fields.stream = stream;

    const language = languageOf(request.headers.get("accept-language"), surface.dialect.language);
    const options = dialectOptions(context, services);
    context.set("streaming", stream);
    return relay(services.relay, {
      wire: mode.wire,
      body: mode.body,
      demand,
      stream,
      session: sessionOf(identity.accountId, mode.body, request.headers),
      payer: identity,
      scope: identity,
      present: mode.present,
      errorBody: (fault) => surface.dialect.body(fault, language, options),
      client: request.signal,
      defer: (work) => context.executionCtx.waitUntil(work),
      record,
    });
  };
}

/** As the client names it, apart from those of other accounts. */
function sessionOf(accountId: string, body: JsonObject, headers: Headers): string | undefined {
  const name = body["prompt_cache_key"] ?? headers.get("x-session-id");
  return typeof name === "string" && name !== "" ? `${accountId}\n${name}` : undefined;
}

function withLegacyDefaults(body: JsonObject): JsonObject {
  const capped = body["max_tokens"] ?? body["max_completion_tokens"];
  return {
    ...body,
    ...(capped === undefined || capped === null ? { max_tokens: LEGACY_MAX_TOKENS } : {}),
    temperature: body["temperature"] ?? LEGACY_TEMPERATURE,
  };
}
