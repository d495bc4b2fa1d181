/**
 * Carries a client's request over an upstream's wire, and the answer back: over the same wire, or by an adapter.
 * It is the only place that compares two wires. No I/O: frames go in, text for the client comes out.
 */
import type { Frame } from "../core/frame.ts";
import { JsonDraft } from "../core/json-edit.ts";
import type { JsonObject } from "../core/json.ts";
import type { Payload } from "../core/payload.ts";
import type { Usage } from "../core/units.ts";
import type { CallProofs } from "../operation/chat/call-proofs.ts";
import { ADAPTERS, inTwoSteps } from "./adapters/index.ts";
import type { Adapted, Adapter } from "./adapters/types.ts";
import type { WireRegistry } from "./index.ts";
import { NOTHING } from "./reading.ts";
import { translation } from "./translate.ts";
import { warningsOf } from "./warnings.ts";
import { wholeAdapter } from "./whole-codec.ts";
import type {
  Address,
  AnswerReader,
  ClientRequest,
  ClientWriter,
  Fold,
  MediaFrames,
  ModelText,
  Piece,
  Step,
  Target,
  Whole,
  Wire,
} from "./types.ts";

/** The names of the upstream wires that can serve a client's wire, the client's own first. */
export function wiresServing(wire: Wire, registry: WireRegistry): string[] {
  const others = Object.values(registry).filter((other) => other.name !== wire.name && adapterFor(wire, other));
  return [wire, ...others].flatMap(({ name }) => (Object.hasOwn(registry, name) ? [name] : []));
}

/** undefined = nothing carries the client's wire over the upstream's. */
function adapterFor(client: Wire, upstream: Wire): Adapter | undefined {
  const step = ADAPTERS[client.name];
  if (step !== undefined) {
    if (step.over.name === upstream.name) return step.adapter;
    const next = adapterFor(step.over, upstream);
    return next && inTwoSteps(step, next);
  }
  if (client.codec !== undefined && upstream.codec !== undefined) return translation(client.codec, upstream.codec);
  return wholeAdapter(client.wholeCodecs ?? {}, upstream.wholeCodecs ?? {});
}

/**
 * @param upstream the wire of the route
 * @returns undefined when no adapter carries the client's wire over the upstream's
 * @throws Fault `unsupported_feature` for a request that the upstream's wire cannot carry
 */
export function passage(request: ClientRequest, upstream: Wire, target: Target): Passage | undefined {
  if (request.wire.name === upstream.name) return new Passage(request, upstream, target);
  const adapter = adapterFor(request.wire, upstream);
  return adapter && new Passage(request, upstream, target, adapter(request, target));
}

export class Passage {
  readonly address: Address;
  /** What goes upstream. */
  readonly payload: Payload;
  readonly headers: Readonly<Record<string, string>>;
  /** What the client should know of the request that went upstream; see `warnings.ts`. */
  readonly warnings: readonly string[];
  readonly #reader: AnswerReader;
  readonly #wire: Wire;
  readonly #upstream: Wire;
  readonly #writer: ClientWriter;
  readonly #adapted: Adapted | undefined;
  #streams: boolean;
  /** Takes the pieces of a streamed answer for a client that is given no stream. */
  #fold: Fold | undefined;
  #whole: Whole["body"] | undefined;
  #out = "";

  constructor(request: ClientRequest, upstream: Wire, target: Target, adapted?: Adapted) {
    // The client's headers are for an upstream of its own wire.
    const own =
      adapted === undefined ? request : { ...request, payload: adapted.payload, headers: adapted.headers ?? {} };
    this.address = upstream.address(target, own);
    const { payload, dropped, headers = {} } = upstream.write(own, target);
    this.payload = payload;
    this.headers = headers;
    const cap = target.outputCap?.tokens;
    this.warnings = warningsOf(
      [...(adapted?.dropped ?? []), ...dropped],
      cap === request.demand.maxOutput ? undefined : cap,
    );
    this.#reader = upstream.answers(target, own);
    this.#wire = request.wire;
    this.#upstream = upstream;
    this.#writer = request.wire.client(request);
    this.#adapted = adapted;
    this.#streams = target.stream;
  }

  /**
   * Whether the client is given a stream. False if it asked for one but the upstream's whole answer cannot be unfolded.
   */
  get streams(): boolean {
    return this.#streams;
  }

  /** Whether a stream of the upstream can be given to the client. */
  get takesStream(): boolean {
    return this.#streams || this.#wire.fold !== undefined;
  }

