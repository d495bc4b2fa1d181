/**
 * How long MP3 and AAC are, by the heads of all their frames: players hear all of them, whatever the first one says of the file, and
 * also what was joined behind it. Pure.
 * @see https://www.datavoyage.com/mpgscript/mpeghdr.htm, https://wiki.multimedia.cx/index.php/ADTS
 */
import type { BytePieces } from "../../core/byte-pieces.ts";

/** Of a file, at once. */
const READ_BYTES = 65_536;
/** Of a head, at most. */
const HEAD_BYTES = 6;

/** Kilobits a second by the bits of the head: of MPEG 1, layers I to III, and of MPEG 2, layer I and the others. */
const BITRATES = [
  [0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384],
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;
/** Samples a second of MPEG 1. Those of MPEG 2 are half of it, those of MPEG 2.5 a quarter. */
const SAMPLE_RATES = [44_100, 48_000, 32_000] as const;
const AAC_RATES = [96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8000, 7350];
const AAC_SAMPLES = 1024;

interface Frame {
  readonly bytes: number;
  readonly ms: number;
}

/** The frames of a file together. */
export function framesIn(file: BytePieces): Frame {
  const part = new Uint8Array(READ_BYTES);
  let [bytes, ms, at] = [0, 0, 0];
  while (at + HEAD_BYTES <= file.size) {
    const read = file.read(part, at);
    let place = 0;
    while (place + HEAD_BYTES <= read) {
      const frame = part[place] === 0xff ? frameAt(part, place) : undefined;
      if (frame === undefined) {
        place++;
        continue;
      }
      bytes += frame.bytes;
      ms += frame.ms;
      place += frame.bytes;
    }
    at += place;
  }
  return { bytes: Math.min(bytes, file.size), ms };
}

/** @returns undefined where no frame begins */
function frameAt(bytes: Uint8Array, at: number): Frame | undefined {
  const kind = bytes[at + 1] ?? 0;
  if ((kind & 0xf6) === 0xf0) return aacFrame(bytes, at);
  return (kind & 0xe0) === 0xe0 ? mpegFrame(kind, bytes[at + 2] ?? 0) : undefined;
}

function aacFrame(bytes: Uint8Array, at: number): Frame | undefined {
  const [, , third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at, at + HEAD_BYTES);
  const rate = AAC_RATES[(third >> 2) & 15];
  const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  return rate === undefined || length <= HEAD_BYTES ? undefined : { bytes: length, ms: (AAC_SAMPLES * 1000) / rate };
}

/** @param kind the second byte of the head @param rates the third */
function mpegFrame(kind: number, rates: number): Frame | undefined {
  const version = (kind >> 3) & 3;
  const layer = 4 - ((kind >> 1) & 3);
  const isFirst = version === 3;
  const kilobits = BITRATES[isFirst ? layer - 1 : layer === 1 ? 3 : 4]?.[rates >> 4] ?? 0;
  const usual = SAMPLE_RATES[(rates >> 2) & 3];
  if (version === 1 || layer === 4 || kilobits === 0 || usual === undefined) return undefined;
  const rate = isFirst ? usual : version === 2 ? usual / 2 : usual / 4;
  const samples = layer === 1 ? 384 : layer === 3 && !isFirst ? 576 : 1152;
  // The slots of layer I have four bytes.
  const slot = layer === 1 ? 4 : 1;
  const slots = Math.floor((samples * kilobits * 1000) / (8 * slot * rate)) + ((rates >> 1) & 1);
  return { bytes: slots * slot, ms: (samples * 1000) / rate };
}
