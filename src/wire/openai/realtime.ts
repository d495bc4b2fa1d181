/**
 * Conversations over a WebSocket.
 * @see https://platform.openai.com/docs/guides/realtime-websocket
 */
import { Fault } from "../../core/fault.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { unsupported } from "../unsupported.ts";
import { invalid } from "../invalid.ts";
import { readModels } from "../request-members.ts";
import type { RealtimeRequest, RealtimeTarget, RealtimeWire } from "../realtime-types.ts";
import type { Match } from "../types.ts";
import { textIn } from "../values.ts";
import { audioIn } from "./realtime-sound.ts";
import { RealtimeTalk } from "./realtime-talk.ts";

export const realtime: RealtimeWire = {
  name: "openai.realtime",
  operation: "realtime",
  read: readRealtime,
  address: addressOf,
  within,
  setUp: (session) => JSON.stringify({ type: "session.update", session }),
  begin: (target, request) => new RealtimeTalk(target, request),
};

/** The protocol that every client offers which offers one. */
const PROTOCOL = "realtime";
const EARLY_PROTOCOL = "openai-beta.realtime-v1";
const EARLY_HEADER = "realtime=v1";
const TRANSCRIPTION = "transcription";

function readRealtime({ headers, query }: Match): RealtimeRequest {
  if (query?.("call_id") !== undefined) {
    throw unsupported("call_id", "calls over WebRTC and SIP are not offered", "不支持 WebRTC 与 SIP 通话");
  }
  const intent = query?.("intent");
  if (intent !== undefined && intent !== TRANSCRIPTION && intent !== "conversation") {
    throw invalid("intent", `must be '${TRANSCRIPTION}'`, `必须是 '${TRANSCRIPTION}'`);
  }
  const offered = protocolsIn(headers);
  return {
    wire: realtime,
    demand: {
      operation: "realtime",
      ...readModels({ model: query?.("model"), models: undefined }),
      maxOutput: undefined,
      promptBytes: 0,
      choices: 1,
      needs: new Map(),
    },
    protocol: offered.includes(PROTOCOL) ? PROTOCOL : undefined,
    isEarly: offered.includes(EARLY_PROTOCOL) || headers.get("openai-beta")?.includes(EARLY_HEADER) === true,
    onlyHears: intent === TRANSCRIPTION,
  };
}

function within(session: JsonObject, asked: RealtimeRequest): RealtimeRequest {
  const onlyHears = session["type"] === TRANSCRIPTION;
  const { transcription } = audioIn(session).input;
  const heard = onlyHears && isObject(transcription) ? transcription["model"] : undefined;
  const model = textIn(heard ?? session["model"]);
  const { model: named } = asked.demand;
  if (named !== undefined && model !== undefined && named !== model) {
    throw new Fault("key_scope_denied", { param: "model" });
  }
  return { ...asked, demand: { ...asked.demand, model: model ?? named }, isEarly: false, onlyHears };
}

function protocolsIn(headers: Headers): string[] {
  return (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
}

function addressOf({ model }: RealtimeTarget, { onlyHears }: RealtimeRequest) {
  const asked = onlyHears ? `intent=${TRANSCRIPTION}` : `model=${encodeURIComponent(model)}`;
  return { path: `/realtime?${asked}`, headers: { "sec-websocket-protocol": PROTOCOL } };
}
