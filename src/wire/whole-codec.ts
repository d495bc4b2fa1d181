/** Operations whose answers come whole: what their wires need so that one can be carried over another. */
import { JsonDraft } from "../core/json-edit.ts";
import { draftPayload, type Payload } from "../core/payload.ts";
import type { Usage } from "../core/units.ts";
import type { EmbedAnswer, EmbedRequest } from "../operation/embed/embedding.ts";
import type { RerankAnswer, RerankRequest } from "../operation/rerank/ranking.ts";
import type { Adapter } from "./adapters/types.ts";
import type { Carried } from "./codec.ts";
import { broken } from "./reading.ts";
import type { AnswerReader, ClientRequest, ClientWriter, Fold, Piece, Step, Target, Whole } from "./types.ts";

/** The neutral forms: a request and its answer. */
interface WholeForms {
  readonly embed: { readonly request: EmbedRequest; readonly answer: EmbedAnswer };
  readonly rerank: { readonly request: RerankRequest; readonly answer: RerankAnswer };
}

/** To and from the neutral form of one operation. All parts are functions without I/O. */
interface WholeCodec<Operation extends keyof WholeForms> {
  /** The client's side. @throws Fault `unsupported_feature` for what the neutral form cannot hold */
  readRequest(request: ClientRequest): Carried<WholeForms[Operation]["request"]>;
  /** The upstream's side. @throws Fault `unsupported_feature` for what must not be left out */
  writeRequest(request: WholeForms[Operation]["request"], target: Target): Carried<Payload>;
  /** The upstream's side. */
  readAnswer(answer: JsonDraft): WholeForms[Operation]["answer"];
  /** The client's side. */
  writeAnswer(answer: WholeForms[Operation]["answer"], request: ClientRequest, target: Target): JsonDraft;
}

/** A wire's codec, by the name of its operation. */
export type WholeCodecs = { readonly [Operation in keyof WholeForms]?: WholeCodec<Operation> };

/** Carries a request over another wire of its operation; undefined = one of them has no codec. */
export function wholeAdapter(client: WholeCodecs, upstream: WholeCodecs): Adapter | undefined {
  if (client.embed !== undefined && upstream.embed !== undefined) return translation(client.embed, upstream.embed);
  if (client.rerank !== undefined && upstream.rerank !== undefined) return translation(client.rerank, upstream.rerank);
  return undefined;
}

function translation<Operation extends keyof WholeForms>(
  client: WholeCodec<Operation>,
  upstream: WholeCodec<Operation>,
): Adapter {
  return (request, target) => {
    const { value: asked, dropped: unread } = client.readRequest(request);
    const { value: payload, dropped } = upstream.writeRequest(asked, target);
    return {
      payload,
      dropped: [...unread, ...dropped],
      pieces: ({ draft }) => [{ draft: client.writeAnswer(upstream.readAnswer(draft), request, target) }],
      end: () => [],
    };
  };
}

/** The only piece of a whole answer. */
export function onlyPiece(answer: JsonDraft): readonly Piece[] {
  return [{ draft: answer }];
}

export class OnlyPiece implements Fold {
  #answer: JsonDraft | undefined;

  add({ draft }: Piece): void {
    this.#answer = draft;
  }

  answer(): JsonDraft {
    if (this.#answer === undefined) throw broken("no answer");
    return this.#answer;
  }
}

/** Reads answers that are never streamed. */
export abstract class WholeReader implements AnswerReader {
  abstract whole(payload: Payload): Whole;

  step(): Step {
    throw broken("a stream where none was asked for");
  }

  end(): Step {
    return this.step();
  }

  cut(): Step {
    return this.step();
  }
}

/** Writes answers in JSON that are never streamed. */
export class JsonWriter implements ClientWriter {
  readonly waits = false;
  readonly #complete: (body: JsonDraft, counted: () => Usage) => void;

  /** @param complete writes what the client must find in an answer. @throws Fault `upstream_error` */
  constructor(complete: (body: JsonDraft, counted: () => Usage) => void) {
    this.#complete = complete;
  }

  whole(body: Whole["body"], counted: () => Usage): Payload {
    if (!(body instanceof JsonDraft)) return body;
    this.#complete(body, counted);
    return draftPayload(body);
  }

  write(): string {
    throw new Error("a stream that nobody asked for");
  }

  flush(): string {
    return "";
  }

  end(): string {
    return "";
  }

  fail(): string {
    return "";
  }
}
