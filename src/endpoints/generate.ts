/** The endpoints that ask a model: check the key, read the body, and hand the request to the pipeline. */
import { accountAlias } from "../access/account-alias.ts";
import { Fault } from "../core/fault.ts";
import type { Payload } from "../core/payload.ts";
import { askedModels } from "../operation/demand.ts";
import { AUTO } from "../routing/plan.ts";
import { unit } from "../routing/rendezvous.ts";
import { relayOnce } from "../relay/relay-once.ts";
import { RelayRequest } from "../relay/relay-request.ts";
import { readRetry } from "../access/retries/retry.ts";
import type { ClientRequest, Match, Wire } from "../wire/types.ts";
import type { Services } from "../services.ts";
import { commonHeaders } from "./answer-headers.ts";
import { faultBody } from "./fault-response.ts";
import { identify } from "./caller.ts";
import { matchOf } from "./match.ts";
import { withLegacyDefaults } from "./legacy-defaults.ts";
import { readPayload, type BodyKind } from "./request-body.ts";
import type { Keeper } from "./responses/kept-items.ts";
import type { Prepared } from "./responses/kept-state.ts";
import { streamsNever } from "./stream-default.ts";
import { answerOfTask } from "./tasks/answer-of-task.ts";
import type { GatewayContext, Handler } from "./types.ts";

/** How a row of a surface asks a model. */
export interface Generation {
  readonly wire: Wire;
  /** Reads a request, on surfaces that do not read it as the wire does. */
  readonly read?: (wire: Wire, payload: Payload, match: Match) => ClientRequest;
  /** Completes a payload before it is read, on wires whose requests refer to what the gateway keeps. */
  readonly prepare?: (payload: Payload, keeper: Keeper) => Promise<Prepared>;
  /** The kinds of bodies that are accepted; JSON by default. */
  readonly accepts?: readonly BodyKind[];
  /** Whether a request without `stream` is answered by a stream; never by default. */
  readonly streamsByDefault?: (headers: Headers, keyDefault: boolean | null) => boolean;
  /** Whether the site's `LEGACY_DEFAULTS` for `max_tokens` and `temperature` apply. */
  readonly takesLegacyDefaults?: boolean;
  /** Whether the site's `REQUIRE_MODEL` applies. Where it does not, a missing model means `auto`. */
  readonly mayRequireModel?: boolean;
}

export function generate(row: Generation): Handler {
  return async function generateHandler(context: GatewayContext, services: Services): Promise<Response> {
    const { log, clientRequestId } = context.var;
    const { settings } = services;
    const request = context.req.raw;
    const identity = await identify(context, services);
    const sizes = { maxBytes: settings.MAX_BODY_BYTES, maxFormBytes: settings.MAX_UPLOAD_BYTES };
    const [received, account] = await Promise.all([
      log.time("body", readPayload(request, sizes, row.accepts)),
      accountAlias(identity.accountId),
    ]);
    const defer = (work: Promise<unknown>) => context.executionCtx.waitUntil(work);
    const completed = settings.LEGACY_DEFAULTS && row.takesLegacyDefaults ? withLegacyDefaults(received) : received;
    const keeper = { services, accountId: identity.accountId, defer };
    const { payload, ...present } = (await row.prepare?.(completed, keeper)) ?? { payload: completed };
    const match = matchOf(context);
    const asked = { ...(row.read?.(row.wire, payload, match) ?? row.wire.read(payload, match)), ...present };
    const { demand } = asked;
    if (demand.model === undefined && settings.REQUIRE_MODEL && row.mayRequireModel) {
      throw new Fault("invalid_parameter", {
        param: "model",
        detail: { en: "'{param}' is required.", zh: "缺少参数 '{param}'。" },
      });
    }
    const byDefault = row.streamsByDefault ?? streamsNever;
    const streams = asked.stream ?? byDefault(request.headers, identity.defaultStream);
    log.note({ asked_model: askedModels(demand, AUTO), stream: streams });
    const later = await answerOfTask(context, services, { identity, asked, streams });
    if (later !== undefined) return later;
    const { response, isReplayed } = await relayOnce(
      services.relay,
      new RelayRequest({
        asked,
        streams,
        session: sessionOf(identity.accountId, asked.session ?? request.headers.get("x-session-id") ?? turnOf(asked)),
        payer: identity,
        account,
        scope: identity,
        endpoint: context.var.endpoint,
        clientRequestId,
        errorBody: (fault) => faultBody(context, services, fault),
        headers: () => commonHeaders(context, services),
        gone: request.signal,
        defer,
        log,
      }),
      readRetry(request.headers),
    );
    if (!isReplayed) context.set("closesItself", true);
    return response;
  };
}

/** Names the conversation that the request goes on with: its next turn finds the same upstream, and its prompt cache. */
function turnOf({ beginning }: ClientRequest): string | null {
  const text = beginning?.();
  return text === undefined ? null : `turn ${unit(text)}`;
}

/** The client's name for the session, made different from the names of other accounts. */
function sessionOf(accountId: string, name: string | null): string | undefined {
  return name === null || name === "" ? undefined : `${accountId}\n${name}`;
}
