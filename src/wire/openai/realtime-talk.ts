/** Follows one conversation of OpenAI's realtime protocol: what a message means, and what of it the other side may see. */
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { randomId } from "../../core/id.ts";
import { isObject, objectsOf, parseObject, type JsonObject } from "../../core/json.ts";
import { NOTHING_ADDED, type Added } from "../../operation/realtime/conversation-size.ts";
import { applyPolicy } from "../fields/field-edits.ts";
import { readFees } from "../fields/field-policy.ts";
import { invalid } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { eventDraft } from "../reading.ts";
import type { Heard, RealtimeRequest, RealtimeTarget, Said, Talk, Transcript } from "../realtime-types.ts";
import { textBytes } from "../request-members.ts";
import { scrub } from "../scrub.ts";
import { unsupported } from "../unsupported.ts";
import { textIn, textOrEmpty } from "../values.ts";
import { fromBeta, speaksBeta, toBeta } from "./realtime-beta.ts";
import { CLIENT_EVENTS, REALTIME_FIELDS } from "./realtime-fields.ts";
import { readAnswerUsage, readTranscriptionUsage } from "./realtime-usage.ts";

/** Bytes of sound in a second: 24,000 samples of two bytes, and telephone's 8,000 of one. */
const PCM_RATE = 48_000;
const TELEPHONE_RATE = 8000;
const TELEPHONE = /pcmu|pcma|g711/;

/** The code of a refusal to answer, because an answer is being made. */
const IS_ANSWERING = "conversation_already_has_active_response";

/** The events whose `delta` is text that the model made. */
const TEXT_DELTAS: ReadonlySet<unknown> = new Set([
  "response.output_text.delta",
  "response.output_audio_transcript.delta",
  "response.function_call_arguments.delta",
]);

const DOCUMENTED: ReadonlySet<string> = new Set();

export class RealtimeTalk implements Talk {
  readonly cancel = JSON.stringify({ type: "response.cancel" });
  readonly #target: RealtimeTarget;
  readonly #named: string | undefined;
  /** The client's own ids of its requests for answers, by those that stand for them upstream: each of ours is asked once. */
  readonly #asked = new Map<unknown, unknown>();
  #isEarly: boolean;
  /** The least of those that were set: an upstream may refuse to change it. */
  #inputRate = PCM_RATE;
  #outputRate = PCM_RATE;

  constructor(target: RealtimeTarget, { demand, isEarly }: RealtimeRequest) {
    this.#target = target;
    this.#named = demand.model;
    this.#isEarly = isEarly;
  }

