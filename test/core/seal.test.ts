import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { toBase64Url } from "../../src/core/base64.ts";
import { Sealer } from "../../src/core/seal.ts";
import { sealAsBefore } from "../support/old-seal.ts";

const BYTES = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const KEY = toBase64Url(BYTES);
const OTHER_KEY = toBase64Url(BYTES.with(0, 1));
const PURPOSE = { id: "row", origin: "https://api.example.com" };

describe("Sealer", () => {
  it("opens what it sealed, for every text and purpose", async () => {
    const sealer = new Sealer(KEY);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), fc.webUrl(), async (text, id, url) => {
        const purpose = { id, origin: new URL(url).origin };
        expect(await sealer.open(await sealer.seal(text, purpose), purpose)).toBe(text);
      }),
    );
  });

  it("opens in bytes what it sealed in bytes, under any of its keys, for the same purpose alone", async () => {
    const text = "世界 ".repeat(100_000);
    const sealed = await new Sealer(KEY).sealBriefly(text, PURPOSE);
    expect(await new Sealer(OTHER_KEY, KEY).openBriefly(sealed, PURPOSE)).toBe(text);
    await expect(new Sealer(OTHER_KEY).openBriefly(sealed, PURPOSE)).rejects.toThrow("no key");
    await expect(new Sealer(KEY).openBriefly(sealed, { ...PURPOSE, id: "other" })).rejects.toThrow("no key");
    expect(await new Sealer(KEY).sealBriefly(text, PURPOSE)).not.toEqual(sealed);
  });

  it("shows nothing of the text and is never the same twice", async () => {
    const sealer = new Sealer(KEY);
    const [first, second] = [await sealer.seal("a secret", PURPOSE), await sealer.seal("a secret", PURPOSE)];
    expect(first).not.toBe(second);
    expect(first).toMatch(/^v2\.[\da-f]{8}\.[\w-]{16}\.[\w-]+$/);
    expect(first.startsWith(await sealer.presentPrefix())).toBe(true);
    expect(atob((first.split(".")[3] ?? "").replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("secret");
  });

  it("opens for no other key, row or origin, and not when a character has changed", async () => {
    const sealer = new Sealer(KEY);
    const sealed = await sealer.seal("a secret", PURPOSE);
    await expect(new Sealer(OTHER_KEY).open(sealed, PURPOSE)).rejects.toThrow();
    await expect(sealer.open(sealed, { ...PURPOSE, id: "another row" })).rejects.toThrow();
    for (const origin of ["https://elsewhere.example", "http://api.example.com", "https://api.example.com:8443"])
      await expect(sealer.open(sealed, { ...PURPOSE, origin }), origin).rejects.toThrow();
    await expect(sealer.open(sealed.replace("v2.", "v3."), PURPOSE)).rejects.toThrow(/unknown/);
    for (const text of ["", "v1", "v1..", "v2", "v2...", sealed.slice(0, -4)])
      await expect(sealer.open(text, PURPOSE), text).rejects.toThrow();
    for (let at = 3; at < sealed.length - 1; at++) {
      if (sealed[at] === ".") continue;
      const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
      await expect(sealer.open(changed, PURPOSE), `changed at ${at}`).rejects.toThrow();
    }
  });

  it("opens what was sealed before origins were sealed, for its row alone", async () => {
    const old = await sealAsBefore(KEY, "a secret", "row");
    expect(await new Sealer(KEY).open(old, PURPOSE)).toBe("a secret");
    expect(await new Sealer(OTHER_KEY, KEY).open(old, PURPOSE)).toBe("a secret");
    await expect(new Sealer(KEY).open(old, { ...PURPOSE, id: "another row" })).rejects.toThrow();
  });

  it("opens with the previous key, and seals with the present one", async () => {
    const [before, during, after] = [new Sealer(KEY), new Sealer(OTHER_KEY, KEY), new Sealer(OTHER_KEY)];
    const old = await before.seal("a secret", PURPOSE);
    expect(await during.open(old, PURPOSE)).toBe("a secret");
    const renewed = await during.seal("a secret", PURPOSE);
    expect(await after.open(renewed, PURPOSE)).toBe("a secret");
    await expect(before.open(renewed, PURPOSE)).rejects.toThrow();
    expect(old.startsWith(await during.presentPrefix())).toBe(false);
  });

  it("takes keys in base64 of either alphabet, padded or not, and blanks around them", async () => {
    const standard = btoa(String.fromCodePoint(...BYTES));
    const sealed = await new Sealer(KEY).seal("a secret", PURPOSE);
    for (const text of [standard, standard.replace(/=+$/, ""), ` ${KEY}\n`]) {
      expect(await new Sealer(text).open(sealed, PURPOSE), text).toBe("a secret");
    }
  });

  // AES takes keys of 16 and 24 bytes too.
  it.each([
    "",
    toBase64Url(BYTES.slice(1)),
    toBase64Url(BYTES.slice(16)),
    toBase64Url(BYTES.slice(8)),
    toBase64Url(new Uint8Array(33)),
    "not base64!",
  ])("refuses the key %j", async (text) => {
    await expect(new Sealer(text).seal("a secret", PURPOSE)).rejects.toThrow();
  });
});
