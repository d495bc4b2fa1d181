/** Conversations over a socket, as clients and upstreams hold them: messages pass both ways while the socket is open. */
import type { JsonObject } from "../core/json.ts";
import type { Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Added } from "../operation/realtime/conversation-size.ts";
import type { Receiver } from "./fields/field-edits.ts";
import type { Match, ModelText, Shape } from "./types.ts";

export interface RealtimeWire extends Shape {
  /** Reads what a client asks for before its socket is open. @throws Fault `invalid_parameter`, `unsupported_feature` */
  read(match: Match): RealtimeRequest;
  /**
   * What a client asks for whose session was set up before.
   * @throws Fault `key_scope_denied` where the client asks for another model
   */
  within(session: JsonObject, asked: RealtimeRequest): RealtimeRequest;
  /** The message that sets a session up. */
  setUp(session: JsonObject): string;
  /** The path of the upstream's socket, below its base URL, and the headers that the wire needs. */
  address(target: RealtimeTarget, request: RealtimeRequest): { readonly path: string; readonly headers: Headers };
  /** The state of one conversation. */
  begin(target: RealtimeTarget, request: RealtimeRequest): Talk;
}

export interface RealtimeRequest {
  readonly wire: RealtimeWire;
  readonly demand: Demand;
  /** The protocol of those that the client offers which is answered; undefined = it offers none. */
  readonly protocol: string | undefined;
  /** The client said before its first message that it speaks the earlier form of the protocol. */
  readonly isEarly: boolean;
  /** The conversation only hears: nothing is answered, what is said is written down. */
  readonly onlyHears: boolean;
}

type Headers = Readonly<Record<string, string>>;

/** What a wire must know of the route. */
export interface RealtimeTarget extends Receiver {
  /** The upstream's own name of the model. */
  readonly model: string;
  readonly publicModel: string;
}

/** A conversation as its wire follows it; a state machine without I/O. Texts are messages, ready to be sent. */
export interface Talk {
  /** @throws Fault for a message that may not go upstream: the client is told, and the conversation goes on */
  fromClient(text: string): Said;
  /**
   * @param shown what a client sees of an error that the message tells among other things
   * @throws Fault `upstream_error` for what is no message of the wire
   */
  fromUpstream(text: string, shown: (error: JsonObject) => JsonObject): Heard;
  /** The message that tells a client of an error. @param body in the client's dialect */
  error(body: JsonObject): string;
  /** Asks the upstream to stop an answer. @param answer its id; empty = the one that it makes */
  cancel(answer: string): string;
}

/** What a client's message means. */
export interface Said {
  /** What goes upstream. */
  readonly text: string;
  /** What it adds to the conversation, which the model reads again for each answer. */
  readonly added: Added;
  /** It asks for an answer. */
  readonly asks: boolean;
  /** What the client says is to be written down besides, from now on. */
  readonly transcribes?: Transcribing;
}

/** How what a client says is written down. */
interface Transcribing {
  /** Of the text that is read along with each piece of sound. */
  readonly promptBytes: number;
}

/** What the client said in one item, or a part of it, as text. */
export interface Transcript {
  readonly item: string;
  readonly text: string;
}

/** What an upstream's message means. */
export interface Heard {
  /** What the client gets; undefined = nothing. */
  readonly text?: string;
  /** An answer has begun. */
  readonly began?: string;
  /** A part of an answer. */
  readonly made?: { readonly answer: string; readonly text: ModelText };
  /** An answer is over, whole or not. */
  readonly ended?: { readonly answer: string; readonly usage: Usage | undefined };
  /** Why an answer failed, in the upstream's words. */
  readonly failed?: JsonObject;
  /** A request for an answer was refused. */
  readonly isRefusal?: boolean;
  /** A part of what the client said was written down. */
  readonly wrote?: Transcript;
  /** What the client said is written down, and what that took. */
  readonly transcribed?: Transcript & { readonly usage: Usage | undefined };
  /** The item that could not be written down. */
  readonly notTranscribed?: string;
  /** What the client says is written down besides, from now on. */
  readonly transcribes?: Transcribing;
  /** An error of the upstream's, in its own words. The client gets what {@link Talk.error} makes of it. */
  readonly error?: JsonObject;
}
