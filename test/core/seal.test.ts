import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seal, sealingKey, toBase64Url, unseal } from "../../src/core/seal.ts";

const BYTES = Uint8Array.from({ length: 32 }, (_, index) => index * 7);
const KEY = toBase64Url(BYTES);

describe("seal", () => {
  it("is undone by unseal, for every text and context", async () => {
    const key = await sealingKey(KEY);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string(), async (text, context) => {
        expect(await unseal(key, await seal(key, text, context), context)).toBe(text);
      }),
    );
  });

  it("shows nothing of the text and is never the same twice", async () => {
    const key = await sealingKey(KEY);
    const [first, second] = [await seal(key, "a secret", "row"), await seal(key, "a secret", "row")];
    expect(first).not.toBe(second);
    expect(first).toMatch(/^v1\.[\w-]{16}\.[\w-]+$/);
    expect(atob((first.split(".")[2] ?? "").replaceAll("-", "+").replaceAll("_", "/"))).not.toContain("secret");
  });

  it("opens for no other key, no other row, and not when a character has changed", async () => {
    const key = await sealingKey(KEY);
    const sealed = await seal(key, "a secret", "row");
    const other = await sealingKey(toBase64Url(BYTES.with(0, 1)));
    await expect(unseal(other, sealed, "row")).rejects.toThrow();
    await expect(unseal(key, sealed, "another row")).rejects.toThrow();
    await expect(unseal(key, sealed.replace("v1.", "v2."), "row")).rejects.toThrow(/unknown/);
    for (const text of ["", "v1", "v1..", sealed.slice(0, -4)])
      await expect(unseal(key, text, "row")).rejects.toThrow();
    for (let at = 3; at < sealed.length - 1; at++) {
      if (sealed[at] === ".") continue;
      const changed = sealed.slice(0, at) + (sealed[at] === "A" ? "B" : "A") + sealed.slice(at + 1);
      await expect(unseal(key, changed, "row"), `changed at ${at}`).rejects.toThrow();
    }
  });
});

describe("sealingKey", () => {
  it("takes base64 of either alphabet, padded or not, and blanks around it", async () => {
    const standard = btoa(String.fromCodePoint(...BYTES));
    const sealed = await seal(await sealingKey(KEY), "a secret", "row");
    for (const text of [standard, standard.replace(/=+$/, ""), ` ${KEY}\n`]) {
      expect(await unseal(await sealingKey(text), sealed, "row"), text).toBe("a secret");
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
  ])("refuses %j", async (text) => {
    await expect(sealingKey(text)).rejects.toThrow();
  });
});
