import { describe, expect, it } from "vitest";
import { FrameReader, MAX_FRAME_LENGTH, type Frame } from "../../src/core/frame.ts";

const STREAM =
  "\uFEFF: hello\r\ndata: one\r\n\r\nevent: x\rdata: two\rdata: more\r\rid: 7\ndata:three\n\ndata\n\ndata: [DONE]";

function decode(pieces: string[]): Frame[] {
  const decoder = new FrameReader();
  return [...pieces.flatMap((piece) => decoder.feed(piece)), ...decoder.end()];
}

describe("FrameReader", () => {
  it("reads every line ending, comments, fields and a missing last blank line", () => {
    expect(decode([STREAM])).toEqual([
      { data: "one" },
      { event: "x", data: "two\nmore" },
      { data: "three" },
      { data: "" },
      { data: "[DONE]" },
    ]);
  });

  it("reads the same wherever the text is cut", () => {
    const whole = decode([STREAM]);
    for (let cut = 0; cut <= STREAM.length; cut++) {
      expect(decode([STREAM.slice(0, cut), STREAM.slice(cut)]), `cut at ${cut}`).toEqual(whole);
    }
    expect(decode(STREAM.split(""))).toEqual(whole);
  });

  it("refuses an event of empty lines that never ends", () => {
    const reader = new FrameReader();
    const lines = "data:\n".repeat(MAX_FRAME_LENGTH / 16);
    expect(() => {
      for (let piece = 0; piece <= 16; piece++) reader.feed(lines);
    }).toThrow(expect.objectContaining({ kind: "upstream_error" }));
  });
});
