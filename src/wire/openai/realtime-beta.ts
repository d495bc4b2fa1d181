/**
 * Translates between the two generations of OpenAI's Realtime protocol. A client may still speak the beta. Upstreams
 * speak only the present protocol. Pure and without state: each event is translated on its own. Most events carry audio;
 * of these, only `type` is read.
 * @see https://platform.openai.com/docs/guides/realtime#beta-to-ga-migration
 */
import type { JsonDraft, JsonPlace } from "../../core/json-edit.ts";
import { isObject, type JsonObject } from "../../core/json.ts";
import { flatten, nest, REQUESTED_SETTINGS, RESPONSE_SETTINGS, SESSION_SETTINGS } from "./realtime-beta-session.ts";

const SESSION_UPDATE = "session.update";
const TRANSCRIPTION_UPDATE = "transcription_session.update";

/** Settings of the beta that the present protocol does not have. */
const REMOVED = ["temperature"];

const FLAT_NAMES: readonly string[] = [...SESSION_SETTINGS.map(({ flat }) => flat), ...REMOVED];

/** The events that have another name in the beta. */
const BETA_NAMES: ReadonlyMap<unknown, string> = new Map([
  ["response.output_audio.delta", "response.audio.delta"],
  ["response.output_audio.done", "response.audio.done"],
  ["response.output_audio_transcript.delta", "response.audio_transcript.delta"],
  ["response.output_audio_transcript.done", "response.audio_transcript.done"],
  ["response.output_text.delta", "response.text.delta"],
  ["response.output_text.done", "response.text.done"],
  ["conversation.item.added", "conversation.item.created"],
]);

/** The types of parts that have another name in the beta: today's name, the beta's name. */
const PARTS = [
  ["output_text", "text"],
  ["output_audio", "audio"],
] as const;

type PartNames = ReadonlyMap<unknown, string>;

const BETA_PARTS: PartNames = new Map(PARTS);
const PRESENT_PARTS: PartNames = new Map(PARTS.map(([present, beta]) => [beta, present]));

/**
 * Whether a client's event shows that the client speaks the beta. Such an event updates a session, does not name the
 * session's type, and has a setting that only the beta has on the session's own level.
 */
export function speaksBeta({ type, session }: JsonObject): boolean {
  if (type !== SESSION_UPDATE && type !== TRANSCRIPTION_UPDATE) return false;
  if (!isObject(session) || (session["type"] !== undefined && session["type"] !== null)) return false;
  return FLAT_NAMES.some((name) => Object.hasOwn(session, name));
}

/**
 * Edits an event from a client of the beta into the present protocol. A member of a wrong type stays as it is when no
 * part of it has to be translated: the upstream judges it.
 * @throws Fault `invalid_parameter` for a value that cannot be translated. The draft is then half edited: drop it.
 */
export function fromBeta(draft: JsonDraft): void {
  switch (draft.value["type"]) {
    case SESSION_UPDATE:
      nestSession(draft.object("session"), "realtime");
      return;
    case TRANSCRIPTION_UPDATE: {
      const session = draft.object("session");
      draft.set("type", SESSION_UPDATE);
      // The present protocol has no modalities for a transcription session: its output is always text.
      session?.set("modalities", undefined);
      nestSession(session, "transcription");
      return;
    }
    case "response.create": {
      const response = draft.object("response");
      if (response === undefined) return;
      nest(response, REQUESTED_SETTINGS, "response");
      for (const name of REMOVED) response.set(name, undefined);
      for (const item of response.objects("input")) renameOwnParts(item);
      return;
    }
    case "conversation.item.create":
      renameOwnParts(draft.object("item"));
      return;
    default:
  }
}

function nestSession(session: JsonPlace | undefined, type: string): void {
  if (session === undefined) return;
  nest(session, SESSION_SETTINGS, "session");
  for (const name of REMOVED) session.set(name, undefined);
  // It configures the key that HTTP returns with a new session. On a socket it has no effect.
  session.set("client_secret", undefined);
  session.fill("type", type);
}

/** Renames the parts of an assistant's message. Parts of other roles have the same names in both generations. */
function renameOwnParts(item: JsonPlace | undefined): void {
  if (item?.value["role"] === "assistant") renameParts(item, PRESENT_PARTS);
}

/**
 * Edits a server's event for a client of the beta.
 * @returns false for an event that the beta does not have and the client must not get
 */
export function toBeta(draft: JsonDraft): boolean {
  const type = draft.value["type"];
  const name = BETA_NAMES.get(type);
  if (name !== undefined) draft.set("type", name);
  switch (type) {
    case "conversation.item.done":
      return false;
    case "session.created":
    case "session.updated":
      flattenSession(draft, type);
      return true;
    case "response.created":
    case "response.done": {
      const response = draft.object("response");
      if (response === undefined) return true;
      flatten(response, RESPONSE_SETTINGS);
      for (const item of response.objects("output")) renameParts(item, BETA_PARTS);
      return true;
    }
    case "response.content_part.added":
    case "response.content_part.done":
      renamePart(draft.object("part"), BETA_PARTS);
      return true;
    case "conversation.item.added":
    case "conversation.item.created":
    case "conversation.item.retrieved":
    case "response.output_item.added":
    case "response.output_item.done":
      renameParts(draft.object("item"), BETA_PARTS);
      return true;
    default:
      return true;
  }
}

/** A session that is flat already, or of a type that the beta does not have, stays as it is. */
function flattenSession(draft: JsonDraft, event: string): void {
  const session = draft.object("session");
  const type = session?.value["type"];
  if (session === undefined || (type !== undefined && type !== "realtime" && type !== "transcription")) return;
  flatten(session, SESSION_SETTINGS);
  if (type === undefined) return;
  session.set("type", undefined);
  session.set("object", type === "realtime" ? "realtime.session" : "realtime.transcription_session");
  if (type === "transcription") draft.set("type", `transcription_${event}`);
}

function renameParts(item: JsonPlace | undefined, names: PartNames): void {
  for (const part of item?.objects("content") ?? []) renamePart(part, names);
}

function renamePart(part: JsonPlace | undefined, names: PartNames): void {
  const name = names.get(part?.value["type"]);
  if (name !== undefined) part?.set("type", name);
}
