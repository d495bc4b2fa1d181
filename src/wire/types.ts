import type { Fault } from "../core/fault.ts";
import type { JsonObject } from "../core/json.ts";
import type { Language } from "../core/language.ts";
import type { Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Operation } from "../operation/operations.ts";

/** What an upstream's body is stamped with where it says nothing itself. */
export interface Stamp {
  /** The public name of the model that serves, which replaces the upstream's. */
  readonly model: string;
  /** Unix seconds. */
  readonly created: number;
}

export interface UpstreamRequest {
  /** The upstream's own name of the model. */
  readonly model: string;
  readonly stream: boolean;
  /** False when the route is known to refuse `stream_options`. */
  readonly asksUsage: boolean;
  /** The most tokens that the account affords, for a client that set no cap of its own. */
  readonly outputCap?: { readonly field: string; readonly tokens: number };
}

/** The text that a model made, for counting when its upstream does not. */
export interface Said {
  readonly output: string;
  readonly reasoning: string;
}

/** An upstream's JSON answer, normalised. */
export interface Answer {
  readonly body: JsonObject;
  /** As reported, which may be impossible. */
  readonly usage: Usage | undefined;
  readonly said: Said;
}

/** One event of an upstream's stream, normalised. */
export interface WireEvent {
  readonly body: JsonObject;
  /** Carries output, or an ending that stands for an answer: from here on the upstream has answered. */
  readonly meaningful: boolean;
  /** Ends a choice. */
  readonly finishes: boolean;
  /** Carries nothing but usage. */
  readonly usageOnly: boolean;
  /** As reported, which may be impossible. */
  readonly usage: Usage | undefined;
  readonly said: Said;
}

/** Reads one stream; keeps what later events depend on. */
export interface EventReader {
  /**
   * One event's data. `done` = the upstream said that the stream is whole; undefined = nothing worth passing on.
   * @throws Fault `upstream_error` for an error event or garbage
   */
  read(data: string): WireEvent | "done" | undefined;
  /** Whether a stream that stops here, without saying so, is whole all the same. */
  readonly complete: boolean;
}

/** One JSON and SSE shape of one operation, as clients and upstreams speak it. */
export interface Wire {
  readonly name: WireName;
  readonly operation: Operation;
  /** Below an upstream's base URL. */
  readonly path: string;
  /** @throws Fault `invalid_parameter`, `missing_input` */
  read(body: JsonObject): Demand;
  /** The text of a prompt, for counting when the upstream does not. */
  promptText(body: JsonObject): string;
  writeRequest(body: JsonObject, request: UpstreamRequest): JsonObject;
  /** @throws Fault `upstream_error` when it carries an error, no output, or is no answer at all */
  readAnswer(body: unknown, stamp: Stamp): Answer;
  eventReader(stamp: Stamp): EventReader;
  /** A body that any model answers in a word, to see whether an upstream works. */
  readonly probe: JsonObject;
}

export type WireName = "openai.chat" | "openai.completions";

/**
 * Carries a client's wire over an upstream of another one.
 * @throws Fault `unsupported_feature` for what the upstream's wire cannot carry
 */
export type Translation = (body: JsonObject) => Translated;

/** One request, translated. */
export interface Translated {
  readonly request: JsonObject;
  /** An upstream's answer or event, in the client's shape. */
  readonly answer: (body: JsonObject) => JsonObject;
}

/** A vendor's envelope for errors. */
export interface Dialect {
  readonly language: Language;
  status(fault: Fault): number;
  body(fault: Fault, language: Language, options: DialectOptions): JsonObject;
}

export interface DialectOptions {
  /** Top-level code 2004 instead of 429 for clients of the older text. */
  readonly legacyCodes: boolean;
}
