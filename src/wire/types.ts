import type { Fault } from "../core/fault.ts";
import type { Frame } from "../core/frame.ts";
import type { JsonDraft } from "../core/json-edit.ts";
import type { JsonObject } from "../core/json.ts";
import type { Language } from "../core/language.ts";
import type { Payload } from "../core/payload.ts";
import type { Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Operation } from "../operation/operations.ts";

/** One shape of one operation, as clients and upstreams speak it. */
export interface Wire {
  /** As routes name it: `vendor.shape`. */
  readonly name: string;
  readonly operation: Operation;
  /** What a client asks. @throws Fault `invalid_parameter`, `missing_input` */
  read(payload: Payload, match: Match): ClientRequest;
  /** Where a request goes, below an upstream's base URL. */
  address(target: Target): Address;
  /** The request as it goes upstream, on the same wire: the client's own payload, edited. */
  write(request: ClientRequest, target: Target): Payload;
  /** Reads an upstream's answer. */
  answers(target: Target): AnswerReader;
  /** Writes an answer to a client. */
  client(request: ClientRequest): ClientWriter;
  /** A cheap request that any model answers; without it a route is never probed. */
  readonly probe?: Payload;
}

/** How a request met its endpoint. */
export interface Match {
  /** Of the path. */
  readonly params: Readonly<Record<string, string>>;
  readonly headers: Headers;
}

export interface Address {
  readonly method: "GET" | "POST";
  /** Begins with a slash. */
  readonly path: string;
}

/** A client's request, read. */
export interface ClientRequest {
  readonly wire: Wire;
  readonly payload: Payload;
  readonly demand: Demand;
  /** As the client wrote it; undefined = as the surface does by default. */
  readonly stream: boolean | undefined;
  /** The client asked for a usage frame of its own in the stream. */
  readonly wantsUsage: boolean;
  /** The client's name for requests whose prompts begin alike. */
  readonly session: string | undefined;
  /** The text of the prompt, for counting where the upstream does not. */
  readonly promptText: () => string;
  /** Puts an answer, or a piece of a stream, into the form of the client's surface. */
  readonly present?: (draft: JsonDraft, streaming: boolean) => void;
}

/** What a wire must know of the route that a request takes. */
export interface Target {
  /** The upstream's own name of the model. */
  readonly model: string;
  /** The public name, which answers carry. */
  readonly publicModel: string;
  /** A stream is asked of the upstream, for a client that is given one. */
  readonly stream: boolean;
  /** False where the route refuses to be asked for usage in a stream. */
  readonly asksUsage: boolean;
  /** The most tokens of output that the account affords, and the field in which the route's model takes them. */
  readonly outputCap?: { readonly field: string; readonly tokens: number };
  /** The route is known to end its streams with a finish reason: one that does not is broken. */
  readonly sendsFinish: boolean;
  /** When the request was sent; Unix seconds. */
  readonly created: number;
}

/** The text that a model made, for counting where its upstream does not. */
export interface ModelText {
  readonly output: string;
  readonly reasoning: string;
}

/** A piece of a streamed answer, between its reader and its writer. */
export interface Piece {
  /** The name of its frame, on wires that name them. */
  readonly event?: string;
  readonly draft: JsonDraft;
}

/** What one frame of an upstream's stream brought. */
export interface Step {
  readonly pieces: readonly Piece[];
  /** Carries output, or an ending that stands for an answer: from here on the upstream has answered. */
  readonly isMeaningful: boolean;
  /** The upstream itself gave a reason for an end. */
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
  /** @throws Fault `upstream_error` for what is no answer, or is empty; UpstreamError for an error object */
  whole(payload: Payload): Whole;
  /** @throws as {@link AnswerReader.whole} */
  step(frame: Frame): Step;
  /** The stream is over without having said so. @throws Fault `upstream_error` when it was not whole */
  end(): Step;
}

/** Writes one answer; a state machine without I/O. Texts are frames, ready to be sent. */
export interface ClientWriter {
  write(piece: Piece): string;
  /** Something was written that {@link ClientWriter.flush} would give, and that usage yet to come belongs to. */
  readonly waits: boolean;
  flush(): string;
  /** The end of a stream. @param counted what we counted, for a client that asked for usage that nobody reported */
  end(counted: () => Usage): string;
  /** An error in a stream that has begun, and its end. @param body in the client's dialect */
  fail(body: JsonObject): string;
  /** A whole answer. @param counted as in {@link ClientWriter.end} */
  whole(body: Whole["body"], counted: () => Usage): Payload;
  /** The whole answer that the pieces of a stream amount to. */
  fold?(pieces: readonly Piece[]): JsonDraft;
  /** The stream that a whole answer amounts to. */
  unfold?(answer: JsonDraft): readonly Piece[];
}

/** A vendor's envelope for errors. */
export interface Dialect {
  readonly language: Language;
  status(fault: Fault): number;
  body(fault: Fault, language: Language, options: DialectOptions): JsonObject;
}

interface DialectOptions {
  /** Top-level code 2004 instead of 429 for clients of the older text. */
  readonly legacyCodes: boolean;
}
