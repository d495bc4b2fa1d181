import { estimateTokenCount } from "tokenx";
import { afterEach, describe, expect, it, vi } from "vitest";
import { countTokens, PictureTally } from "../../src/billing/usage-count.ts";

vi.mock(import("tokenx"), async (original) => {
  const tokenx = await original();
  return { ...tokenx, estimateTokenCount: vi.fn(tokenx.estimateTokenCount) };
});
const counted = vi.mocked(estimateTokenCount);

afterEach(() => {
  counted.mockClear();
});

/** What the library takes longest for, and what it takes for one word. */
const HOSTILE: Readonly<Record<string, string>> = {
  letter: "a",
  space: " ",
  emoji: "😀",
  ideograph: "世",
  punctuation: "a.",
  "ideographs and punctuation": "世。",
  "accents and punctuation": "é.",
  lines: "\n ",
};

const ENGLISH = "The quick brown fox jumps over the lazy dog, and then it rests for a while in the shade. ";
const CHINESE = "网关检查密钥,选择上游,并把回答逐字返回给客户端。";

describe("countTokens", () => {
  it.each(Object.entries(HOSTILE))(
    "hands the library no more of a long text than of a short one: %s",
    (_name, unit) => {
      for (const length of [1 << 16, 1 << 20, 10 << 20]) {
        counted.mockClear();
        const text = unit.repeat(length / unit.length);
        const tokens = countTokens(text);
        const handed = counted.mock.calls.reduce((sum, [piece = ""]) => sum + piece.length, 0);
        expect(handed, `${length} characters`).toBeLessThanOrEqual(1 << 16);
        expect(tokens, "no text is nearly free").toBeGreaterThanOrEqual(
          length > 1 << 16 ? (length - (1 << 16)) / 10 : 0,
        );
        expect(tokens).toBeLessThanOrEqual(length * 1.2);
      }
    },
  );

  it("counts a text up to 64 KiB in full", () => {
    const text = ENGLISH.repeat(700);
    expect(countTokens(text)).toBe(estimateTokenCount(text));
  });

  it.each([
    ["English", ENGLISH.repeat(5000)],
    ["Chinese", CHINESE.repeat(10_000)],
    ["one language after the other", ENGLISH.repeat(5000) + CHINESE.repeat(10_000)],
    ["a long text with a little of another", ENGLISH.repeat(9000) + CHINESE.repeat(2000)],
  ])("estimates a long text within 4 %%: %s", (_name, text) => {
    const ratio = countTokens(text) / estimateTokenCount(text);
    expect(ratio).toBeGreaterThan(0.96);
    expect(ratio).toBeLessThan(1.04);
  });
});

describe("pictures", () => {
  const PICTURE = "![a cat](data:image/png;base64,AAAA)";
  const countIn = (pieces: readonly string[]) => {
    const tally = new PictureTally();
    for (const piece of pieces) tally.add(0, piece);
    return tally.count;
  };

  it("are counted in a text, however it is cut", () => {
    const text = `Here! ${PICTURE} and ![](https://example.com/1.png), which is [no picture](https://example.com) ![nor this]`;
    for (const size of [1, 2, 7, 20, text.length]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
        text.slice(at * size, at * size + size),
      );
      expect(countIn(pieces), `${size} at once`).toBe(2);
    }
  });

  it("are counted beside those that came as such, and cost no memory", () => {
    const tally = new PictureTally();
    tally.add(2, "");
    for (let piece = 0; piece < 1000; piece++) tally.add(0, "!".repeat(1000));
    tally.add(0, PICTURE);
    expect(tally.count).toBe(3);
  });
});
