/** The form of an API key: `sk-`, 43 base62 characters (256 bits), and a 6-character checksum that catches typing errors. */
import { sha256Hex } from "../core/id.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const PREFIX = "sk-";
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const FORM = new RegExp(`^${PREFIX}[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);
const DISPLAY_LENGTH = PREFIX.length + 8;

/** The stored parts of a key: the SHA-256 of the whole key, and its first characters to show to people. */
interface KeyRecord {
  readonly hash: string;
  readonly prefix: string;
}

/** A new key. It is shown once; only {@link keyRecord} of it is kept. */
export function drawKey(): string {
  const secret = base62(crypto.getRandomValues(new Uint8Array(32)), SECRET_LENGTH);
  return PREFIX + secret + checksum(secret);
}

/** Whether `key` has our form and the right checksum. It saves the look-up of a mistyped key. */
export function isWellFormed(key: string): boolean {
  if (!FORM.test(key)) return false;
  const end = PREFIX.length + SECRET_LENGTH;
  return checksum(key.slice(PREFIX.length, end)) === key.slice(end);
}

export async function keyRecord(key: string): Promise<KeyRecord> {
  return { hash: await sha256Hex(key), prefix: key.slice(0, DISPLAY_LENGTH) };
}

/** A big-endian number in base 62, padded; 43 digits hold 256 bits. */
function base62(bytes: Uint8Array, length: number): string {
  let number = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (let digit = 0; digit < length; digit++) {
    text = ALPHABET.charAt(Number(number % 62n)) + text;
    number /= 62n;
  }
  return text;
}

function checksum(secret: string): string {
  const crc = crc32(new TextEncoder().encode(secret));
  return base62(new Uint8Array([crc >>> 24, crc >>> 16, crc >>> 8, crc]), CHECKSUM_LENGTH);
}

/** CRC-32 as in zip and PNG. It catches mistakes; it does not protect against forgery. */
function crc32(bytes: Uint8Array): number {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0);
  }
  return ~crc >>> 0;
}
