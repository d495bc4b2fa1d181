/**
 * How long a recording is: as its container says, as far as so many bytes can be true, else about as long as they usually are.
 * Pure; the container is read by `endpoints/recording-length.ts`.
 */
import { BytePieces } from "../../core/byte-pieces.ts";
import { sizeOf, type FormPart } from "../../core/form-parts.ts";

/** A recording that a model is to hear. Times are milliseconds. */
export interface Recording {
  /** What is held for, and charged where the upstream does not say how long it is. */
  readonly ms: number;
  /** So many bytes of such a file last no shorter, whoever says so. */
  readonly leastMs: number;
  /** And no longer. */
  readonly mostMs: number;
  /** No container tells the time: `ms` is what so many bytes usually last. */
  readonly isGuess: boolean;
}

/** Bytes of a second: at the lowest rate of a format, the usual one, and the highest. Films count as MP4 and WebM, too. */
const RATES = {
  wav: [1600, 32_000, 1_600_000],
  mp3: [1000, 16_000, 40_000],
  aac: [1000, 16_000, 80_000],
  ogg: [250, 6000, 200_000],
  mp4: [500, 16_000, 6_000_000],
  webm: [500, 12_000, 6_000_000],
  flac: [100, 40_000, 1_200_000],
  unknown: [250, 16_000, 6_000_000],
} as const;
export type Container = keyof typeof RATES;

/** No recording is longer. */
const LONGEST_MS = 24 * 3_600_000;
/** Vendors round seconds up. */
const ROUNDING_MS = 1000;

/** The length of the tag before the sound, which players skip. @see https://id3.org/id3v2.4.0-structure */
export function tagBytes(file: BytePieces): number {
  const head = file.copy(0, 10);
  if (textAt(head, 0, 3) !== "ID3") return 0;
  const [a = 0, b = 0, c = 0, d = 0] = head.subarray(6);
  const footer = ((head[5] ?? 0) & 0x10) === 0 ? 0 : 10;
  return Math.min(file.size, 10 + (((a & 127) << 21) | ((b & 127) << 14) | ((c & 127) << 7) | (d & 127)) + footer);
}

/** By the first bytes of the sound, whatever the file's name says. */
export function containerOf(file: BytePieces, start: number): Container {
  const head = file.copy(start, 12);
  const [first = 0, second = 0] = head;
  if (textAt(head, 0, 4) === "RIFF") return "wav";
  if (textAt(head, 0, 4) === "fLaC") return "flac";
  if (textAt(head, 0, 4) === "OggS") return "ogg";
  if (textAt(head, 4, 4) === "ftyp") return "mp4";
  if (textAt(head, 0, 4) === "\u001aE\u00df\u00a3") return "webm";
  if (first === 0xff && (second & 0xf6) === 0xf0) return "aac";
  return (first === 0xff && (second & 0xe0) === 0xe0) || start > 0 ? "mp3" : "unknown";
}

/** @param file whose container was read; one without `soundMs` is as long as its bytes usually are */
export function recordingOf(file: FormPart): Recording {
  const pieces = new BytePieces(file.pieces);
  const tag = tagBytes(pieces);
  const bytes = sizeOf(file) - tag;
  const [lowest, usual, highest] = RATES[containerOf(pieces, tag)];
  const leastMs = Math.min(LONGEST_MS, Math.floor((bytes * 1000) / highest));
  const mostMs = Math.max(1, Math.min(LONGEST_MS, Math.ceil((bytes * 1000) / lowest)));
  const told = file.soundMs === undefined ? undefined : Math.ceil(file.soundMs);
  if (told !== undefined && told > 0 && told >= leastMs && told <= mostMs) {
    return { ms: told, leastMs, mostMs, isGuess: false };
  }
  return { ms: Math.max(1, Math.min(LONGEST_MS, Math.ceil((bytes * 1000) / usual))), leastMs, mostMs, isGuess: true };
}

/** Whether a recording can last as long as an upstream says. */
export function canLast({ leastMs, mostMs }: Recording, ms: number): boolean {
  return Number.isFinite(ms) && ms > 0 && ms >= leastMs - ROUNDING_MS && ms <= mostMs + ROUNDING_MS;
}

/** Tokens of a second that is heard: at OpenAI, and at the vendors that count the most. */
const TOKENS_PER_SECOND = 10;
const MOST_TOKENS_PER_SECOND = 32;

/** About the tokens of a recording, for our own count. */
export function heardTokens(ms: number): number {
  return Math.ceil((ms * TOKENS_PER_SECOND) / 1000);
}

/** What is held for: no vendor counts more. */
export function mostHeardTokens(ms: number): number {
  return Math.ceil((ms * MOST_TOKENS_PER_SECOND) / 1000);
}

/** Nobody says more in a second, in any language; and what a model makes up of silence. */
const SAID_PER_SECOND = 10;
const LEAST_SAID = 256;

/** The most tokens of a transcript. */
export function mostSaidTokens(ms: number): number {
  return LEAST_SAID + Math.ceil((ms * SAID_PER_SECOND) / 1000);
}

/** Marks of time, numbers of captions, and the head of WebVTT. */
const CUE = /^\s*(?:\d+|WEBVTT.*|(?:\d+:)?\d+:\d+[.,]\d+\s*-->.*)\s*$/;

/** What captions say, without their times. */
export function saidIn(captions: string): string {
  return captions
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !CUE.test(line))
    .join("\n");
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
