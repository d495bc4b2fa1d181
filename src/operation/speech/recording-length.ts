/**
 * How long an uploaded recording is, before anything is held or sent. Customers write the files, and what a file says of itself is
 * nothing to a decoder: so its sound is counted wherever that is possible, and no file takes more steps than it has bytes. Pure.
 */
import type { BytePieces } from "../../core/byte-pieces.ts";
import type { Container } from "./container.ts";
import { flacMs } from "./flac-length.ts";
import { framesIn } from "./frames-length.ts";
import { mp4Ms } from "./mp4-length.ts";
import { oggMs } from "./ogg-length.ts";
import { wavMs } from "./wav-length.ts";
import { webmMs } from "./webm-length.ts";

/** @param file without the tag before its sound @returns milliseconds; undefined where the file does not tell */
export function soundMs(file: BytePieces, container: Container): number | undefined {
  switch (container) {
    case "wav":
      return wavMs(file);
    case "flac":
      return flacMs(file);
    case "ogg":
      return oggMs(file);
    case "mp4":
      return mp4Ms(file);
    case "webm":
      return webmMs(file);
    case "mp3":
    case "aac":
      return framesIn(file).ms;
    case "unknown":
      return unknownMs(file);
  }
}

/** Decoders look for frames, also behind bytes that mean nothing. */
function unknownMs(file: BytePieces): number | undefined {
  const { bytes, ms } = framesIn(file);
  return bytes * 2 >= file.size ? ms : undefined;
}
