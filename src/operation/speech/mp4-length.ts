/**
 * How long the sound in an MP4 is, by the times of its samples: also of a file that is written while it is recorded. Pure; makes
 * room for no table, however long a file says that its tables are.
 * @see https://developer.apple.com/documentation/quicktime-file-format, ISO/IEC 14496-12
 */
import type { BytePieces } from "../../core/byte-pieces.ts";
import { leastPacketMs } from "./packet-length.ts";

/** Boxes that are entered. All others are read, or skipped as a whole. */
const ENTERED: ReadonlySet<string> = new Set(["moov", "trak", "mdia", "minf", "stbl", "mvex", "moof", "traf"]);
/** A file with more boxes is not read on. */
const MAX_BOXES = 200_000;
/** Of a table, at once. */
const READ_BYTES = 8192;

/** The bits of a fragment's box that tell what stands in it. */
const HAS_BASE = 1;
const HAS_DESCRIPTION = 2;
const HAS_DURATION = 8;
const HAS_OFFSET = 1;
const HAS_FIRST_FLAGS = 4;
/** Those of a run's samples: each has four bytes, the duration first. */
const SAMPLE_FIELDS = [0x100, 0x200, 0x400, 0x800] as const;

/** Times are in units of the track. */
interface Track {
  isSound: boolean;
  unitsPerSecond: number;
  /** As the head of the track says. */
  told: number;
  /** Of all samples. */
  counted: number;
  /** Of a sample that does not say. */
  usual: number;
  samples: number;
  /** Milliseconds of a sample, at least. */
  leastMs: number;
}

