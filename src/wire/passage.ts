/**
 * Carries a client's request over an upstream's wire, and the answer back: over the same wire, or by an adapter.
 * It is the only place that compares two wires. No I/O: frames go in, text for the client comes out.
 */
import type { Frame } from "../core/frame.ts";
import { JsonDraft } from "../core/json-edit.ts";
import type { JsonObject } from "../core/json.ts";
import type { Payload } from "../core/payload.ts";
import type { Usage } from "../core/units.ts";
import { ADAPTERS } from "./adapters/index.ts";
import type { Adapted } from "./adapters/types.ts";
import type { WireRegistry } from "./index.ts";
import { warningsOf } from "./warnings.ts";
import type { Address, AnswerReader, ClientRequest, ClientWriter, Fold, Step, Target, Whole, Wire } from "./types.ts";

/** The names of the upstream wires that can serve a client's wire, the client's own first. */
export function wiresServing({ name }: Wire, registry: WireRegistry): string[] {
  const adapted = Object.keys(ADAPTERS[name] ?? {}).filter((other) => Object.hasOwn(registry, other));
  return Object.hasOwn(registry, name) ? [name, ...adapted] : adapted;
}

/**
 * @param upstream the wire of the route
 * @returns undefined when no adapter carries the client's wire over the upstream's
 * @throws Fault `unsupported_feature` for a request that the upstream's wire cannot carry
 */
export function passage(request: ClientRequest, upstream: Wire, target: Target): Passage | undefined {
  if (request.wire.name === upstream.name) return new Passage(request, upstream, target);
  const adapter = ADAPTERS[request.wire.name]?.[upstream.name];
  return adapter && new Passage(request, upstream, target, adapter(request));
}

export class Passage {
  readonly address: Address;
  /** What goes upstream. */
  readonly payload: Payload;
  /** What the client should know of the request that went upstream; see `warnings.ts`. */
  readonly warnings: readonly string[];
  readonly #reader: AnswerReader;
  readonly #writer: ClientWriter;
  readonly #adapted: Adapted | undefined;
  #streams: boolean;
  /** Takes the pieces of a streamed answer for a client that is given no stream. */
  #fold: Fold | undefined;
  #whole: Whole["body"] | undefined;
  #out = "";

  constructor(request: ClientRequest, upstream: Wire, target: Target, adapted?: Adapted) {
    this.address = upstream.address(target);
    const own = adapted === undefined ? request : { ...request, payload: adapted.payload };
    const { payload, dropped } = upstream.write(own, target);
    this.payload = payload;
    const cap = target.outputCap?.tokens;
    this.warnings = warningsOf(
      [...(adapted?.dropped ?? []), ...dropped],
      cap === request.demand.maxOutput ? undefined : cap,
    );
    this.#reader = upstream.answers(target);
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

  /** Takes a whole answer. @throws what {@link AnswerReader.whole} throws */
  whole(payload: Payload): Step {
    const { body, usage, text } = this.#reader.whole(payload);
    this.#whole = body instanceof JsonDraft ? this.#adapt(body) : body;
    const unfolded = this.#streams && this.#whole instanceof JsonDraft ? this.#writer.unfold?.(this.#whole) : undefined;
    this.#streams = unfolded !== undefined;
    for (const piece of unfolded ?? []) this.#out += this.#writer.write(piece);
    return { pieces: [], isMeaningful: true, finishes: true, isLast: true, usage, text };
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

  /** A frame is held back for its usage; {@link Passage.flush} releases it. */
  get waits(): boolean {
    return this.#writer.waits;
  }

  flush(): void {
    this.#out += this.#writer.flush();
  }

  /** The last text of a complete stream. @param counted see {@link ClientWriter.end} */
  close(counted: () => Usage): string {
    return this.takeText() + this.#writer.end(counted);
  }

  /** The last text of a stream that broke. @param body the error in the client's dialect */
  fail(body: JsonObject): string {
    return this.takeText() + this.#writer.fail(body);
  }

  /** The answer for a client that is given no stream. @param counted see {@link ClientWriter.end} */
  answer(counted: () => Usage): Payload {
    const whole = this.#whole ?? this.#fold?.answer();
    if (whole === undefined) throw new Error("a stream that its wire cannot fold");
    return this.#writer.whole(whole, counted);
  }

  #take(step: Step): Step {
    for (const original of step.pieces) {
      const piece = this.#adapted === undefined ? original : { ...original, draft: this.#adapt(original.draft) };
      if (this.#streams) this.#out += this.#writer.write(piece);
      else (this.#fold ??= this.#writer.fold?.())?.add(piece);
    }
    return step;
  }

  #adapt(draft: JsonDraft): JsonDraft {
    return this.#adapted === undefined ? draft : this.#adapted.answer(draft);
  }
}
