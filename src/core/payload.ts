import type { Form } from "./form-parts.ts";
import type { JsonObject } from "./json.ts";
import { JsonDraft } from "./json-edit.ts";

/**
 * The body of a request or an answer; it need not be JSON. A request's payload is never a stream, so that several
 * attempts can send it.
 */
export type Payload =
  | { readonly kind: "json"; readonly text: string; readonly value: JsonObject }
  | { readonly kind: "form"; readonly form: Form }
  | {
      readonly kind: "bytes";
      readonly type: string;
      /** In bytes; absent = not known. */
      readonly length?: number;
      /** Settles when the first bytes of a stream are there; rejects where none come. */
      readonly begins?: Promise<void>;
      readonly body: Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>;
    }
  | { readonly kind: "none" };

export type JsonPayload = Extract<Payload, { kind: "json" }>;

export const NO_PAYLOAD: Payload = { kind: "none" };

export function jsonPayload(value: JsonObject, text: string = JSON.stringify(value)): JsonPayload {
  return { kind: "json", text, value };
}

/** A copy of the payload in which some members are set; undefined removes a member. The rest keeps its bytes. */
export function withMembers(payload: JsonPayload, members: JsonObject): JsonPayload {
  const draft = new JsonDraft({ ...payload.value }, payload.text);
  for (const [name, value] of Object.entries(members)) draft.set(name, value);
  return draftPayload(draft);
}

export function draftPayload(draft: JsonDraft): JsonPayload {
  return { kind: "json", text: draft.toString(), value: draft.value };
}
