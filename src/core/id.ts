/** UUID version 7 (RFC 9562): 48 bits of `nowMs`, then random bits; sorts by time of creation. */
export function uuidv7(nowMs: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(nowMs / 0x1_0000));
  view.setUint16(4, nowMs % 0x1_0000);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = toHex(bytes);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The first 12 digits of a UUIDv7 made at `atMs`, as text. Ids made earlier sort before it, all others after it. */
export function uuidv7Floor(atMs: number): string {
  const hex = Math.max(0, Math.floor(Math.min(atMs, 0xffff_ffff_ffff)))
    .toString(16)
    .padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

/** `prefix` and 24 random hexadecimal digits, for ids that an upstream left out, such as `chatcmpl-…` or `call_…`. */
export function randomId(prefix: string): string {
  return prefix + toHex(crypto.getRandomValues(new Uint8Array(12)));
}

/** Random decimal digits, the first of them not 0, for clients whose ids are numbers. Each is worth 3.3 bits. */
export function randomDigits(count: number): string {
  let digits = "";
  while (digits.length < count) {
    for (const byte of crypto.getRandomValues(new Uint8Array(count))) {
      // Beyond the last whole ten, some digits would come more often.
      if (byte < 250 && (digits !== "" || byte % 10 !== 0)) digits += String(byte % 10);
    }
  }
  return digits.slice(0, count);
}

/** The id that something came with; where it has none, a new one. */
export function givenId(id: unknown, prefix: string): string {
  return typeof id === "string" && id !== "" ? id : randomId(prefix);
}

export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** SHA-256 of a text, in lower-case hexadecimal. */
export async function sha256Hex(text: string): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text))));
}
