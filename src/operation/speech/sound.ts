/** How long speech is: by its text before it is made, and by its bytes where they tell. Pure. */

/** A letter of Latin is said in about 65 ms, a Chinese character in about 220. */
const LETTER_MS = 65;
const CHARACTER_MS = 220;
const CHARACTERS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** About how long a text takes to be said. @param speed 1 = as usual */
function spokenMs(text: string, speed: number): number {
  const characters = text.match(CHARACTERS)?.length ?? 0;
  return Math.ceil(((text.length - characters) * LETTER_MS + characters * CHARACTER_MS) / speed);
}

/** No voice is slower: three times as long, and a breath. */
export function longestMs(text: string, speed: number): number {
  return 3 * spokenMs(text, speed) + 2000;
}

/** About the tokens of sound in a second, at the vendors that count them. */
const TOKENS_PER_SECOND = 25;

export function soundTokens(ms: number): number {
  return Math.ceil((ms * TOKENS_PER_SECOND) / 1000);
}

/** 24,000 samples a second, of two bytes. */
const PCM_BYTES_PER_SECOND = 48_000;
/** Where a WAV file says how many bytes a second has. */
const WAV_RATE_AT = 28;
const WAV_HEADER_BYTES = 44;
/** Kilobits a second of MPEG 1 and of MPEG 2, layer III, by the bits of a frame's head. */
const MP3_RATES = [
  [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
] as const;

/** Tells how long sound is while its bytes pass. */
export class SoundMeter {
  readonly #format: string;
  readonly #estimateMs: number;
  readonly #mostMs: number;
  /** undefined = not known yet; null = the bytes do not tell. */
  #bytesPerSecond: number | null | undefined;
  #bytes = 0;
  #ms = 0;

  /** @param format `mp3`, `wav`, `pcm` tell by their bytes; others are as long as the text is, about */
  constructor(format: string, text: string, speed: number) {
    this.#format = format;
    this.#estimateMs = spokenMs(text, speed);
    this.#mostMs = longestMs(text, speed);
  }

  /** @returns the milliseconds that these bytes brought */
  add(bytes: Uint8Array): number {
    this.#bytesPerSecond ??= rateOf(this.#format, bytes);
    this.#bytes += bytes.byteLength;
    const rate = this.#bytesPerSecond;
    const whole = rate === null ? this.#estimateMs : (this.#soundBytes * 1000) / rate;
    const ms = Math.min(whole, this.#mostMs);
    const more = ms - this.#ms;
    this.#ms = ms;
    return more;
  }

  get #soundBytes(): number {
    return this.#format === "wav" ? Math.max(0, this.#bytes - WAV_HEADER_BYTES) : this.#bytes;
  }
}

/** @returns null where the beginning does not tell */
function rateOf(format: string, bytes: Uint8Array): number | null {
  switch (format) {
    case "pcm":
      return PCM_BYTES_PER_SECOND;
    case "wav":
      return wavRate(bytes);
    case "mp3":
      return mp3Rate(bytes);
    default:
      return null;
  }
}

function wavRate(bytes: Uint8Array): number | null {
  if (bytes.byteLength < WAV_HEADER_BYTES || String.fromCharCode(...bytes.subarray(0, 4)) !== "RIFF") return null;
  const rate = new DataView(bytes.buffer, bytes.byteOffset).getUint32(WAV_RATE_AT, true);
  return rate > 0 ? rate : null;
}

/** By the first frame: speech has one rate. */
function mp3Rate(bytes: Uint8Array): number | null {
  for (let at = 0; at + 2 < bytes.byteLength; at++) {
    const [sync = 0, head = 0, next = 0] = bytes.subarray(at, at + 3);
    if (sync !== 0xff || (head & 0xe0) !== 0xe0 || (head & 0x06) !== 0x02) continue;
    const isFirst = (head & 0x18) === 0x18;
    const kilobits = MP3_RATES[isFirst ? 0 : 1][next >> 4] ?? 0;
    if (kilobits > 0) return (kilobits * 1000) / 8;
  }
  return null;
}
