/** What kind of file a recording is, by its first bytes. Pure. */
import type { BytePieces } from "../../core/byte-pieces.ts";

export type Container = "wav" | "mp3" | "aac" | "ogg" | "mp4" | "webm" | "flac" | "unknown";

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
  if (/^R(IFF|F64)$/.test(textAt(head, 0, 4))) return "wav";
  if (textAt(head, 0, 4) === "fLaC") return "flac";
  if (textAt(head, 0, 4) === "OggS") return "ogg";
  if (textAt(head, 4, 4) === "ftyp") return "mp4";
  if (textAt(head, 0, 4) === "\u001aE\u00df\u00a3") return "webm";
  if (first === 0xff && (second & 0xf6) === 0xf0) return "aac";
  return (first === 0xff && (second & 0xe0) === 0xe0) || start > 0 ? "mp3" : "unknown";
}

function textAt(bytes: Uint8Array, at: number, length: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + length));
}
