import { fromBase64, toBase64Url } from "../../src/core/base64.ts";

/** Seals as releases before the form `v2` did: `v1.<nonce>.<ciphertext>`, bound to the row alone. */
export async function sealAsBefore(keyText: string, secret: string, id: string): Promise<string> {
  const encode = (text: string) => new TextEncoder().encode(text);
  const key = await crypto.subtle.importKey("raw", fromBase64(keyText), "AES-GCM", false, ["encrypt"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const algorithm = { name: "AES-GCM", iv, additionalData: encode(id) };
  const ciphertext = await crypto.subtle.encrypt(algorithm, key, encode(secret));
  return ["v1", toBase64Url(iv), toBase64Url(new Uint8Array(ciphertext))].join(".");
}
