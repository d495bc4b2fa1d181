import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawKey, drawOperatorToken, isOperatorToken, isWellFormed, keyRecord } from "../../src/core/api-key.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

describe("drawKey", () => {
  it("makes keys that are well-formed and never the same", () => {
    const keys = Array.from({ length: 500 }, drawKey);
    expect(new Set(keys).size).toBe(500);
    for (const key of keys) {
      expect(key).toMatch(/^sk-[0-9A-Za-z]{49}$/);
      expect(isWellFormed(key), key).toBe(true);
    }
  });

  it("draws every character of the alphabet", () => {
    const drawn = new Set(Array.from({ length: 500 }, drawKey).flatMap((key) => key.slice(3).split("")));
    expect([...drawn].toSorted().join("")).toBe(ALPHABET.split("").toSorted().join(""));
  });
});

describe("the checksum", () => {
  it("catches every change of one character", () => {
    const key = drawKey();
    const missed: string[] = [];
    for (let at = 0; at < key.length; at++) {
      for (const character of `${ALPHABET}-_ `) {
        if (character === key[at]) continue;
        const changed = key.slice(0, at) + character + key.slice(at + 1);
        if (isWellFormed(changed)) missed.push(changed);
      }
    }
    expect(missed, key).toEqual([]);
  });

  it("catches two neighbours that have changed places, and characters lost or doubled", () => {
    const key = drawKey();
    for (let at = 3; at < key.length; at++) {
      const [a = "", b = ""] = [key[at], key[at + 1]];
      if (a !== b && b !== "") expect(isWellFormed(key.slice(0, at) + b + a + key.slice(at + 2)), key).toBe(false);
      expect(isWellFormed(key.slice(0, at) + key.slice(at + 1)), key).toBe(false);
      expect(isWellFormed(key.slice(0, at) + a + key.slice(at)), key).toBe(false);
    }
  });

  it("lets no other text through", () => {
    fc.assert(fc.property(fc.string(), (text) => !isWellFormed(text) && !isWellFormed(`sk-${text}`)));
    const key = drawKey();
    for (const text of ["", "sk-", ` ${key}`, `${key}\n`, key.toUpperCase(), `Bearer ${key}`, key.replace("sk-", "")]) {
      expect(isWellFormed(text), text).toBe(false);
    }
  });
});

describe("keyRecord", () => {
  it("holds a hash and what people recognise the key by, and no more of it", async () => {
    const key = drawKey();
    const record = await keyRecord(key);
    expect(record).toEqual({ hash: expect.stringMatching(/^[0-9a-f]{64}$/), prefix: key.slice(0, 11) });
    expect((await keyRecord(key)).hash).toBe(record.hash);
    expect((await keyRecord(drawKey())).hash).not.toBe(record.hash);
  });
});

describe("drawOperatorToken", () => {
  it("makes tokens that no one can take for keys, nor keys for tokens", () => {
    const [token, key] = [drawOperatorToken(), drawKey()];
    expect(token).toMatch(/^op-\w{49}$/);
    expect([isOperatorToken(token), isOperatorToken(key)]).toEqual([true, false]);
    expect([isWellFormed(token), isWellFormed(key)]).toEqual([false, true]);
    expect(isOperatorToken(`${token.slice(0, -1)}${token.endsWith("0") ? "1" : "0"}`)).toBe(false);
  });
});
