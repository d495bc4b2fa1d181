import type { Fault } from "../core/fault.ts";
import type { Frame } from "../core/frame.ts";
import type { JsonDraft } from "../core/json-edit.ts";
import type { JsonObject } from "../core/json.ts";
import type { Language } from "../core/language.ts";
import type { Payload } from "../core/payload.ts";
import type { StreamFormName } from "../core/stream-form.ts";
import type { Fee, Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { ChatCodec } from "./codec.ts";
import type { Operation } from "../operation/operations.ts";
import type { WholeCodecs } from "./whole-codec.ts";

export interface Shape {
  /** The name in routes: `vendor.shape`. */
  readonly name: string;
  readonly operation: Operation;
}

/** One shape of one operation, as clients and upstreams speak it. Of conversations over a socket, see `realtime-types.ts`. */
export interface Wire extends Shape {
  /** Reads a client's request. @throws Fault `invalid_parameter`, `missing_input` */
  read(payload: Payload, match: Match): ClientRequest;
  /** The method and the path of a request, below an upstream's base URL. @param request as {@link Wire.write} gets it */
  address(target: Target, request: ClientRequest): Address;
  /** What goes to an upstream of the same wire: the client's own payload, edited. */
  write(request: ClientRequest, target: Target): Outgoing;
  /** Reads an upstream's answer. @param request as {@link Wire.write} gets it */
  answers(target: Target, request: ClientRequest): AnswerReader;
  /** Writes an answer to a client. */
  client(request: ClientRequest): ClientWriter;
  /** Makes a whole answer from the pieces of a stream. */
  fold?(): Fold;
  /** Makes the pieces of a stream from a whole answer. */
  unfold?(answer: JsonDraft): readonly Piece[];
  /** To and from the neutral form, so that other wires can be carried over this one, and it over them. */
  readonly codec?: ChatCodec;
  /** The same, for operations whose answers come whole. */
  readonly wholeCodecs?: WholeCodecs;
  /** For operations on several inputs at once. Absent = every request is one call. */
  readonly parts?: Parts;
  /** For clients that want media in the answer, and not its address. */
  readonly inline?: InlineMedia;
  /** A cheap request that any model answers. Routes of a wire without it are never probed. */
  readonly probe?: Payload;
}

export interface Outgoing {
  readonly payload: Payload;
  /** The names of the fields that the upstream may not get. */
  readonly dropped: readonly string[];
  /** Those that the wire needs, without the credential. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface InlineMedia {
  /** How the media type of what is fetched must begin. */
  readonly type: string;
  /** The addresses in an answer whose contents the client asked for. */
  addresses(answer: Payload, request: ClientRequest): readonly string[];
  /** The answer with the contents in the place of the addresses. */
  fill(answer: Payload, contents: ReadonlyMap<string, Uint8Array>): Payload;
}

/** How a request with many inputs goes up in several calls. */
export interface Parts {
  /** The most inputs of one call at the vendor whose wire it is. */
  readonly most: number;
  inputs(payload: Payload): number;
  /** The payload with some of its inputs alone. */
  part(payload: Payload, from: number, to: number): Payload;
  /** One answer of the answers to all parts, in their order. */
  join(answers: readonly Payload[]): Payload;
  /** What an answer says that it used. */
  usage(answer: Payload): Usage | undefined;
}

/** What a request has besides its payload. */
export interface Match {
  /** Below the mount of the surface, such as `/images/edits`; absent = the wire has one endpoint. */
  readonly path?: string;
  /** The parameters in the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Headers;
  /** A parameter behind the path; absent = there are none. */
  readonly query?: (name: string) => string | undefined;
}

export interface Address {
  readonly method: "GET" | "POST";
  /** Begins with a slash. */
  readonly path: string;
}

/** A client's request as its wire read it. */
export interface ClientRequest {
  readonly wire: Wire;
  readonly payload: Payload;
  readonly demand: Demand;
  /** As the client wrote it; undefined = the default of the surface. */
  readonly stream: boolean | undefined;
  /** On wires with several endpoints: the path of the one that was asked, below the mount. */
  readonly endpoint?: string;
  /** How the client reads a stream; absent = as server-sent events. */
  readonly streamForm?: StreamFormName;
  /** The client asked for a separate frame with the usage in the stream. */
  readonly wantsUsage: boolean;
  /** The client's name for a group of requests whose prompts begin alike. */
  readonly session: string | undefined;
  /** How the conversation began, where the request goes on with one; the same in each of its turns. */
  readonly beginning?: () => string | undefined;
  /** The text of the prompt, for counting where the upstream does not. */
  readonly promptText: () => string;
  /** Tokens of the prompt that the client gave by their numbers; absent = none. */
  readonly tokenIds?: number;
  /** The client's own headers that an upstream of the same wire gets. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Edits an answer, or a piece of a stream, for the client's surface. */
  readonly present?: (draft: JsonDraft, streaming: boolean) => void;
}

/** What a wire must know of an attempt's route. */
export interface Target {
  /** The upstream's own name of the model. */
  readonly model: string;
  /** The model's public name, for answers. */
  readonly publicModel: string;
  /** The upstream is asked for a stream, because the client is given one. */
  readonly stream: boolean;
  /** False where the route refuses to be asked for usage in a stream. */
  readonly asksUsage: boolean;
  /**
   * The cap on the output of each choice, the client's own or one that the account can pay for, and the request field for
   * caps that the route's model obeys.
   */
  readonly outputCap?: { readonly field: string; readonly tokens: number };
  /** The longest answer of the model, in tokens; null = not known. */
  readonly maxOutput: number | null;
  /** Those of the request's fees that the route's model has a price for. */
  readonly fees: ReadonlySet<Fee>;
  /** The fields that the operator allows this upstream besides the wire's own; `open` = all that no rule forbids. */
  readonly fields: "open" | ReadonlySet<string>;
  /** Stands for the account in everything that upstreams see; undefined = the gateway itself asks. */
  readonly account: string | undefined;
  /** The route is known to send finish reasons: a stream of it that ends without one is broken. */
  readonly sendsFinish: boolean;
  /** When the request was sent; Unix seconds. */
  readonly created: number;
}

/** What a model made, for our own count: text where its upstream reports no usage, and pictures whatever it reports. */
export interface ModelText {
  readonly output: string;
  readonly reasoning: string;
  /** Pictures; absent = none. Those that a text shows by their address are counted by the text. */
  readonly pictures?: number;
  /** Pictures that were first shown before they are whole; absent = none. */
  readonly sketches?: number;
  /** Milliseconds of sound, as its bytes tell; absent = none. */
  readonly soundMs?: number;
}

/** A piece of a streamed answer, between its reader and its writer. */
export interface Piece {
  /** The event name of its frame, on wires that have such names. */
  readonly event?: string;
  readonly draft: JsonDraft;
}

/** What one frame of an upstream's stream brought. */
export interface Step {
  readonly pieces: readonly Piece[];
  /** The frame carries output, or an ending that counts as an answer. From then on the upstream has answered. */
  readonly isMeaningful: boolean;
  /** The frame carries a finish reason of the upstream. */
  readonly finishes: boolean;
  /** The upstream says that nothing more comes. */
  readonly isLast: boolean;
  /** As reported, which may be impossible. */
  readonly usage: Usage | undefined;
  readonly text: ModelText;
}

/** An upstream's whole answer. */
export interface Whole {
  readonly body: JsonDraft | Extract<Payload, { kind: "bytes" }>;
  /** As reported, which may be impossible. */
  readonly usage: Usage | undefined;
  readonly text: ModelText;
}

/** Reads one answer; a state machine without I/O. */
export interface AnswerReader {
  /**
   * @throws Fault `upstream_error` when the payload is not an answer or an empty one; UpstreamError for an error object
   */
  whole(payload: Payload): Whole;
  /** @throws what {@link AnswerReader.whole} throws */
  step(frame: Frame): Step;
  /** What bytes of an answer hold that pass to the client, on wires whose answers are media. */
  media?(bytes: Uint8Array): ModelText;
  /** The stream closed before a step with `isLast`. @throws Fault `upstream_error` when it is incomplete */
  end(): Step;
  /** The gateway ends the stream here: what is not finished ends as it would at a cap on its output. */
  cut(): Step;
}

/** Writes one answer; a state machine without I/O. Texts are frames, ready to be sent. */
export interface ClientWriter {
  write(piece: Piece): string;
  /** A frame is held back: usage that is still to come belongs in it. {@link ClientWriter.flush} releases it. */
  readonly waits: boolean;
  flush(): string;
  /**
   * The end of a stream.
   * @param counted our own counts, for a client that asked for usage where the upstream reported none
   */
  end(counted: () => Usage): string;
  /** Ends a stream that has begun with an error. @param body the error in the client's dialect */
  fail(body: JsonObject): string;
  /** For clients that read media as events, where the upstream gives bytes. */
  readonly media?: MediaFrames;
  /** A whole answer. @param counted as in {@link ClientWriter.end} */
  whole(body: Whole["body"], counted: () => Usage): Payload;
}

/** Media as the frames of a stream. */
export interface MediaFrames {
  frame(bytes: Uint8Array): string;
  /** @param counted what the answer holds, by our own count */
  end(counted: () => Usage): string;
}

/** Makes a whole answer from the pieces of a stream. */
export interface Fold {
  add(piece: Piece): void;
  answer(): JsonDraft;
}

/** A vendor's envelope for errors. */
export interface Dialect {
  readonly language: Language;
  /** The header in which clients look for the request's id besides `x-request-id`. */
  readonly requestIdHeader?: string;
  status(fault: Fault): number;
  body(fault: Fault, language: Language, options: DialectOptions): JsonObject;
}

interface DialectOptions {
  /**
   * The top-level code of a rate limit is 2004 instead of 429, for clients written against the earlier API description.
   */
  readonly legacyCodes: boolean;
  readonly requestId: string;
}
