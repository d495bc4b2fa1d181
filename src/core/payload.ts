import type { JsonObject } from "./json.ts";
import { JsonDraft } from "./json-edit.ts";

/** A body, of a request or an answer, that need not be JSON. Requests hold no stream, so that several attempts can send them. */
export type Payload =
  | { readonly kind: "json"; readonly text: string; readonly value: JsonObject }
  | { readonly kind: "form"; readonly form: FormData }
  | {
      readonly kind: "bytes";
      readonly type: string;
      readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
    }
  | { readonly kind: "none" };

export type JsonPayload = Extract<Payload, { kind: "json" }>;

export const NO_PAYLOAD: Payload = { kind: "none" };

export function jsonPayload(value: JsonObject, text: string = JSON.stringify(value)): JsonPayload {
  return { kind: "json", text, value };
}

/** The payload with other values of some members; undefined removes one. All else keeps its bytes. */
export function withMembers(payload: JsonPayload, members: JsonObject): JsonPayload {
  const draft = new JsonDraft({ ...payload.value }, payload.text);
  for (const [name, value] of Object.entries(members)) draft.set([name], value);
  return draftPayload(draft);
}

export function draftPayload(draft: JsonDraft): JsonPayload {
  return { kind: "json", text: draft.toString(), value: draft.value };
}
