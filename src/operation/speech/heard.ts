/**
 * How long a recording is: as its container says, as far as so many bytes can be true, else about as long as they usually are.
 * Pure.
 */
import { BytePieces } from "../../core/byte-pieces.ts";
import type { FormPart } from "../../core/form-parts.ts";
import { containerOf, tagBytes, type Container } from "./container.ts";
import { soundMs } from "./recording-length.ts";

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
  mp3: [1000, 16_000, 56_000],
  aac: [1000, 16_000, 80_000],
  ogg: [250, 6000, 200_000],
  mp4: [500, 16_000, 6_000_000],
  webm: [500, 12_000, 6_000_000],
  flac: [100, 40_000, 1_200_000],
  unknown: [250, 16_000, 6_000_000],
} as const satisfies Record<Container, readonly [lowest: number, usual: number, highest: number]>;

/** No recording is longer. */
const LONGEST_MS = 24 * 3_600_000;
/** Vendors round seconds up. */
const ROUNDING_MS = 1000;

/** @param lengthOf milliseconds that the file itself tells; a file that tells none is as long as its bytes usually are */
export function recordingOf(file: FormPart, lengthOf = soundMs): Recording {
  const whole = new BytePieces(file.pieces);
  const tag = tagBytes(whole);
  const sound = tag === 0 ? whole : new BytePieces(whole.slice(tag, whole.size));
  const bytes = sound.size;
  const container = containerOf(whole, tag);
  const [lowest, usual, highest] = RATES[container];
  const leastMs = Math.min(LONGEST_MS, Math.floor((bytes * 1000) / highest));
  const mostMs = Math.max(1, Math.min(LONGEST_MS, Math.ceil((bytes * 1000) / lowest)));
  const told = Math.ceil(lengthOf(sound, container) ?? 0);
  if (told > 0 && told >= leastMs && told <= mostMs) return { ms: told, leastMs, mostMs, isGuess: false };
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
const CUE = /^\s*(?:\d+\s*$|WEBVTT|(?:\d+:)?\d+:\d+[.,]\d+\s*-->)/;

/** What captions say, without their times. */
export function saidIn(captions: string): string {
  return captions
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "" && !CUE.test(line))
    .join("\n");
}
