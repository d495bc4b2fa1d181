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
import type { Heard, RealtimeRequest, RealtimeTarget, Said, Talk } from "../realtime-types.ts";
import { textBytes } from "../request-members.ts";
import { scrub } from "../scrub.ts";
import { unsupported } from "../unsupported.ts";
import { textOrEmpty } from "../values.ts";
import { fromBeta, speaksBeta, toBeta } from "./realtime-beta.ts";
import { CLIENT_EVENTS, EVENT_FIELDS, REALTIME_FIELDS } from "./realtime-fields.ts";
import { audioIn, PCM_RATE, rateOf, soundMs, transcribing, transcriptIn } from "./realtime-sound.ts";
import { readAnswerUsage, readTranscriptionUsage } from "./realtime-usage.ts";

const TRANSCRIPTION = "transcription";

/** The code of a refusal to answer, because an answer is being made. */
const IS_ANSWERING = "conversation_already_has_active_response";

/** The events whose `delta` is sound or text that the model made; some upstreams have the names of the beta. */
const SOUND_DELTAS: ReadonlySet<unknown> = new Set(["response.output_audio.delta", "response.audio.delta"]);
const TEXT_DELTAS: ReadonlySet<unknown> = new Set([
  "response.text.delta",
  "response.audio_transcript.delta",
  "response.output_text.delta",
  "response.output_audio_transcript.delta",
  "response.function_call_arguments.delta",
]);

/** A request for an answer that lies so many others back is not refused any more. */
const MOST_ASKED = 1000;

const DOCUMENTED: ReadonlySet<string> = new Set();

export class RealtimeTalk implements Talk {
  readonly #target: RealtimeTarget;
  readonly #named: string | undefined;
  /** The client's own ids of its requests for answers, by those that stand for them upstream: each of ours is asked once. */
  readonly #asked = new Map<unknown, unknown>();
  readonly #onlyHears: boolean;
  #isEarly: boolean;
  /** The least of those that were set: an upstream may refuse to change it. */
  #inputRate = PCM_RATE;
  #outputRate = PCM_RATE;

  constructor(target: RealtimeTarget, { demand, isEarly, onlyHears }: RealtimeRequest) {
    this.#target = target;
    this.#named = demand.model;
    this.#isEarly = isEarly;
    this.#onlyHears = onlyHears;
  }

