import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { utf8Decoder } from "../../src/core/text.ts";
import { DONE, MAX_FRAME_LENGTH, FrameReader, writeFrame, type Frame } from "../../src/core/frame.ts";

function decode(pieces: readonly string[]): Frame[] {
  const decoder = new FrameReader();
  return [...pieces.flatMap((piece) => decoder.feed(piece)), ...decoder.end()];
}

/** Streams of the pieces that streams consist of, in any order, valid or not. */
const STREAM = fc
  .array(
    fc.oneof(
      fc.constantFrom("data: ", "data:", "data", "event: ", "id: 5", "retry: 5", ": comment", ":", "\uFEFF", DONE, " "),
      fc.constantFrom("data: a\r\n", "data: b\r\n\r\n", "event: c\r\n"),
      fc.constantFrom("\n", "\r", "\r\n", "\n\n", "\r\r", "\r\n\r\n", "\n\r"),
      fc.string({ unit: "grapheme", maxLength: 5 }),
      fc.json({ maxDepth: 1 }),
    ),
    { maxLength: 40 },
  )
  .map((pieces) => pieces.join(""));

describe("FrameReader", () => {
  it("reads every stream the same, wherever and however often it is cut", () => {
    const cuts = fc.array(fc.nat(400), { maxLength: 20 });
    fc.assert(
      fc.property(STREAM, cuts, (stream, at) => {
        const offsets = [0, ...at.map((offset) => offset % (stream.length + 1)), stream.length].toSorted(
          (a, b) => a - b,
        );
        const pieces = offsets.slice(1).map((offset, index) => stream.slice(offsets[index], offset));
        expect(pieces.join("")).toBe(stream);
        expect(decode(pieces)).toEqual(decode([stream]));
      }),
      { numRuns: 1000 },
    );
  });

  it("reads every stream the same when its bytes are cut one by one", () => {
    fc.assert(
      fc.property(STREAM, (stream) => {
        const text = utf8Decoder(false);
        const pieces = Array.from(new TextEncoder().encode(stream), (byte) =>
          text.decode(new Uint8Array([byte]), { stream: true }),
        );
        expect(decode([...pieces, text.decode()])).toEqual(decode([stream]));
      }),
    );
  });

  it("reads every line ending alike", () => {
    fc.assert(
      fc.property(STREAM, fc.constantFrom("\r\n", "\r"), (stream, ending) => {
        const plain = stream.replaceAll(/\r\n?/g, "\n");
        expect(decode([plain.replaceAll("\n", ending)])).toEqual(decode([plain]));
      }),
    );
  });

  it("reads back what writeFrame wrote, one line an event", () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (values) => {
        const written = values.map((value) => writeFrame(JSON.stringify(value)));
        for (const event of written) expect(event).toMatch(/^data: [^\r\n]+\n\n$/);
        expect(decode([written.join("")]).map(({ data }) => JSON.parse(data) as unknown)).toEqual(
          values.map((value) => JSON.parse(JSON.stringify(value)) as unknown),
        );
      }),
    );
  });

  it("gives an event as soon as its blank line has come", () => {
    const decoder = new FrameReader();
    expect(decoder.feed("data: one\n")).toEqual([]);
    expect(decoder.feed("\n")).toEqual([{ data: "one" }]);
    expect(decoder.feed("data: two\r\r")).toEqual([{ data: "two" }]);
    expect(decoder.feed("\ndata: three\r\n\r")).toEqual([{ data: "three" }]);
    expect(decoder.feed("\ndata: four")).toEqual([]);
    expect(decoder.end()).toEqual([{ data: "four" }]);
    expect(decoder.end()).toEqual([]);
  });

  it("accepts an event of the greatest length, and refuses a longer one", () => {
    const piece = "x".repeat(1024 * 1024);
    const feed = (pieces: number, form: (piece: string) => string) => {
      const decoder = new FrameReader();
      for (let n = 0; n < pieces; n++) decoder.feed(form(piece));
    };
    const most = MAX_FRAME_LENGTH / piece.length;
    feed(most, (text) => text);
    expect(() => feed(most + 1, (text) => text), "one line").toThrow("upstream_error");
    expect(() => feed(most + 1, (text) => `data: ${text}\n`), "many data lines").toThrow("upstream_error");
    feed(most + 1, (text) => `data: ${text}\n\n`);
    feed(most + 1, (text) => `: ${text}\n`);
  });
});