  fromClient(text: string): Said {
    const draft = new JsonDraft(parseObject(text), text);
    this.#isEarly ||= speaksBeta(draft.value);
    if (this.#isEarly) fromBeta(draft);
    const { type } = draft.value;
    if (!CLIENT_EVENTS.has(type) && this.#target.fields !== "open") {
      throw invalid("type", "must be an event that clients send", "必须是客户端事件");
    }
    switch (type) {
      case "input_audio_buffer.append":
        return { text: draft.toString(), added: this.#sound(draft.value["audio"]), asks: false };
      case "session.update":
      case "transcription_session.update":
        this.#editSession(draft.object("session"));
        return { ...said(draft, NOTHING_ADDED), ...transcribing(draft.value["session"]) };
      case "input_audio_buffer.commit":
        return said(draft, { ...NOTHING_ADDED, pieces: 1 });
      case "conversation.item.create":
        return said(draft, this.#mediaIn([draft.value["item"]]));
      case "response.create": {
        const response = draft.object("response");
        this.#keepPolicy(response);
        this.#nameAsOurs(draft);
        return { ...said(draft, this.#mediaIn(objectsOf(response?.value["input"]))), asks: true };
      }
      default:
        return said(draft, NOTHING_ADDED);
    }
  }

  fromUpstream(text: string): Heard {
    const draft = eventDraft(text);
    const { type } = draft.value;
    const told: Omit<Heard, "text"> = this.#meaningOf(draft);
    if (type === "rate_limits.updated" || told.error !== undefined) return told;
    if (this.#isEarly && !toBeta(draft)) return told;
    return { ...told, text: draft.toString() };
  }

  error(body: JsonObject): string {
    return JSON.stringify({ type: "error", event_id: randomId("event_"), ...body });
  }

  #meaningOf(draft: JsonDraft): Heard {
    const { type, delta, response_id: id, response, error } = draft.value;
    const answer = textOrEmpty(id);
    if (type === "response.output_audio.delta") {
      return { made: { answer, text: { output: "", reasoning: "", soundMs: soundMs(delta, this.#outputRate) } } };
    }
    if (TEXT_DELTAS.has(type)) return { made: { answer, text: { output: textOrEmpty(delta), reasoning: "" } } };
    switch (type) {
      case "response.created":
        return { began: idOf(response) };
      case "response.done":
        this.#clean(draft.object("response"));
        return {
          ended: { answer: idOf(response), usage: readAnswerUsage(isObject(response) ? response["usage"] : undefined) },
        };
      case "conversation.item.input_audio_transcription.completed":
        scrub(draft, DOCUMENTED);
        return { transcribed: { ...transcriptIn(draft.value), usage: readTranscriptionUsage(draft.value["usage"]) } };
      case "conversation.item.input_audio_transcription.delta":
        return { wrote: transcriptIn(draft.value) };
      case "conversation.item.input_audio_transcription.failed":
        return { notTranscribed: textOrEmpty(draft.value["item_id"]) };
      case "session.created":
      case "session.updated":
        return this.#readSession(draft.object("session"));
      case "error":
        return this.#readError(isObject(error) ? error : {});
      default:
        return {};
    }
  }

  /** Another message of the client's cannot be taken for a request for an answer, whatever id the client gives it. */
  #nameAsOurs(draft: JsonDraft): void {
    const id = randomId("event_");
    this.#asked.set(id, draft.value["event_id"]);
    draft.set("event_id", id);
  }

  #readError(error: JsonObject): Heard {
    const { event_id: id, code } = error;
    if (!this.#asked.has(id)) return { error, isRefusal: code === IS_ANSWERING };
    const own = this.#asked.get(id) ?? null;
    this.#asked.delete(id);
    return { error: { ...error, event_id: own }, isRefusal: true };
  }

  /** What the upstream says of its own business stays here. */
  #clean(response: JsonPlace | undefined): void {
    if (response === undefined) return;
    scrub(response, DOCUMENTED);
  }

  #readSession(session: JsonPlace | undefined): Heard {
    if (session === undefined) return {};
    scrub(session, DOCUMENTED);
    if (session.value["model"] !== undefined) session.set("model", this.#target.publicModel);
    const { input, output } = audioIn(session.value);
    if (TELEPHONE.test(formatOf(input))) this.#inputRate = TELEPHONE_RATE;
    this.#outputRate = TELEPHONE.test(formatOf(output)) ? TELEPHONE_RATE : PCM_RATE;
    return transcribing(session.value);
  }

  #editSession(session: JsonPlace | undefined): void {
    if (session === undefined) throw invalid("session", "must be an object", "必须是对象");
    this.#keepPolicy(session);
    if (session.value["model"] !== undefined) session.set("model", this.#target.model);
    const { input } = audioIn(session.value);
    if (TELEPHONE.test(formatOf(input))) this.#inputRate = TELEPHONE_RATE;
    const transcription = session.object("audio")?.object("input")?.object("transcription");
    const named = transcription?.value["model"];
    if (named === this.#target.publicModel || (named !== undefined && named === this.#named)) {
      transcription?.set("model", this.#target.model);
    }
  }

  /** @throws Fault `invalid_parameter`, `unsupported_feature` */
  #keepPolicy(place: JsonPlace | undefined): void {
    if (place === undefined) return;
    const fees = readFees(place.value, REALTIME_FIELDS);
    if (fees.size > 0 && this.#target.fields !== "open") {
      throw unsupported("tools", "only functions are offered here", "此处仅支持 function 工具");
    }
    applyPolicy(place, REALTIME_FIELDS, this.#target, new Set());
  }

  #sound(data: unknown): Added {
    return { ...NOTHING_ADDED, soundMs: soundMs(data, this.#inputRate) };
  }

  /** @throws Fault `invalid_parameter` for a picture at an address that nobody may be sent to */
  #mediaIn(items: readonly unknown[]): Added {
    let [bytes, ms, pictures] = [0, 0, 0];
    for (const part of items.filter(isObject).flatMap(({ content }) => objectsOf(content))) {
      const { audio, image_url: picture } = part;
      if (typeof audio === "string") {
        ms += soundMs(audio, this.#inputRate);
        bytes -= audio.length;
      }
      if (picture === undefined) continue;
      checkAddress(picture, "image_url");
      pictures++;
      if (typeof picture === "string" && picture.startsWith("data:")) bytes -= picture.length;
    }
    return { ...NOTHING_ADDED, bytes, soundMs: ms, pictures };
  }
}

/** @param media what is no text is taken off */
function said(draft: JsonDraft, media: Added): Said {
  const text = draft.toString();
  return { text, added: { ...media, bytes: textBytes(text) + media.bytes }, asks: false };
}

/** Of sound in base64. */
function soundMs(data: unknown, rate: number): number {
  return typeof data === "string" ? (data.length * 0.75 * 1000) / rate : 0;
}

function idOf(response: unknown): string {
  return isObject(response) ? textOrEmpty(response["id"]) : "";
}

/** Whether a session's settings have what the client says written down. */
function transcribing(session: unknown): Pick<Said, "transcribes"> {
  const { transcription } = audioIn(isObject(session) ? session : {}).input;
  if (!isObject(transcription)) return {};
  return { transcribes: { promptBytes: textBytes(textOrEmpty(transcription["prompt"])) } };
}

function transcriptIn({ item_id: item, delta, transcript }: JsonObject): Transcript {
  return { item: textOrEmpty(item), text: textIn(transcript) ?? textOrEmpty(delta) };
}

interface Sides {
  readonly input: JsonObject;
  readonly output: JsonObject;
}

function audioIn({ audio }: JsonObject): Sides {
  const { input, output } = isObject(audio) ? audio : {};
  return { input: isObject(input) ? input : {}, output: isObject(output) ? output : {} };
}

function formatOf({ format }: JsonObject): string {
  return isObject(format) ? (textIn(format["type"]) ?? "") : textOrEmpty(format);
}
