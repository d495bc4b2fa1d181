/** How long a recording can be, and is; what captions say. */
import { describe, expect, it } from "vitest";
import { BytePieces } from "../../src/core/byte-pieces.ts";
import { containerOf, tagBytes } from "../../src/operation/speech/container.ts";
import * as heard from "../../src/operation/speech/heard.ts";
import * as files from "../support/recordings.ts";

const part = (file: Uint8Array) => ({ name: "file", filename: "a.bin", pieces: [file] });
const says = (soundMs?: number) => () => soundMs;

describe("a recording", () => {
  it.each([
    ["wav", files.wavFile(1)],
    ["mp3", files.mp3File(3)],
    ["mp3", Buffer.from("ID3\u0003\0\0\0\0\0\u0001..", "latin1")],
    ["aac", Buffer.from([0xff, 0xf1, 0x50, 0x80])],
    ["ogg", files.oggFile(1)],
    ["mp4", files.mp4File(1)],
    ["webm", files.webmFile(1)],
    ["flac", files.flacFile(1)],
    ["unknown", Buffer.from("#!AMR\n")],
    ["unknown", Buffer.from([0xff])],
  ] as const)("is known by its first bytes: %s", (container, file) => {
    const pieces = new BytePieces([file]);
    expect(containerOf(pieces, tagBytes(pieces))).toBe(container);
  });

  it("has a length that its bytes can have, or one of so many bytes", () => {
    const file = new Uint8Array(files.mp3File(1000));
    const recording = heard.recordingOf(part(file), says(26_122.4));
    expect(recording).toEqual({ ms: 26_123, leastMs: 7446, mostMs: 417_000, isGuess: false });
    for (const lie of [1000, 7445, 417_001, 36_000_000, 0, -5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(heard.recordingOf(part(file), says(lie)), String(lie)).toEqual({
        ...recording,
        ms: 26_063,
        isGuess: true,
      });
    }
    expect(heard.recordingOf(part(file), says())).toEqual({ ...recording, ms: 26_063, isGuess: true });
  });

  it("is as long as what stands behind its picture", () => {
    const { leastMs, ms } = heard.recordingOf(part(new Uint8Array(files.mp3File(100, { tag: 5_000_000 }))), says());
    expect([leastMs, ms]).toEqual([744, 2607]);
  });

  it("is neither 25 MB for a second, nor ten hours for a kilobyte, whatever it says", () => {
    for (const make of [files.wavFile, files.oggFile, files.flacFile, files.mp4File, files.webmFile]) {
      const small = Buffer.concat([make(1).subarray(0, 60), Buffer.alloc(964)]);
      expect(heard.recordingOf(part(new Uint8Array(small)), says(36_000_000)), make.name).toMatchObject({
        isGuess: true,
      });
      const large = Buffer.concat([make(1).subarray(0, 60), Buffer.alloc(26_000_000)]);
      const { ms, isGuess } = heard.recordingOf(part(new Uint8Array(large)), says(1000));
      expect(isGuess, make.name).toBe(true);
      expect(ms).toBeGreaterThan(600_000);
    }
  });

  it("lasts a millisecond at least, and a day at most", () => {
    expect(heard.recordingOf(part(new Uint8Array([1])))).toMatchObject({ ms: 1, leastMs: 0, mostMs: 4 });
    const silence = Buffer.concat([files.flacFile(1), Buffer.alloc(100_000_000)]);
    expect(heard.recordingOf(part(silence)).mostMs).toBe(86_400_000);
  });

  it("is believed to last what vendors round up", () => {
    const recording = { ms: 8470, leastMs: 1000, mostMs: 20_000, isGuess: false };
    for (const ms of [1, 1000, 9000, 21_000]) expect(heard.canLast(recording, ms), String(ms)).toBe(true);
    for (const ms of [0, -1, 21_001, Number.NaN, Number.POSITIVE_INFINITY])
      expect(heard.canLast(recording, ms), String(ms)).toBe(false);
    expect(heard.canLast({ ...recording, leastMs: 5000 }, 3999)).toBe(false);
  });
});

it("captions say their words alone", () => {
  const srt =
    "1\r\n00:00:00,000 --> 00:00:02,000\r\nHello there,\r\nworld\r\n\r\n2\r\n00:00:02,000 --> 00:00:03,000\r\nIn 1999\r\n";
  expect(heard.saidIn(srt)).toBe("Hello there,\nworld\nIn 1999");
  expect(heard.saidIn("WEBVTT - A talk\n\n00:00.000 --> 00:02.000 align:start\nHello\n")).toBe("Hello");
  expect(heard.saidIn("")).toBe("");
  // A line that a slow pattern would take hours for.
  const spaces = `00:01.000 --> ${" ".repeat(1_000_000)}\u2028.`;
  expect(heard.saidIn(`${spaces}\nHello`)).toBe("Hello");
});

describe("bytes in pieces", () => {
  const pieces = new BytePieces([
    new Uint8Array([0, 1, 2]),
    new Uint8Array(0),
    new Uint8Array([3]),
    new Uint8Array([4, 5]),
  ]);

  it("are read from anywhere, in any order", () => {
    for (const [at, length, expected] of [
      [0, 6, [0, 1, 2, 3, 4, 5]],
      [4, 10, [4, 5]],
      [2, 2, [2, 3]],
      [1, 1, [1]],
      [6, 4, []],
      [3, 2, [3, 4]],
      [9, 1, []],
    ] as const)
      expect([...pieces.copy(at, length)], `${at} ${length}`).toEqual(expected);
    expect(pieces.size).toBe(6);
  });

  it("are cut without a copy", () => {
    expect(pieces.slice(2, 5).map((piece) => [...piece])).toEqual([[2], [3], [4]]);
    expect(pieces.slice(6, 9)).toEqual([]);
  });
});