/** @returns milliseconds of the longest sound; undefined where the file does not tell */
export function mp4Ms(file: BytePieces): number | undefined {
  const reader = new BoxReader(file);
  if (!reader.read()) return undefined;
  const sounds = [...reader.tracks.values()].filter(({ isSound, unitsPerSecond }) => isSound && unitsPerSecond > 0);
  const ms = Math.max(0, ...sounds.map(msOf));
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** Decoders hear each sample, however short the file says that it is. */
function msOf({ told, counted, unitsPerSecond, samples, leastMs }: Track): number {
  return Math.max((Math.max(told, counted) * 1000) / unitsPerSecond, samples * leastMs);
}

class BoxReader {
  readonly tracks = new Map<number, Track>();
  readonly #file: BytePieces;
  /** The track whose boxes come. */
  #track = newTrack();
  /** Of a sample of the fragment that does not say. */
  #usual = 0;

  constructor(file: BytePieces) {
    this.#file = file;
  }

  /** @returns whether the file was read to its end */
  read(): boolean {
    const { size: end } = this.#file;
    let at = 0;
    for (let count = 0; at + 8 <= end; count++) {
      if (count > MAX_BOXES) return false;
      const head = view(this.#file.copy(at, 16));
      const name = nameAt(head, 4);
      const short = head.getUint32(0);
      const isLong = short === 1 && head.byteLength === 16;
      const size = isLong ? Number(head.getBigUint64(8)) : short === 0 ? end - at : short;
      const inside = at + (isLong ? 16 : 8);
      if (at + size < inside) return true;
      if (!ENTERED.has(name)) this.#take(name, inside, Math.min(at + size, end));
      if (name === "trak") this.#track = newTrack();
      at = ENTERED.has(name) ? inside : at + size;
    }
    return true;
  }

  #take(name: string, from: number, to: number): void {
    switch (name) {
      case "tkhd":
        this.tracks.set(this.#number(from + this.#wide(from, 12, 20)), this.#track);
        break;
      case "mdhd":
        this.#track.unitsPerSecond = this.#number(from + this.#wide(from, 12, 20));
        this.#track.told = this.#known(from + this.#wide(from, 16, 24), this.#wide(from, 4, 8));
        break;
      case "hdlr":
        this.#track.isSound ||= nameAt(view(this.#file.copy(from + 8, 4)), 0) === "soun";
        break;
      case "stsd":
        this.#track.leastMs = leastPacketMs(nameAt(view(this.#file.copy(from + 12, 4)), 0));
        break;
      case "stsz":
      case "stz2":
        this.#track.samples += this.#number(from + 8);
        break;
      case "stts":
        this.#rows(from + 8, to, { most: this.#number(from + 4), bytes: 8 }, (row) => {
          this.#track.counted += row.getUint32(0) * row.getUint32(4);
        });
        break;
      case "trex":
        this.#trackOf(from + 4).usual = this.#number(from + 12);
        break;
      case "tfhd":
        this.#beginFragment(from);
        break;
      case "trun":
        this.#addRun(from, to);
        break;
    }
  }

  #beginFragment(from: number): void {
    const flags = this.#number(from) & 0xffffff;
    this.#track = this.#trackOf(from + 4);
    const skipped = ((flags & HAS_BASE) === 0 ? 0 : 8) + ((flags & HAS_DESCRIPTION) === 0 ? 0 : 4);
    this.#usual = (flags & HAS_DURATION) === 0 ? this.#track.usual : this.#number(from + 8 + skipped);
  }

  #addRun(from: number, to: number): void {
    const flags = this.#number(from) & 0xffffff;
    const most = this.#number(from + 4);
    this.#track.samples += most;
    const fields = SAMPLE_FIELDS.filter((field) => (flags & field) !== 0);
    if (fields[0] !== SAMPLE_FIELDS[0]) {
      this.#track.counted += most * this.#usual;
      return;
    }
    const skipped = ((flags & HAS_OFFSET) === 0 ? 0 : 4) + ((flags & HAS_FIRST_FLAGS) === 0 ? 0 : 4);
    this.#rows(from + 8 + skipped, to, { most, bytes: 4 * fields.length }, (row) => {
      this.#track.counted += row.getUint32(0);
    });
  }

  /** The rows of a table that are there, whatever their number is said to be. */
  #rows(from: number, to: number, table: { most: number; bytes: number }, take: (row: DataView) => void): void {
    const { most, bytes } = table;
    const end = Math.min(to, from + most * bytes);
    const atOnce = READ_BYTES - (READ_BYTES % bytes);
    for (let at = from; at + bytes <= end; at += atOnce) {
      const part = this.#file.copy(at, Math.min(atOnce, end - at));
      for (let row = 0; row + bytes <= part.byteLength; row += bytes) take(new DataView(part.buffer, row, bytes));
    }
  }

  #trackOf(at: number): Track {
    const id = this.#number(at);
    const track = this.tracks.get(id) ?? newTrack();
    this.tracks.set(id, track);
    return track;
  }

  /** Boxes of version 1 have wider numbers. */
  #wide(from: number, narrow: number, wide: number): number {
    return (this.#file.copy(from, 1)[0] ?? 0) === 1 ? wide : narrow;
  }

  #number(at: number): number {
    const bytes = this.#file.copy(at, 4);
    return bytes.byteLength === 4 ? view(bytes).getUint32(0) : 0;
  }

  /** A number all of whose bits are set means that nobody knows. */
  #known(at: number, bytes: number): number {
    const parts = Array.from({ length: bytes / 4 }, (_, part) => this.#number(at + 4 * part));
    if (parts.every((part) => part === 0xffffffff)) return 0;
    return parts.reduce((sum, part) => sum * 2 ** 32 + part, 0);
  }
}

function newTrack(): Track {
  return { isSound: false, unitsPerSecond: 0, told: 0, counted: 0, usual: 0, samples: 0, leastMs: 0 };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function nameAt(bytes: DataView, at: number): string {
  const codes = Array.from({ length: 4 }, (_, letter) =>
    at + letter < bytes.byteLength ? bytes.getUint8(at + letter) : 0,
  );
  return String.fromCharCode(...codes);
}
