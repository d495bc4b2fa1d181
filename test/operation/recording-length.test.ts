/** How long uploaded recordings are, as their containers say; and files that are made to mislead whoever reads them. */
import { describe, expect, it } from "vitest";
import { recordingOf, type Recording } from "../../src/operation/speech/heard.ts";
import * as files from "../support/recordings.ts";

function measured(file: Buffer, pieceBytes = 4096): Recording {
  return recordingOf({ name: "file", filename: "a.bin", pieces: files.inPieces(file, pieceBytes) });
}

const RECORDINGS: readonly (readonly [name: string, file: Buffer, seconds: number])[] = [
  ["WAV", files.wavFile(3.5), 3.5],
  ["WAV of another rate", files.wavFile(2, { rate: 48_000 }), 2],
  ["MP3", files.mp3File(500), files.mp3Seconds(500)],
  ["MP3 with a picture", files.mp3File(500, { tag: 3_000_000 }), files.mp3Seconds(500)],
  ["MP3 at its lowest rate", files.slowMp3File(1000), 72],
  ["AAC", files.aacFile(300), 19.2],
  ["Opus in Ogg", files.oggFile(90), 90],
  ["Opus in Ogg, cut from a longer one", files.oggFile(10, { told: 36_000 }), 10],
  ["FLAC", files.flacFile(7), 7],
  ["AAC in MP4", files.mp4File(12), 12],
  ["AAC in MP4, tables last", files.mp4File(12, { isTableLast: true }), 12],
  ["AAC in MP4 with wide numbers", files.mp4File(12, { isWide: true }), 12],
  ["AAC in MP4 whose table is shorter than it says", files.mp4File(12, { rows: 0xffffffff }), 12],
  ["AAC in MP4 whose head is wrong", files.mp4File(12, { told: 1 }), 12],
  ["AAC in MP4 as browsers record it", files.mp4Recorded(9), (9 * 43 * 1024) / 44_100],
  [
    "AAC in MP4 whose packets say how long they are",
    files.mp4Recorded(9, { eachSays: true }),
    (9 * 43 * 1024) / 44_100,
  ],
  ["WebM with its length", files.webmFile(5, { duration: 5000 }), 5],
  ["WebM as browsers record it", files.webmFile(8), 8],
  ["WebM of another kind of sound", files.webmFile(8, { codec: "A_PCM/INT/LIT" }), 8],
];

describe("a recording", () => {
  it.each(RECORDINGS)("is as long as it says: %s", (_, file, seconds) => {
    for (const size of [file.length, 4096, 61]) {
      const { ms, isGuess, leastMs, mostMs } = measured(file, size);
      expect(isGuess).toBe(false);
      expect(Math.abs(ms - seconds * 1000)).toBeLessThan(40);
      expect(leastMs).toBeLessThanOrEqual(ms);
      expect(mostMs).toBeGreaterThanOrEqual(ms);
    }
  });
});

const MB = 1_000_000;
const LARGE = 25 * MB;

/** So many pieces of a kind as fill a large file. */
function filled(head: Buffer, piece: Buffer): Buffer {
  return Buffer.concat([head, ...Array.from({ length: Math.floor(LARGE / piece.length) }, () => piece)]);
}

