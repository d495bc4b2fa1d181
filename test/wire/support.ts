import type { Frame } from "../../src/core/frame.ts";
import { Fault } from "../../src/core/fault.ts";
import { JsonDraft } from "../../src/core/json-edit.ts";
import type { JsonObject } from "../../src/core/json.ts";
import { jsonPayload } from "../../src/core/payload.ts";
import { UpstreamError } from "../../src/core/upstream-error.ts";
import { chat } from "../../src/wire/openai/chat.ts";
import type { ClientRequest, Match, Target, Wire } from "../../src/wire/types.ts";

export const MATCH: Match = { params: {}, headers: new Headers() };

export const TARGET: Target = {
  model: "upstream-model",
  publicModel: "public",
  stream: false,
  maxOutput: null,
  asksUsage: true,
  fees: new Set(),
  fields: new Set(),
  account: "account-alias",
  sendsFinish: false,
  created: 5,
};

/** A plain chat, for readers that do not look at what was asked. */
export const ASKED: ClientRequest = chat.read(jsonPayload({ messages: [{ role: "user", content: "Hello" }] }), MATCH);

export function readRequest(wire: Wire, body: JsonObject): ClientRequest {
  return wire.read(jsonPayload(body), MATCH);
}

/** Reads an upstream's whole answer with a wire. */
export function readWhole(wire: Wire, body: unknown) {
  const { body: answer, ...rest } = wire.answers(TARGET, ASKED).whole(jsonPayload(structuredClone(body) as JsonObject));
  if (!(answer instanceof JsonDraft)) throw new Error("not JSON");
  return { ...rest, body: answer.value, text: rest.text, written: answer.toString() };
}

export function frame(data: unknown, event?: string): Frame {
  const text = typeof data === "string" ? data : JSON.stringify(data);
  return event === undefined ? { data: text } : { data: text, event };
}

/** The kind and parameter of the fault that a step throws, or its error object's code. */
export function faultOf(step: () => unknown): string {
  try {
    step();
  } catch (error) {
    if (error instanceof Fault) return [error.kind, error.options.param].filter(Boolean).join(" ");
    if (error instanceof UpstreamError) return `upstream's ${JSON.stringify(error.error)}`;
    throw error;
  }
  return "none";
}
