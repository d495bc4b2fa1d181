/** Signatures of Epay, as workerd makes them. */
import { expect, it } from "vitest";
import { isSigned, signed, textToSign } from "../../src/payments/epay/epay-sign.ts";
import type { EpayKeys } from "../../src/payments/options.ts";

const MD5: EpayKeys = { type: "MD5", key: "key" };
const PARAMETERS = { type: "alipay", pid: "1", out_trade_no: "a", name: "测试", money: "1" };

it("signs the text of the platform's own program with its result", async () => {
  expect(textToSign(PARAMETERS)).toBe("money=1&name=测试&out_trade_no=a&pid=1&type=alipay");
  expect(await signed(PARAMETERS, MD5)).toEqual({
    ...PARAMETERS,
    sign: "bd62b9da92301ae3c20b181b15981a76",
    sign_type: "MD5",
  });
});

it("leaves out what is empty, and the signature itself, and sorts by bytes", () => {
  expect(textToSign({ b: "2", a: "1", B: "3", empty: "", sign: "x", sign_type: "MD5" })).toBe("B=3&a=1&b=2");
});

it("knows its own signature, in either case, and no other", async () => {
  const sent = await signed(PARAMETERS, MD5);
  expect(await isSigned(sent, MD5)).toBe(true);
  expect(await isSigned({ ...sent, sign: sent["sign"]?.toUpperCase() ?? "" }, MD5)).toBe(true);
  expect(await isSigned({ ...sent, added: "later" }, MD5)).toBe(false);
  // The right signature, called by another name.
  expect(await isSigned({ ...sent, sign_type: "RSA" }, MD5)).toBe(false);
  expect(await isSigned({ ...sent, money: "2" }, MD5)).toBe(false);
  expect(await isSigned({ ...sent, sign: "bd62" }, MD5)).toBe(false);
  expect(await isSigned(sent, { type: "MD5", key: "kez" })).toBe(false);
});

it("signs with RSA, and does not let the sender choose", async () => {
  const [merchant, platform] = [await pair(), await pair()];
  const ours: EpayKeys = { type: "RSA", privateKey: merchant.privateKey, platformKey: platform.publicKey };
  const theirs: EpayKeys = { type: "RSA", privateKey: platform.privateKey, platformKey: merchant.publicKey };
  const answer = await signed(PARAMETERS, theirs);
  expect(await isSigned(answer, ours)).toBe(true);
  expect(await isSigned(await signed(PARAMETERS, ours), theirs)).toBe(true);
  expect(await isSigned(await signed(PARAMETERS, ours), ours)).toBe(false);
  expect(await isSigned({ ...answer, money: "2" }, ours)).toBe(false);
  expect(await isSigned({ ...answer, sign: "no base64!" }, ours)).toBe(false);
  expect(await isSigned(await signed(PARAMETERS, MD5), ours)).toBe(false);
  expect(await isSigned(answer, MD5)).toBe(false);
});

async function pair(): Promise<{ privateKey: string; publicKey: string }> {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };
  const keys = (await crypto.subtle.generateKey({ ...algorithm, hash: "SHA-256" }, true, [
    "sign",
    "verify",
  ])) as CryptoKeyPair;
  const base64 = async (form: "pkcs8" | "spki", key: CryptoKey) =>
    btoa(String.fromCharCode(...new Uint8Array((await crypto.subtle.exportKey(form, key)) as ArrayBuffer)));
  return { privateKey: await base64("pkcs8", keys.privateKey), publicKey: await base64("spki", keys.publicKey) };
}
