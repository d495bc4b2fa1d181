/** The pages of an Ogg file that tell how long it is: the first and the last. Pure. @see https://www.rfc-editor.org/rfc/rfc3533 */
import { BytePieces } from "../../core/byte-pieces.ts";

const PAGE_HEAD_BYTES = 27;
/** The first pages hold the kind of sound, and tags, which may be long. */
const FIRST_PAGES = 2;
/** No page is longer: so the last one begins within as many bytes of the end. */
const MAX_PAGE_BYTES = 65_307;
const MARK = [0x4f, 0x67, 0x67, 0x53] as const;

/** The file without what lies between its ends. */
export function oggEnds(file: BytePieces): BytePieces {
  let end = 0;
  for (let page = 0; page < FIRST_PAGES; page++) {
    const head = file.copy(end, PAGE_HEAD_BYTES);
    const segments = file.copy(end + PAGE_HEAD_BYTES, head[PAGE_HEAD_BYTES - 1] ?? 0);
    end += PAGE_HEAD_BYTES + segments.byteLength + segments.reduce((sum, size) => sum + size, 0);
  }
  const from = Math.max(end, file.size - MAX_PAGE_BYTES);
  const last = lastMark(file.copy(from, file.size - from));
  return last === -1 ? file : new BytePieces([...file.slice(0, end), ...file.slice(from + last, file.size)]);
}

function lastMark(bytes: Uint8Array): number {
  for (let at = bytes.byteLength - PAGE_HEAD_BYTES; at >= 0; at--) {
    if (MARK.every((byte, position) => bytes[at + position] === byte)) return at;
  }
  return -1;
}
