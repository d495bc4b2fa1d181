/** Conversations over a socket: the socket itself, and the secrets by which browsers open one. */
import { accountAlias } from "../access/account-alias.ts";
import { presentedKey, SOCKET_KEY_PLACES } from "../access/key-places.ts";
import type { Identity } from "../access/key-store.ts";
import { isClientSecret } from "../core/api-key.ts";
import { Fault } from "../core/fault.ts";
import { isObject, type JsonObject } from "../core/json.ts";
import { randomId } from "../core/id.ts";
import type { Fee } from "../core/units.ts";
import { askedModels } from "../operation/demand.ts";
import { eligibleRoutes } from "../relay/eligible-routes.ts";
import { openRealtime } from "../relay/realtime/open-realtime.ts";
import { AUTO } from "../routing/plan.ts";
import type { Services } from "../services.ts";
import { invalid } from "../wire/invalid.ts";
import { numberIn } from "../wire/values.ts";
import type { RealtimeRequest, RealtimeWire } from "../wire/realtime-types.ts";
import { commonHeaders } from "./answer-headers.ts";
import { admitAnyone, identify } from "./caller.ts";
import { faultBody } from "./fault-response.ts";
import { matchOf } from "./match.ts";
import { readJson } from "./request-body.ts";
import type { GatewayContext, Handler } from "./types.ts";

/** Who asks, and for what. */
interface Caller {
  readonly identity: Identity;
  readonly asked: RealtimeRequest;
  /** What is said to the upstream first. */
  readonly opening: readonly string[];
  readonly claim: () => Promise<void>;
}

export function socket(wire: RealtimeWire): Handler {
  return async function socketHandler(context: GatewayContext, services: Services): Promise<Response> {
    const request = context.req.raw;
    if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") throw noSocket();
    const { identity, asked, opening, claim } = await callerOf(context, services, wire);
    const { settings } = services;
    const { log, clientRequestId, endpoint } = context.var;
    log.note({ asked_model: askedModels(asked.demand, AUTO), stream: true });
    const response = await openRealtime(services.relay, {
      asked,
      opening,
      payer: identity,
      account: await accountAlias(identity.accountId),
      scope: identity,
      endpoint,
      clientRequestId,
      errorBody: (fault) => faultBody(context, services, fault),
      headers: () => commonHeaders(context, services),
      gone: request.signal,
      defer: (work) => context.executionCtx.waitUntil(work),
      log,
      countAsked: async () => services.admissions.countAgain(request.headers, identity),
      claim,
      idleMs: settings.REALTIME_IDLE_MS,
      totalMs: settings.REALTIME_TOTAL_MS,
    });
    context.set("closesItself", true);
    return response;
  };
}

async function callerOf(context: GatewayContext, services: Services, wire: RealtimeWire): Promise<Caller> {
  const key = presentedKey(context.req.raw, SOCKET_KEY_PLACES);
  const asked = wire.read(matchOf(context));
  if (key === undefined || !isClientSecret(key)) {
    const identity = await identify(context, services, key);
    return { identity, asked, opening: [], claim: async () => undefined };
  }
  await admitAnyone(context, services);
  const { keyHash, session } = await services.clientSecrets.find(key);
  const identity = await identify(context, services, { hash: keyHash });
  const config = JSON.parse(session) as JsonObject;
  return {
    identity,
    asked: wire.within(config, asked),
    opening: [wire.setUp(config)],
    claim: async () => services.clientSecrets.claim(key),
  };
}

function noSocket(): Fault {
  return new Fault("invalid_parameter", {
    param: "upgrade",
    detail: { en: "Open a WebSocket at this address.", zh: "请以 WebSocket 方式连接该地址。" },
  });
}

const TRANSCRIPTION = "transcription";
const TYPES: ReadonlySet<unknown> = new Set(["realtime", TRANSCRIPTION]);

const NO_FEES: ReadonlySet<Fee> = new Set();

/** Seconds. */
const [SHORTEST, USUAL, LONGEST] = [10, 600, 3600];
/** Characters of a session's JSON. */
const MOST_CONFIG = 64 * 1024;

/** `POST …/client_secrets`: a secret that opens one conversation, as the session in the body describes it. */
export function makeClientSecret(wire: RealtimeWire): Handler {
  return async function clientSecretHandler(context: GatewayContext, services: Services): Promise<Response> {
    const identity = await identify(context, services);
    const { value: body } = await readJson(context.req.raw, services.settings.MAX_BODY_BYTES);
    const config = sessionIn(body);
    const seconds = lifeIn(body);
    const asked = wire.within(config, wire.read(matchOf(context)));
    const defer = (work: Promise<unknown>) => context.executionCtx.waitUntil(work);
    // A secret for what is not offered would fail in the browser, where nobody sees why.
    const options = { scope: identity, payer: identity, defer };
    const { routes } = await eligibleRoutes(services.relay, { options, asked });
    for (const { upstreamModel, model, upstream } of routes) {
      const target = { model: upstreamModel, publicModel: model.id, fields: upstream.fields, fees: NO_FEES };
      wire.begin({ ...target, account: undefined }, asked).fromClient(wire.setUp(config));
    }
    const expiresAtMs = services.now() + seconds * 1000;
    const stands = { keyHash: identity.standing.key.hash, session: JSON.stringify(config) };
    const value = await services.clientSecrets.make(stands, expiresAtMs);
    const expiresAt = Math.floor(expiresAtMs / 1000);
    const object = config["type"] === TRANSCRIPTION ? "realtime.transcription_session" : "realtime.session";
    const session = { id: randomId("sess_"), object, ...config };
    return Response.json({ value, expires_at: expiresAt, session }, { headers: commonHeaders(context, services) });
  };
}

/** @throws Fault `invalid_parameter` */
function sessionIn({ session = {} }: JsonObject): JsonObject {
  if (!isObject(session)) throw invalid("session", "must be an object", "必须是对象");
  const { type = "realtime" } = session;
  if (!TYPES.has(type))
    throw invalid("session.type", "must be 'realtime' or 'transcription'", "必须是 'realtime' 或 'transcription'");
  if (JSON.stringify(session).length > MOST_CONFIG) throw new Fault("body_too_large");
  return { ...session, type };
}

/** Seconds; longer lives are cut. @throws Fault `invalid_parameter` */
function lifeIn({ expires_after: after }: JsonObject): number {
  if (after === undefined || after === null) return USUAL;
  const seconds = isObject(after) ? numberIn(after["seconds"] ?? USUAL) : undefined;
  if (seconds === undefined || seconds < SHORTEST) {
    throw invalid("expires_after.seconds", `must be a number from ${SHORTEST}`, `必须是不小于 ${SHORTEST} 的数字`);
  }
  return Math.min(seconds, LONGEST);
}
