/**
 * How long a recording in WebM or Matroska is, by the times of its blocks, and by what is in them. Browsers write such files while
 * they record, without their length. Pure; reads no more than heads.
 * @see https://www.rfc-editor.org/rfc/rfc8794, https://www.rfc-editor.org/rfc/rfc9559
 */
import type { BytePieces } from "../../core/byte-pieces.ts";
import { leastPacketMs, opusMs } from "./packet-length.ts";

/** Elements that are entered. All others are read, or skipped as a whole. */
const SEGMENT = 0x18538067;
const INFO = 0x1549a966;
const CLUSTER = 0x1f43b675;
const BLOCK_GROUP = 0xa0;
const TRACKS = 0x1654ae6b;
const TRACK = 0xae;
const ENTERED: ReadonlySet<number> = new Set([SEGMENT, INFO, TRACKS, TRACK, CLUSTER, BLOCK_GROUP]);
const TRACK_NUMBER = 0xd7;
const CODEC = 0x86;
const SCALE = 0x2ad7b1;
const DURATION = 0x4489;
const CLUSTER_TIME = 0xe7;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;

/** Nanoseconds of a unit of time, where the file does not say. */
const USUAL_SCALE = 1_000_000;
/** A file with more elements is not read on: its length is not known. */
const MAX_ELEMENTS = 500_000;
/** The longest head of an element, and what is read behind it: a number, a name, or the head of a block. */
const HEAD_BYTES = 28;
const DATA_BYTES = 16;
/** The bits of a block that holds several packets. */
const LACING = 6;
const USUAL_OPUS_MS = 20;

/** @returns milliseconds; undefined where the file does not tell */
export function webmMs(file: BytePieces): number | undefined {
  let [scale, duration, cluster, last] = [USUAL_SCALE, 0, 0, 0];
  const packets = new Packets();
  let at = 0;
  for (let count = 0; at < file.size; count++) {
    if (count > MAX_ELEMENTS) return undefined;
    const bytes = file.copy(at, HEAD_BYTES);
    const id = numberAt(bytes, 0, 4);
    const size = id && numberAt(bytes, id.length, 8);
    if (id === undefined || size === undefined) break;
    const head = id.length + size.length;
    at += head;
    if (ENTERED.has(id.marked)) continue;
    const data = bytes.subarray(head, head + Math.min(DATA_BYTES, size.value));
    switch (id.marked) {
      case SCALE:
        scale = unsigned(data);
        break;
      case DURATION:
        duration = float(data);
        break;
      case TRACK_NUMBER:
        packets.track = unsigned(data);
        break;
      case CODEC:
        packets.begin(String.fromCharCode(...data));
        break;
      case CLUSTER_TIME:
        cluster = unsigned(data);
        break;
      case BLOCK:
      case SIMPLE_BLOCK:
        last = Math.max(last, cluster + timeOfBlock(data));
        packets.take(data);
        break;
    }
    at += size.value;
  }
  const ms = Math.max((Math.max(duration, last) * scale) / 1_000_000, packets.ms);
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** Counts what blocks hold, by their track. */
class Packets {
  /** The number of the track that is described. Encoders write it before the codec. */
  track = 0;
  readonly #kinds = new Map<number, string>();
  readonly #ms = new Map<number, number>();

  get ms(): number {
    return Math.max(0, ...this.#ms.values());
  }

  begin(kind: string): void {
    this.#kinds.set(this.track, kind);
  }

  take(data: Uint8Array): void {
    const number = numberAt(data, 0, 8);
    const kind = this.#kinds.get(number?.value ?? 0);
    if (number === undefined || kind === undefined) return;
    const [, , flags = 0, first = 0, second = 0] = data.subarray(number.length);
    const isLaced = (flags & LACING) !== 0;
    const one = kind !== "A_OPUS" ? leastPacketMs(kind) : isLaced ? USUAL_OPUS_MS : opusMs(first, second);
    this.#ms.set(number.value, (this.#ms.get(number.value) ?? 0) + one * (isLaced ? first + 1 : 1));
  }
}

interface Numeral {
  /** Bytes. */
  readonly length: number;
  readonly value: number;
  /** With the bits that tell the length, as ids are written. */
  readonly marked: number;
}

/** A number whose first byte tells its length. @returns undefined where there is none */
function numberAt(bytes: Uint8Array, at: number, most: number): Numeral | undefined {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (length > most || at + length > bytes.byteLength) return undefined;
  const rest = bytes.subarray(at + 1, at + length);
  // Without the bit that tells the length: with it, long numbers would not be exact.
  const value = (first - (256 >> length)) * 256 ** (length - 1) + unsigned(rest);
  return { length, value, marked: first * 256 ** (length - 1) + unsigned(rest) };
}

/** Behind the number of the track. */
function timeOfBlock(data: Uint8Array): number {
  const track = numberAt(data, 0, 8);
  const [high = 0, low = 0] = data.subarray(track?.length ?? 8);
  return ((high << 24) >> 16) | low;
}

function unsigned(bytes: Uint8Array): number {
  return bytes.reduce((sum, byte) => sum * 256 + byte, 0);
}

function float(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength === 8) return view.getFloat64(0);
  return bytes.byteLength === 4 ? view.getFloat32(0) : 0;
}
