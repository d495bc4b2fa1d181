/** Films that are asked for in a chat, whatever wire it is: the last words are the prompt, and the answer shows where the film is. */
import { jsonPayload, type Payload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ChatEvent } from "../../operation/chat/answer-events.ts";
import type { ChatRequest, Source } from "../../operation/chat/conversation.ts";
import { promptTokensOf } from "../../operation/demand.ts";
import type { ChatCodec, PieceWriter } from "../codec.ts";
import { words } from "../fields/field-table.ts";
import { bodyOf } from "../form-request.ts";
import { missing } from "../invalid.ts";
import { dataUrl } from "../media.ts";
import { neutralOf } from "../neutral.ts";
import type { TaskRequest } from "../task-types.ts";
import type { ClientRequest, ClientWriter, Fold, Piece, Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { videoForm } from "./video-form.ts";

/** What a chat may say of its film besides the words. */
const WISHES = words(`seconds duration size aspect_ratio resolution n negative_prompt seed generate_audio sound mode
  enhance_prompt person_generation watermark provider`);

/** One picture in the last words is the first of the film, a second one its last. @throws Fault for what no film is made of */
export function filmOfChat(request: ClientRequest, model: string): TaskRequest {
  const chat = neutralOf(request, codecOf(request)).value;
  const parts = chat.turns.findLast(({ role }) => role === "user")?.parts ?? [];
  const prompt = parts.flatMap((part) => (part.kind === "text" ? [part.text] : [])).join("\n");
  if (prompt.trim() === "") throw missing("messages");
  const pictures = parts.flatMap((part) => (part.kind === "image" ? [addressOf(part.source)] : []));
  const { value: body } = bodyOf(request.payload);
  const wishes = Object.fromEntries(WISHES.flatMap((name) => (name in body ? [[name, body[name]]] : [])));
  const members = { ...wishes, model, prompt, ...(pictures.length === 0 ? {} : { input_reference: pictures }) };
  return videoForm.read(jsonPayload(members), { params: {}, headers: new Headers() });
}

function addressOf(source: Source): string {
  if (source.kind === "url") return source.url;
  if (source.kind === "data") return dataUrl(source);
  throw unsupported("messages", "pictures must be sent with the message", "请随消息发送图片");
}

function codecOf({ wire }: ClientRequest): ChatCodec {
  if (wire.codec === undefined) throw unsupported("model", "films cannot be asked for here", "此接口不支持视频模型");
  return wire.codec;
}

interface FilmChatOptions {
  readonly publicModel: string;
  readonly streams: boolean;
  /** Unix seconds. */
  readonly created: number;
}

const NOTHING_COUNTED = (): Usage => ({});
const CHOICE = 0;
const [THOUGHTS, WORDS] = [0, 1];

/** The answer to such a chat; a state machine without I/O. */
export class FilmChat {
  readonly #streams: boolean;
  readonly #pieces: PieceWriter;
  readonly #writer: ClientWriter;
  readonly #fold: Fold | undefined;
  readonly #usage: Usage;
  #isThinking = false;
  #out = "";

  constructor(request: ClientRequest, { publicModel, streams, created }: FilmChatOptions) {
    const codec = codecOf(request);
    const chat: ChatRequest = neutralOf(request, codec).value;
    const promptTokens = promptTokensOf(request.demand);
    const target: Target = {
      model: publicModel,
      publicModel,
      stream: streams,
      asksUsage: false,
      maxOutput: null,
      fees: new Set(),
      fields: new Set(),
      account: undefined,
      sendsFinish: true,
      created,
    };
    this.#streams = streams;
    this.#usage = { input: promptTokens, output: 0 };
    this.#pieces = codec.pieces({ chat, asked: bodyOf(request.payload).value, target, promptTokens });
    this.#writer = request.wire.client(request);
    this.#fold = streams ? undefined : request.wire.fold?.();
  }

  /** @param id by which the film is found later */
  begin(id: string): void {
    this.#tell({ kind: "start", id });
  }

  /** What is thought aloud while the film is made. */
  think(text: string): void {
    if (!this.#isThinking) this.#tell({ kind: "part-start", choice: CHOICE, part: THOUGHTS, type: "reasoning" });
    this.#isThinking = true;
    this.#tell({ kind: "delta", choice: CHOICE, part: THOUGHTS, text });
  }

  /** The films are there. */
  show(links: readonly string[]): void {
    if (this.#isThinking) this.#tell({ kind: "part-end", choice: CHOICE, part: THOUGHTS });
    const text = links.map((url, at) => `[${links.length > 1 ? `video ${at + 1}` : "video"}](${url})`).join("\n");
    this.#tell({ kind: "part-start", choice: CHOICE, part: WORDS, type: "text" });
    this.#tell({ kind: "delta", choice: CHOICE, part: WORDS, text });
    this.#tell({ kind: "part-end", choice: CHOICE, part: WORDS });
    this.#tell({ kind: "usage", usage: this.#usage });
    this.#tell({ kind: "end", choice: CHOICE, reason: "stop" });
  }

  /** Takes the text that is ready for the client of a stream. */
  takeText(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }

  /** The last text of a stream. */
  close(): string {
    this.#give(this.#pieces.end(NOTHING_COUNTED));
    return this.takeText() + this.#writer.end(() => this.#usage);
  }

  /** @param body the error in the client's dialect */
  fail(body: Parameters<ClientWriter["fail"]>[0]): string {
    return this.takeText() + this.#writer.fail(body);
  }

  /** The answer for a client that is given no stream. */
  answer(): Payload {
    this.#give(this.#pieces.end(NOTHING_COUNTED));
    if (this.#fold === undefined) throw new Error("a wire that cannot fold");
    return this.#writer.whole(this.#fold.answer(), () => this.#usage);
  }

  #tell(event: ChatEvent): void {
    this.#give(this.#pieces.write(event));
  }

  #give(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (this.#streams) this.#out += this.#writer.write(piece);
      else this.#fold?.add(piece);
    }
  }
}
