/** What the mock says of every text: a real WAV file, a second of a tone. */

const SAMPLES_PER_SECOND = 24_000;
const BYTES_PER_SAMPLE = 2;
const HERTZ = 440;
const LOUDNESS = 8000;

/** @returns a file in base64 */
export function mockSound(): string {
  const sound = Buffer.alloc(SAMPLES_PER_SECOND * BYTES_PER_SAMPLE);
  for (let at = 0; at < SAMPLES_PER_SECOND; at++) {
    sound.writeInt16LE(
      Math.round(LOUDNESS * Math.sin((2 * Math.PI * HERTZ * at) / SAMPLES_PER_SECOND)),
      at * BYTES_PER_SAMPLE,
    );
  }
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + sound.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  // PCM, one channel.
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(SAMPLES_PER_SECOND, 24);
  head.writeUInt32LE(SAMPLES_PER_SECOND * BYTES_PER_SAMPLE, 28);
  head.writeUInt16LE(BYTES_PER_SAMPLE, 32);
  head.writeUInt16LE(8 * BYTES_PER_SAMPLE, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(sound.length, 40);
  return Buffer.concat([head, sound]).toString("base64");
}
