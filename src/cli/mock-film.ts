/**
 * The film that the mock makes of every prompt: a real MP4 without sound, two pictures a second, each of one colour. Of a
 * picture only the first block holds colours; each other block is said to look like its neighbours.
 * @see https://www.itu.int/rec/T-REC-H.264 and ISO/IEC 14496-12, -15
 */
import { BitWriter, withEscapes } from "./bit-writer.ts";

/** Blocks of 16 pixels. */
const ACROSS = 16;
const DOWN = 9;
const BLOCK = 16;
const PICTURES_PER_SECOND = 2;
const TIMESCALE = 1000;

/** @param seconds a whole number */
export function mockFilm(seconds: number): Buffer {
  const pictures = Array.from({ length: seconds * PICTURES_PER_SECOND }, (_, at) => sized(picture(at)));
  const head = box("ftyp", latin("isom"), u32(0x200), latin("isomiso2avc1mp41"));
  // Where the pictures begin is told before them.
  const { length } = movie(pictures, 0);
  return Buffer.concat([head, movie(pictures, head.length + length + 8), box("mdat", ...pictures)]);
}

/** What is coded of the stream: its size, and how its pictures are coded (Constrained Baseline, without filters). */
const SEQUENCE = unit(0x67, Buffer.from([66, 0xc0, 30]), (bits) => {
  // Its id; 4 bits count pictures, which are shown as they come; one earlier picture may be kept.
  for (const value of [0, 0, 2, 1]) bits.exponential(value);
  bits.write(0, 1);
  bits.exponential(ACROSS - 1);
  bits.exponential(DOWN - 1);
  // Whole frames, nothing cut off, nothing more to say.
  bits.write(0b1100, 4);
});
const CODING = unit(0x68, Buffer.alloc(0), (bits) => {
  bits.exponential(0);
  bits.exponential(0);
  bits.write(0, 2);
  for (let at = 0; at < 3; at++) bits.exponential(0);
  bits.write(0, 3);
  for (let at = 0; at < 3; at++) bits.exponential(0);
  // Each picture says that it is not filtered.
  bits.write(0b100, 3);
});

/** A picture that needs no other. */
function picture(at: number): Buffer {
  return unit(0x65, Buffer.alloc(0), (bits) => {
    bits.exponential(0);
    bits.exponential(7);
    bits.exponential(0);
    bits.write(0, 4);
    bits.exponential(at % 2);
    bits.write(0, 2);
    bits.exponential(0);
    bits.exponential(1);
    for (let block = 0; block < ACROSS * DOWN; block++) {
      if (block === 0) writeColour(bits, at);
      else writeLikeNeighbours(bits, block === 1 || block === ACROSS);
    }
  });
}

/** A block of samples as they are. */
function writeColour(bits: BitWriter, at: number): void {
  bits.exponential(25);
  bits.align();
  const [blue, red] = [128 + 90 * Math.cos(at / 3), 128 + 90 * Math.sin(at / 3)];
  const samples = [
    [128, BLOCK * BLOCK],
    [Math.round(blue), (BLOCK * BLOCK) / 4],
    [Math.round(red), (BLOCK * BLOCK) / 4],
  ] as const;
  for (const [sample, count] of samples) for (let one = 0; one < count; one++) bits.write(sample, 8);
}

/** The mean of what stands beside and above it. @param isByColour its one neighbour has all its samples */
function writeLikeNeighbours(bits: BitWriter, isByColour: boolean): void {
  bits.exponential(3);
  bits.exponential(0);
  bits.exponential(0);
  if (isByColour) bits.write(0b000011, 6);
  else bits.write(1, 1);
}

function unit(type: number, head: Buffer, write: (bits: BitWriter) => void): Buffer {
  const bits = new BitWriter();
  write(bits);
  bits.end();
  return Buffer.concat([Buffer.from([type]), withEscapes(Buffer.concat([head, bits.bytes()]))]);
}

function movie(pictures: readonly Buffer[], begin: number): Buffer {
  const each = TIMESCALE / PICTURES_PER_SECOND;
  const duration = pictures.length * each;
  const [width, height] = [ACROSS * BLOCK, DOWN * BLOCK];
  const unity = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32);
  const codes = [Buffer.from([1, 66, 0xc0, 30, 0xff, 0xe1]), short(SEQUENCE), Buffer.from([1]), short(CODING)];
  const size = [u16(width), u16(height), u32(0x480000), u32(0x480000)];
  const look = [...size, zeros(4), u16(1), zeros(32), u16(24), u16(0xffff)];
  const format = box("avc1", zeros(6), u16(1), zeros(16), ...look, box("avcC", ...codes));
  const samples = box(
    "stbl",
    box("stsd", u32(0), u32(1), format),
    box("stts", u32(0), u32(1), u32(pictures.length), u32(each)),
    box("stsc", u32(0), u32(1), u32(1), u32(pictures.length), u32(1)),
    box("stsz", u32(0), u32(0), u32(pictures.length), ...pictures.map((one) => u32(one.length))),
    box("stco", u32(0), u32(1), u32(begin)),
  );
  const media = box(
    "mdia",
    box("mdhd", zeros(12), u32(TIMESCALE), u32(duration), u16(0x55c4), zeros(2)),
    box("hdlr", zeros(8), latin("vide"), zeros(12), latin("film\0")),
    box("minf", box("vmhd", u32(1), zeros(8)), box("dinf", box("dref", u32(0), u32(1), box("url ", u32(1)))), samples),
  );
  const track = [u32(3), zeros(8), u32(1), zeros(4), u32(duration), zeros(16), ...unity];
  const times = [zeros(12), u32(TIMESCALE), u32(duration), u32(0x10000), u16(0x100), zeros(10), ...unity, zeros(24)];
  return box(
    "moov",
    box("mvhd", ...times, u32(2)),
    box("trak", box("tkhd", ...track, u32(width * 0x10000), u32(height * 0x10000)), media),
  );
}

function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  return Buffer.concat([u32(body.length + 8), latin(type), body]);
}

const sized = (bytes: Buffer) => Buffer.concat([u32(bytes.length), bytes]);
const short = (bytes: Buffer) => Buffer.concat([u16(bytes.length), bytes]);
const latin = (text: string) => Buffer.from(text, "latin1");
const zeros = (count: number) => Buffer.alloc(count);

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
