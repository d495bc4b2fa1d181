/**
 * Seals secrets at rest: AES-256-GCM with a random 96-bit nonce. `context` is authenticated, so that a sealed secret
 * cannot be copied to another row.
 */

const VERSION = "v1";

export type SealingKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** @param key 32 bytes, base64 or base64url. @throws Error for any other key */
export async function sealingKey(key: string): Promise<SealingKey> {
  const bytes = fromBase64(key);
  if (bytes.length !== 32) throw new Error("the key must be 32 bytes in base64");
  return crypto.subtle.importKey("raw", bytes, "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** @returns `v1.<nonce>.<ciphertext>`, base64url */
export async function seal(key: SealingKey, plaintext: string, context: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const additionalData = new TextEncoder().encode(context);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData },
    key,
    new TextEncoder().encode(plaintext),
  );
  return [VERSION, toBase64Url(iv), toBase64Url(new Uint8Array(sealed))].join(".");
}

/** @throws Error when `sealed` was made with another key or for another context */
export async function unseal(key: SealingKey, sealed: string, context: string): Promise<string> {
  const [version, iv = "", ciphertext = ""] = sealed.split(".");
  if (version !== VERSION) throw new Error("sealed in an unknown form");
  const additionalData = new TextEncoder().encode(context);
  const plaintext = await crypto.subtle.decrypt(
    { name: "AES-GCM", iv: fromBase64(iv), additionalData },
    key,
    fromBase64(ciphertext),
  );
  return new TextDecoder().decode(plaintext);
}

export function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(Array.from(bytes, (byte) => String.fromCodePoint(byte)).join(""));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.trim().replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.codePointAt(0) ?? 0);
}
