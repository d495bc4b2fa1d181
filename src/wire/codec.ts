/** What a wire needs so that another wire of its operation can be carried over it, or over another. */
import type { JsonObject } from "../core/json.ts";
import type { JsonPayload } from "../core/payload.ts";
import type { Usage } from "../core/units.ts";
import type { ChatEvent } from "../operation/chat/answer-events.ts";
import type { ChatRequest } from "../operation/chat/conversation.ts";
import type { ClientRequest, Piece, Target } from "./types.ts";

/** To and from the neutral form of chat. All parts are state machines or functions without I/O. */
export interface ChatCodec {
  /** The fields in which a result names its call, for errors. */
  readonly resultField: string;
  /** The client's side. @throws Fault `invalid_parameter` */
  readRequest(request: ClientRequest): Carried<ChatRequest>;
  /** The upstream's side. @throws Fault `unsupported_feature` for what must not be left out */
  writeRequest(chat: ChatRequest, target: Target): Carried<JsonPayload> & { readonly headers?: Record<string, string> };
  /** The upstream's side: reads the pieces of an answer. */
  events(target: Target): EventReader;
  /** The client's side: writes the pieces of an answer. */
  pieces(options: PieceOptions): PieceWriter;
}

export interface Carried<Value> {
  readonly value: Value;
  /** The names of what was left out. */
  readonly dropped: readonly string[];
}

export interface EventReader {
  read(piece: Piece): ChatEvent[];
}

export interface PieceWriter {
  write(event: ChatEvent): Piece[];
  /** @param counted our own counts, where the upstream reported none */
  end(counted: () => Usage): Piece[];
}

export interface PieceOptions {
  readonly chat: ChatRequest;
  /** The client's body. */
  readonly asked: JsonObject;
  readonly target: Target;
  /** About how many tokens the prompt has. */
  readonly promptTokens: number;
}
