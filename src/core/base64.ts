/** Bytes as text, and back. */

/** More would overflow the stack: each byte is an argument. Whole groups of base64. */
const PIECE = 3 * 8192;

interface Native {
  /** Node 24 does not have it. @see https://tc39.es/proposal-arraybuffer-base64/ */
  readonly toBase64?: () => string;
}

/** A picture may have 25 MB: the engine's own function makes its text at once, where pieces would be garbage of twice its size. */
export function toBase64(bytes: Uint8Array & Native): string {
  if (bytes.toBase64 !== undefined) return bytes.toBase64();
  let text = "";
  for (let at = 0; at < bytes.length; at += PIECE) text += btoa(String.fromCharCode(...bytes.subarray(at, at + PIECE)));
  return text;
}

export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @throws DOMException for a text that is no base64 */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.trim().replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < binary.length; at++) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
