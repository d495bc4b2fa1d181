/** Proves who wrote a text: whoever has the key can compute the same. */
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** HMAC-SHA256 of a text; both are taken as UTF-8. @see https://www.rfc-editor.org/rfc/rfc2104 */
export async function hmacSha256(key: string, text: string): Promise<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const imported = await crypto.subtle.importKey("raw", encoder.encode(key), HMAC, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign(HMAC.name, imported, encoder.encode(text)));
}
