/** How long speech is, as it is held for and charged by the second. */
import { describe, expect, it } from "vitest";
import { longestMs, SoundMeter, soundTokens } from "../../src/operation/speech/sound.ts";

/** In the pieces in which it may come. */
function msOf(format: string, bytes: Uint8Array, { size = bytes.length, text = "x".repeat(1000), speed = 1 } = {}) {
  const meter = new SoundMeter(format, text, speed);
  let ms = 0;
  for (let at = 0; at < bytes.length; at += size) ms += meter.add(bytes.subarray(at, at + size));
  return Math.round(ms);
}

function wav(bytesPerSecond: number, seconds: number): Uint8Array {
  const bytes = new Uint8Array(44 + bytesPerSecond * seconds);
  bytes.set(new TextEncoder().encode("RIFF"));
  new DataView(bytes.buffer).setUint32(28, bytesPerSecond, true);
  return bytes;
}

/** A tag of 100 bytes, then frames. */
function mp3(head: readonly [number, number], bytesPerSecond: number, seconds: number): Uint8Array {
  const bytes = new Uint8Array(bytesPerSecond * seconds).fill(0);
  bytes.set([0xff, ...head], 100);
  return bytes;
}

describe("sound", () => {
  it.each([
    ["pcm", new Uint8Array(96_000), 2000],
    ["wav", wav(48_000, 3), 3000],
    ["wav", wav(16_000, 3), 3000],
    // MPEG 1 at 128 kbit/s, MPEG 2 at 64.
    ["mp3", mp3([0xfb, 0x90], 16_000, 2), 2000],
    ["mp3", mp3([0xf3, 0x80], 8000, 2), 2000],
  ])("%s tells its length, in pieces of any size", (format, bytes, ms) => {
    for (const size of [1000, 4096, bytes.length]) expect(msOf(format, bytes, { size }), String(size)).toBe(ms);
  });

  it("is about as long as its text where its bytes do not tell", () => {
    expect(msOf("opus", new Uint8Array(5000), { size: 1000, text: "x".repeat(100) })).toBe(6500);
    expect(msOf("opus", new Uint8Array(5000), { size: 1000, text: "x".repeat(100), speed: 2 })).toBe(3250);
    expect(msOf("aac", new Uint8Array(10), { text: "世界".repeat(50) })).toBe(22_000);
    for (const format of ["mp3", "wav"]) {
      expect(msOf(format, new Uint8Array(5000), { text: "x".repeat(100) }), format).toBe(6500);
    }
  });

  it("is never longer than what was held for", () => {
    const text = "Hi";
    expect(msOf("pcm", new Uint8Array(10_000_000), { size: 100_000, text })).toBe(longestMs(text, 1));
    // A rate that cannot be.
    expect(msOf("wav", wav(1, 5000), { size: 1000, text })).toBe(longestMs(text, 1));
  });

  it("has some 25 tokens a second", () => {
    expect([0, 1, 1000, 60_000].map(soundTokens)).toEqual([0, 1, 25, 1500]);
  });
});
