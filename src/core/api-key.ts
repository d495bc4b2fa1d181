/**
 * The form of API keys, of operators' tokens and of browsers' secrets: `sk-`, `op-` or `ek_`, 43 base62 characters (256 bits), and a checksum of 6
 * characters that catches typing errors.
 */
import { sha256Hex } from "../core/id.ts";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const API_KEY = "sk-";
const OPERATOR_TOKEN = "op-";
const CLIENT_SECRET = "ek_";
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const BODY = new RegExp(`^[0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}}$`);
const DISPLAY_LENGTH = API_KEY.length + 8;

/** The stored parts of a key: the SHA-256 of the whole key, and its first characters to show to people. */
interface KeyRecord {
  readonly hash: string;
  readonly prefix: string;
}

/** A new key. It is shown once; only {@link keyRecord} of it is kept. */
export function drawKey(): string {
  return draw(API_KEY);
}

/** The key of 32 secret bytes. */
export function keyFrom(bytes: Uint8Array): string {
  return write(API_KEY, bytes);
}

/** A new token of an operator. Like a key it is shown once. */
export function drawOperatorToken(): string {
  return draw(OPERATOR_TOKEN);
}

/** A new secret that opens one conversation over a socket. */
export function drawClientSecret(): string {
  return draw(CLIENT_SECRET);
}

function draw(prefix: string): string {
  return write(prefix, crypto.getRandomValues(new Uint8Array(32)));
}

function write(prefix: string, bytes: Uint8Array): string {
  const secret = base62(bytes, SECRET_LENGTH);
  return prefix + secret + checksum(secret);
}

/** Whether `key` has the form of our keys and the right checksum. It saves the look-up of a mistyped key. */
export function isWellFormed(key: string): boolean {
  return has(API_KEY, key);
}

/** Like {@link isWellFormed}, for the token of an operator. */
export function isOperatorToken(token: string): boolean {
  return has(OPERATOR_TOKEN, token);
}

/** Like {@link isWellFormed}, for the secret of a browser. */
export function isClientSecret(text: string): boolean {
  return has(CLIENT_SECRET, text);
}

function has(prefix: string, text: string): boolean {
  const body = text.slice(prefix.length);
  if (!text.startsWith(prefix) || !BODY.test(body)) return false;
  return checksum(body.slice(0, SECRET_LENGTH)) === body.slice(SECRET_LENGTH);
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