function atom(name: string, body: Buffer, length = body.length + 8): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(length % 2 ** 32);
  head.write(name, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** Page of Ogg that goes on with the one before. */
function continued(size: number): Buffer {
  const page = Buffer.alloc(28 + size);
  page.write("OggS", 0, "latin1");
  page.set([1, 7], 5);
  page[26] = 1;
  page[27] = size;
  return page;
}

/** A first page of Ogg, without a packet. */
function begun(): Buffer {
  const page = continued(0).subarray(0, 27);
  page.set([2], 5);
  page.set([0], 26);
  return page;
}

/** A fragment with more samples than bytes. */
function runOf(count: number): Buffer {
  const run = Buffer.alloc(200);
  run.writeUInt32BE(count, 4);
  const fragment = files.box(
    "moof",
    files.box("traf", files.box("tfhd", Buffer.from([0, 0, 0, 0, 0, 0, 0, 1])), files.box("trun", run)),
  );
  return Buffer.concat([files.mp4File(1), fragment]);
}

const FTYP = atom("ftyp", Buffer.from("M4A isom", "latin1"));
const WEBM = files.webmFile(1).subarray(0, 40);

/** Files whose reader would take long, or make room for what they only claim to hold. */
const HOSTILE: readonly (readonly [name: string, file: Buffer])[] = [
  ["a WAV of empty chunks", filled(files.wavFile(0).subarray(0, 36), atom("junk", Buffer.alloc(0), 0))],
  [
    "a WAV with a tag of 4 GB",
    Buffer.concat([files.wavFile(0).subarray(0, 12), Buffer.from("id3 \xff\xff\xff\xff", "latin1")]),
  ],
  ["an MP4 with a type of 25 MB", atom("ftyp", Buffer.alloc(LARGE, "abcd1234efgh"))],
  [
    "an MP4 of atoms in atoms",
    Buffer.concat([FTYP, ...Array.from({ length: 100_000 }, (_, at) => atom("moov", Buffer.alloc(0), LARGE - at * 8))]),
  ],
  ["an MP4 with endless atoms", filled(FTYP, atom("free", Buffer.alloc(0)))],
  [
    "an MP4 with an atom of 2^63 bytes",
    Buffer.concat([FTYP, Buffer.from("\0\0\0\x01moov\x7f\xff\xff\xff\xff\xff\xff\xff", "latin1")]),
  ],
  [
    "an MP4 with a table of 25 MB",
    Buffer.concat([FTYP, atom("moov", atom("trak", atom("stsz", Buffer.alloc(LARGE, 1))))]),
  ],
  ["an MP4 with four billion samples in a run", runOf(0xffffffff)],
  [
    "an MP4 with four billion times in a table",
    Buffer.concat([FTYP, files.box("moov", files.box("stts", Buffer.alloc(4096, 0xff)))]),
  ],
  ["an Ogg of pages that go on", filled(files.oggFile(1).subarray(0, 47), continued(1))],
  ["an Ogg of first pages", filled(Buffer.from("OggS\0\x02", "latin1"), begun())],
  ["an Ogg that ends in its head", Buffer.from("OggS\0\x02", "latin1")],
  [
    "a FLAC with a billion comments",
    Buffer.concat([Buffer.from("fLaC\x04\0\0\x20", "latin1"), Buffer.alloc(28, 0x7f), Buffer.alloc(MB)]),
  ],
  ["a FLAC of empty blocks", filled(Buffer.from("fLaC", "latin1"), Buffer.from([1, 0, 0, 0]))],
  ["an MP3 of marks alone", Buffer.alloc(LARGE, 0xff)],
  ["an MP3 of false marks", filled(Buffer.from([0xff, 0xfb, 0x90, 0xc4]), Buffer.from([0xff, 0xe3, 0xff, 0xff]))],
  [
    "an MP3 behind a tag that never ends",
    Buffer.concat([Buffer.from("ID3\x04\0\0\x7f\x7f\x7f\x7f", "latin1"), Buffer.alloc(MB)]),
  ],
  ["an AAC of frames without length", filled(Buffer.alloc(0), Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0, 0, 0]))],
  ["a WebM of empty elements", filled(WEBM, Buffer.from([0xec, 0x80]))],
  ["a WebM with an element of 2^50 bytes", Buffer.concat([WEBM, Buffer.from([0x44, 0x89, 1, 0xf0, 0, 0, 0, 0, 0, 0])])],
  ["a WebM of segments in segments", filled(WEBM, Buffer.from([0x18, 0x53, 0x80, 0x67, 0x80]))],
];

/** @param at from the end where it is negative */
function changed(file: Buffer, at: number, bytes: readonly number[]): Buffer {
  file.set(bytes, at < 0 ? file.length + at : at);
  return file;
}

