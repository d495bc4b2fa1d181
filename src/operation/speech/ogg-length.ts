/**
 * How long an Ogg is: by its packets where they tell, as those of Opus do, else by the times of its pages. Files that were joined are
 * heard one behind the other. Pure.
 * @see https://www.rfc-editor.org/rfc/rfc3533, https://www.rfc-editor.org/rfc/rfc7845
 */
import type { BytePieces } from "../../core/byte-pieces.ts";
import { opusMs } from "./packet-length.ts";

const PAGE_HEAD_BYTES = 27;
/** Of a page; and the bytes of a segment. */
const MAX_SEGMENTS = 255;
/** A file of more is not read on. */
const MAX_STREAMS = 10_000;
/** `OggS` */
const MARK = 0x4f676753;
const IS_CONTINUED = 1;
const BEGINS = 2;
const OPUS_RATE = 48_000;
/** Of a first packet: where the kinds of sound say how many samples a second has. */
const FIRST_BYTES = 40;

interface Stream {
  readonly isOpus: boolean;
  readonly samplesPerSecond: number;
  /** As the last page says. */
  samples: number;
  /** Of all packets. */
  countedMs: number;
}

/** @returns milliseconds; undefined where the file does not tell */
export function oggMs(file: BytePieces): number | undefined {
  const reader = new PageReader(file);
  for (let at = 0; at !== -1 && at < file.size; at = reader.take(at)) if (reader.isTooMuch) return undefined;
  const ms = reader.ms;
  return ms > 0 ? ms : undefined;
}

class PageReader {
  readonly #file: BytePieces;
  readonly #head = new Uint8Array(PAGE_HEAD_BYTES + MAX_SEGMENTS);
  readonly #view = new DataView(this.#head.buffer);
  readonly #data = new Uint8Array(MAX_SEGMENTS * MAX_SEGMENTS);
  /** Those that sound together, by their numbers. */
  readonly #streams = new Map<number, Stream>();
  #earlierMs = 0;
  #isBeginning = true;
  #begun = 0;

  constructor(file: BytePieces) {
    this.#file = file;
  }

  get isTooMuch(): boolean {
    return this.#begun > MAX_STREAMS;
  }

  get ms(): number {
    return this.#earlierMs + Math.max(0, ...[...this.#streams.values()].map(msOf));
  }

  /** Takes the page at a place. @returns where the next one is; -1 = nowhere */
  take(at: number): number {
    const read = this.#file.read(this.#head, at);
    if (this.#view.getUint32(0) !== MARK) return this.#file.find(MARK, at + 1);
    const count = read < PAGE_HEAD_BYTES ? 0 : (this.#head[PAGE_HEAD_BYTES - 1] ?? 0);
    const data = at + PAGE_HEAD_BYTES + count;
    if (read < PAGE_HEAD_BYTES + count) return data;
    const flags = this.#head[5] ?? 0;
    const serial = this.#view.getUint32(14, true);
    if ((flags & BEGINS) !== 0) this.#begin(serial, data);
    else this.#isBeginning = false;
    const stream = this.#streams.get(serial);
    const samples = Number(this.#view.getBigInt64(6, true));
    if (stream !== undefined && samples > stream.samples) stream.samples = samples;
    if (stream?.isOpus === true) this.#countOpus(stream, data, count);
    return data + this.#sizeOf(count);
  }

  /** Packets that begin in a page whose data stands at a place, with so many segments. */
  #countOpus(stream: Stream, at: number, count: number): void {
    const data = this.#data.subarray(0, this.#sizeOf(count));
    this.#file.read(data, at);
    let [place, isStart] = [0, ((this.#head[5] ?? 0) & IS_CONTINUED) === 0];
    for (let segment = 0; segment < count; segment++) {
      const size = this.#head[PAGE_HEAD_BYTES + segment] ?? 0;
      const [first = 0, second = 0] = [data[place], data[place + 1]];
      // The head and the tags are no sound: `OpusHead`, `OpusTags`.
      const isSound = size > 0 && !(first === 0x4f && second === 0x70);
      if (isStart && isSound) stream.countedMs += opusMs(first, second);
      isStart = size < MAX_SEGMENTS;
      place += size;
    }
  }

  /** Bytes of so many segments. */
  #sizeOf(count: number): number {
    let size = 0;
    for (let segment = 0; segment < count; segment++) size += this.#head[PAGE_HEAD_BYTES + segment] ?? 0;
    return size;
  }

  #begin(serial: number, at: number): void {
    this.#begun++;
    if (!this.#isBeginning) {
      this.#earlierMs = this.ms;
      this.#streams.clear();
      this.#isBeginning = true;
    }
    const first = this.#file.copy(at, FIRST_BYTES);
    const name = String.fromCharCode(...first.subarray(0, 8));
    const isOpus = name === "OpusHead";
    const samplesPerSecond = isOpus ? OPUS_RATE : rateIn(first, name);
    this.#streams.set(serial, { isOpus, samplesPerSecond, samples: 0, countedMs: 0 });
  }
}

/** Samples a second; 0 of what is no sound. */
function rateIn(first: Uint8Array<ArrayBuffer>, name: string): number {
  if (first.byteLength < FIRST_BYTES) return 0;
  const view = new DataView(first.buffer);
  if (name.startsWith("\u0001vorbis")) return view.getUint32(12, true);
  if (name.startsWith("Speex")) return view.getUint32(36, true);
  return name.startsWith("\u007fFLAC") ? view.getUint32(27) >>> 12 : 0;
}

function msOf({ samplesPerSecond, samples, countedMs }: Stream): number {
  if (countedMs > 0) return countedMs;
  return samplesPerSecond > 0 ? (samples * 1000) / samplesPerSecond : 0;
}