  /** What goes upstream, in as many calls as it takes. @param most inputs of one call; undefined = as many as the wire takes */
  parts(most: number | undefined): readonly Payload[] {
    const { parts } = this.#upstream;
    // Streams cannot be put together.
    if (parts === undefined || this.#streams) return [this.payload];
    const inputs = parts.inputs(this.payload);
    const size = Math.min(most ?? parts.most, parts.most);
    if (inputs <= size) return [this.payload];
    return Array.from({ length: Math.ceil(inputs / size) }, (_, part) =>
      parts.part(this.payload, part * size, Math.min((part + 1) * size, inputs)),
    );
  }

  /** The inputs of a part. */
  inputsOf(part: Payload): number {
    return this.#upstream.parts?.inputs(part) ?? 1;
  }

  /** One answer of the answers to all {@link parts}. @throws Fault `upstream_error` */
  join(answers: readonly Payload[]): Payload {
    const [first] = answers;
    if (first !== undefined && answers.length === 1) return first;
    const joined = this.#upstream.parts?.join(answers);
    if (joined === undefined) throw new Error("a request of one part");
    return joined;
  }

  /** What the answers to some parts say that they used. */
  usedBy(answers: readonly Payload[]): Usage | undefined {
    const { parts } = this.#upstream;
    return answers.length === 0 ? undefined : parts?.usage(this.join(answers));
  }

  /** Takes a whole answer. @throws what {@link AnswerReader.whole} throws */
  whole(payload: Payload): Step {
    const { body, usage, text } = this.#reader.whole(payload);
    const isCarried = this.#streams || this.#adapted !== undefined;
    const unfolded = isCarried && body instanceof JsonDraft ? this.#upstream.unfold?.(body) : undefined;
    if (unfolded === undefined) {
      this.#whole = body;
      this.#streams = false;
    }
    return this.#take({ pieces: unfolded ?? [], isMeaningful: true, finishes: true, isLast: true, usage, text });
  }

  /** Takes bytes of an answer that is media. */
  media(bytes: Uint8Array): ModelText {
    return this.#reader.media?.(bytes) ?? NOTHING.text;
  }

  /** How the client reads media as events; undefined = it gets the bytes. */
  get mediaFrames(): MediaFrames | undefined {
    return this.#writer.media;
  }

  /** Takes a frame of a stream. @throws what {@link AnswerReader.step} throws */
  frame(frame: Frame): Step {
    return this.#take(this.#reader.step(frame));
  }

  /** The stream ended without a last frame. @throws what {@link AnswerReader.end} throws */
  end(): Step {
    return this.#take(this.#reader.end());
  }

  /** The gateway ends the stream before it is whole. Returns its text up to there. */
  cut(): string {
    this.#take(this.#reader.cut());
    return this.takeText();
  }

  /** Takes the text that is ready for the client of a stream. */
  takeText(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }

  /** See {@link Adapted.proofs}. */
  takeProofs(): readonly CallProofs[] {
    return this.#adapted?.proofs?.() ?? [];
  }

  /** A frame is held back for its usage; {@link Passage.flush} releases it. */
  get waits(): boolean {
    return this.#writer.waits;
  }

  flush(): void {
    this.#out += this.#writer.flush();
  }

  /** The last text of a complete stream. @param counted see {@link ClientWriter.end} */
  close(counted: () => Usage): string {
    this.#give(this.#adapted?.end(counted) ?? []);
    return this.takeText() + this.#writer.end(counted);
  }

  /** The last text of a stream that broke. @param body the error in the client's dialect */
  fail(body: JsonObject): string {
    return this.takeText() + this.#writer.fail(body);
  }

  /** The answer for a client that is given no stream. @param counted see {@link ClientWriter.end} */
  answer(counted: () => Usage): Payload {
    this.#give(this.#adapted?.end(counted) ?? []);
    const whole = this.#whole ?? (this.#fold ??= this.#wire.fold?.())?.answer();
    if (whole === undefined) throw new Error("a stream that its wire cannot fold");
    return this.#writer.whole(whole, counted);
  }

  #take(step: Step): Step {
    for (const piece of step.pieces) this.#give(this.#adapted === undefined ? [piece] : this.#adapted.pieces(piece));
    return step;
  }

  /** Gives pieces of the client's wire to the client. */
  #give(pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      if (this.#streams) this.#out += this.#writer.write(piece);
      else (this.#fold ??= this.#wire.fold?.())?.add(piece);
    }
  }
}