/** Frames of MPEG 1, layer III, at 320 kbit/s. */
function mp3AtMost(frames: number): Buffer {
  const frame = Buffer.alloc(1044);
  frame.set([0xff, 0xfb, 0xe0, 0xc4]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

/** A minute, with a chunk before its sound. */
function wavWith(before: Buffer): Buffer {
  const wav = files.wavFile(60);
  return Buffer.concat([wav.subarray(0, 36), before, wav.subarray(36)]);
}

/** A chunk of a number. */
function chunk(name: string, value: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.write(name, 0, "latin1");
  bytes.writeUInt32LE(4, 4);
  bytes.writeUInt32LE(value, 8);
  return bytes;
}

describe("a file that is made to mislead", () => {
  it.each(HOSTILE)("is as long as its bytes usually are, or can be: %s", { timeout: 10_000 }, (_, file) => {
    const { ms, leastMs, mostMs } = measured(file, 65_536);
    expect(ms).toBeGreaterThanOrEqual(Math.max(1, leastMs));
    expect(ms).toBeLessThanOrEqual(mostMs);
  });

  it.each([
    ["WAV", changed(files.wavFile(1, { rate: 96_000 }), 24, [0x00, 0x00, 0x00, 0x70])],
    ["AAC in MP4", files.mp4File(30, { told: 97_000 })],
  ])("says that it is shorter or longer than it can be: %s", (_, file) => {
    expect(measured(file)).toMatchObject({ isGuess: true });
  });

  /** What a file says of itself, or what stands first in it, is shorter than what a decoder hears. */
  it.each([
    ["MP3 of few frames, as it says", Buffer.concat([files.xingFrame(300), files.mp3File(1000)]), 26.1],
    ["MP3 that begins at a high rate", Buffer.concat([mp3AtMost(10), files.slowMp3File(1000)]), 72],
    ["MP3 behind a byte that is none", Buffer.concat([Buffer.from([0]), files.slowMp3File(1000)]), 72],
    ["MP3 with gaps", Buffer.concat([files.slowMp3File(500), Buffer.alloc(99), files.slowMp3File(500)]), 72],
    [
      "two MP3s",
      Buffer.concat([files.xingFrame(500), files.mp3File(500), files.xingFrame(500), files.mp3File(500)]),
      26.1,
    ],
    ["two AACs", Buffer.concat([files.aacFile(300), files.aacFile(300)]), 38.4],
    ["two Oggs", Buffer.concat([files.oggFile(60), files.oggFile(5)]), 65],
    ["two Oggs with a byte between", Buffer.concat([files.oggFile(5), Buffer.from("O"), files.oggFile(60)]), 65],
    ["Ogg whose pages lie", files.oggFile(60, { told: 1 }), 60],
    ["WAV of few samples, as it says", wavWith(chunk("fact", 16_000)), 60],
    ["WAV of two sounds", wavWith(chunk("data", 1)), 60],
    ["WAV whose bytes a second are too many", changed(files.wavFile(60), 28, [0, 0, 0x10, 0]), 60],
    ["WAV that was written while it was recorded", changed(files.wavFile(60), 40, [0, 0, 0, 0]), 60],
    ["WAV that was written into a pipe", changed(files.wavFile(60), 40, [0xff, 0xff, 0xff, 0xff]), 60],
    [
      "WAV of 64 bits",
      changed(changed(files.wavFile(60), 0, [...Buffer.from("RF64")]), 40, [0xff, 0xff, 0xff, 0xff]),
      60,
    ],
    // No better than if nothing was compressed, which the half of it is.
    ["FLAC whose head lies", files.flacFile(60, { told: 4 }), 30],
    // No better than the shortest packets that its kind has.
    ["MP4 whose table lies", files.mp4File(60, { told: 1, packet: 1 }), 25.8],
    ["WebM whose times lie", files.webmFile(60, { told: 1 }), 60],
  ] as const)("is as long as its sound: %s", (_, file, seconds) => {
    const { ms, isGuess } = measured(file);
    expect(isGuess).toBe(false);
    expect(Math.abs(ms / 1000 - seconds)).toBeLessThan(1);
  });

  it("is no recording at all", () => {
    for (const file of [Buffer.from("a"), Buffer.from("RIFF"), Buffer.from("<html>"), Buffer.from("fLaC")])
      expect(measured(file)).toMatchObject({ isGuess: true });
  });
});