  fromClient(text: string): Said {
    const draft = new JsonDraft(parseObject(text), text);
    this.#isEarly ||= speaksBeta(draft.value);
    if (this.#isEarly) fromBeta(draft);
    const { type } = draft.value;
    if (!CLIENT_EVENTS.has(type) && this.#target.fields !== "open") {
      throw invalid("type", "must be an event that clients send", "必须是客户端事件");
    }
    readFees(draft.value, EVENT_FIELDS);
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

  fromUpstream(text: string, shown: (error: JsonObject) => JsonObject): Heard {
    const draft = eventDraft(text);
    const { type } = draft.value;
    const told: Omit<Heard, "text"> = this.#meaningOf(draft);
    if (told.error === undefined) {
      showError(draft, shown);
      showError(draft.object("response")?.object("status_details"), shown);
    }
    if (type === "rate_limits.updated" || told.error !== undefined) return told;
    if (this.#isEarly && !toBeta(draft)) return told;
    return { ...told, text: draft.toString() };
  }

  cancel(answer: string): string {
    return JSON.stringify({ type: "response.cancel", ...(answer === "" ? {} : { response_id: answer }) });
  }

  error(body: JsonObject): string {
    return JSON.stringify({ type: "error", event_id: randomId("event_"), ...body });
  }

  #meaningOf(draft: JsonDraft): Heard {
    const { type, delta, response_id: id, response, error } = draft.value;
    const answer = textOrEmpty(id);
    if (SOUND_DELTAS.has(type)) {
      return { made: { answer, text: { output: "", reasoning: "", soundMs: soundMs(delta, this.#outputRate) } } };
    }
    if (TEXT_DELTAS.has(type)) return { made: { answer, text: { output: textOrEmpty(delta), reasoning: "" } } };
    switch (type) {
      case "response.created":
        this.#clean(draft.object("response"));
        return { began: idOf(response) };
      case "response.done":
        this.#clean(draft.object("response"));
        return answerEnd(isObject(response) ? response : {});
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
    const [oldest] = this.#asked.keys();
    if (this.#asked.size > MOST_ASKED) this.#asked.delete(oldest);
    draft.set("event_id", id);
  }

  #readError(error: JsonObject): Heard {
    const { event_id: id, code } = error;
    if (!this.#asked.has(id)) return { error, isRefusal: code === IS_ANSWERING };
    const own = this.#asked.get(id) ?? null;
    this.#asked.delete(id);
    return { error: { ...error, event_id: own }, isRefusal: true, failed: error };
  }

  /** What the upstream says of its own business stays here. */
  #clean(told: JsonPlace | undefined): void {
    if (told === undefined) return;
    scrub(told, DOCUMENTED);
    if (told.value["model"] !== undefined) told.set("model", this.#target.publicModel);
  }

  #readSession(session: JsonPlace | undefined): Heard {
    if (session === undefined) return {};
    this.#clean(session);
    // It opens conversations at the upstream.
    session.set("client_secret", undefined);
    const transcription = transcriptionIn(session);
    if (transcription?.value["model"] === this.#target.model) transcription.set("model", this.#target.publicModel);
    const { input, output } = audioIn(session.value);
    this.#inputRate = Math.min(this.#inputRate, rateOf(input) ?? PCM_RATE);
    this.#outputRate = rateOf(output) ?? PCM_RATE;
    return transcribing(session.value);
  }

  #editSession(session: JsonPlace | undefined): void {
    if (session === undefined) throw invalid("session", "must be an object", "必须是对象");
    this.#keepPolicy(session);
    const { type } = session.value;
    if (this.#onlyHears && type !== TRANSCRIPTION && type !== undefined && type !== null)
      throw invalid("session.type", `must be '${TRANSCRIPTION}'`, `必须是 '${TRANSCRIPTION}'`);
    this.#inputRate = Math.min(this.#inputRate, rateOf(audioIn(session.value).input) ?? PCM_RATE);
    const transcription = transcriptionIn(session);
    const named = transcription?.value["model"];
    // What only hears is paid for by the price of its own model.
    if (this.#onlyHears || named === this.#target.publicModel || (named !== undefined && named === this.#named)) {
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
    if (place.value["model"] !== undefined) place.set("model", this.#target.model);
  }

  #sound(data: unknown): Added {
    return { ...NOTHING_ADDED, soundMs: soundMs(data, this.#inputRate) };
  }

  /** @throws Fault `invalid_parameter` for a picture at an address that nobody may be sent to */
  #mediaIn(items: readonly unknown[]): Added {
    let [bytes, ms, pictures] = [0, 0, 0];
    for (const part of items
      .filter(isObject)
      .flatMap(({ content, output }) => [...objectsOf(content), ...objectsOf(output)])) {
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

function transcriptionIn(session: JsonPlace): JsonPlace | undefined {
  return session.object("audio")?.object("input")?.object("transcription");
}

/** An event may tell of an error among other things. */
function showError(place: JsonPlace | undefined, shown: (error: JsonObject) => JsonObject): void {
  const error = place?.value["error"];
  if (isObject(error)) place?.set("error", shown(error));
}

function answerEnd(response: JsonObject): Heard {
  const { status, status_details: details, usage } = response;
  const ended = { answer: idOf(response), usage: readAnswerUsage(usage) };
  if (status !== "failed") return { ended };
  const error = isObject(details) ? details["error"] : undefined;
  return { ended, failed: isObject(error) ? error : {} };
}

function idOf(response: unknown): string {
  return isObject(response) ? textOrEmpty(response["id"]) : "";
}
