/** How long a FLAC is: as its head says, and no shorter than its bytes would be if nothing was compressed. Pure. @see https://www.rfc-editor.org/rfc/rfc9639 */
import type { BytePieces } from "../../core/byte-pieces.ts";

const MARK_BYTES = 4;
const BLOCK_HEAD_BYTES = 4;
const INFO_BYTES = 34;
const IS_LAST = 0x80;
/** A file with more blocks before its sound is not read on. */
const MAX_BLOCKS = 1000;
/** Samples a second, and bits of a sample, by the bits of a frame's head; 0 = as the file's head says. */
const RATES = [0, 88_200, 176_400, 192_000, 8000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 96_000];
const BITS = [0, 8, 12, 0, 16, 20, 24, 32];

/** @returns milliseconds; undefined where the file does not tell */
export function flacMs(file: BytePieces): number | undefined {
  const info = file.copy(MARK_BYTES + BLOCK_HEAD_BYTES, INFO_BYTES);
  const sound = soundAt(file);
  if (info.byteLength < INFO_BYTES || sound === undefined) return undefined;
  const view = new DataView(info.buffer);
  // 20 bits of the rate, 3 of the channels, 5 of the bits of a sample, 36 of the number of samples.
  const packed = view.getUint32(10);
  const rate = packed >>> 12;
  const samples = (view.getUint8(13) & 15) * 2 ** 32 + view.getUint32(14);
  const [first = 0, second = 0, third = 0, fourth = 0] = file.copy(sound, 4);
  const isFrame = first === 0xff && (second & 0xfe) === 0xf8;
  const own = isFrame
    ? { rate: RATES[third & 15] ?? 0, bits: BITS[(fourth >> 1) & 7] ?? 0, channels: fourth >> 4 }
    : undefined;
  const bits = own?.bits || ((packed >>> 4) & 31) + 1;
  // Numbers beyond 7 are ways to write two channels.
  const channels = own === undefined ? ((packed >>> 9) & 7) + 1 : own.channels > 7 ? 2 : own.channels + 1;
  const bytesPerSecond = ((own?.rate || rate) * channels * bits) / 8;
  const ms = Math.max((samples * 1000) / rate, ((file.size - sound) * 1000) / bytesPerSecond);
  return ms > 0 && Number.isFinite(ms) ? ms : undefined;
}

/** Where the frames begin. */
function soundAt(file: BytePieces): number | undefined {
  let at = MARK_BYTES;
  for (let count = 0; count < MAX_BLOCKS && at + BLOCK_HEAD_BYTES <= file.size; count++) {
    const [kind = 0, high = 0, middle = 0, low = 0] = file.copy(at, BLOCK_HEAD_BYTES);
    at += BLOCK_HEAD_BYTES + ((high << 16) | (middle << 8) | low);
    if ((kind & IS_LAST) !== 0) return at < file.size ? at : undefined;
  }
  return undefined;
}
