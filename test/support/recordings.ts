/** Recordings as encoders write them, without their sound: heads that tell the time, and bytes. */

/** @see https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html */
export function wavFile(seconds: number, { rate = 16_000 } = {}): Buffer {
  const sound = Buffer.alloc(Math.round(seconds * rate) * 2);
  const head = Buffer.alloc(44);
  head.write("RIFF", 0, "latin1");
  head.writeUInt32LE(36 + sound.length, 4);
  head.write("WAVEfmt ", 8, "latin1");
  head.writeUInt32LE(16, 16);
  // PCM, one channel.
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(rate, 24);
  head.writeUInt32LE(rate * 2, 28);
  head.writeUInt16LE(2, 32);
  head.writeUInt16LE(16, 34);
  head.write("data", 36, "latin1");
  head.writeUInt32LE(sound.length, 40);
  return Buffer.concat([head, sound]);
}

/** Frames of MPEG 1, layer III, at 128 kbit/s and 44,100 Hz, one channel. */
export function mp3File(frames: number, { tag = 0 } = {}): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0xc4]);
  const sound = Buffer.concat(Array.from({ length: frames }, () => frame));
  return tag === 0 ? sound : Buffer.concat([id3Tag(tag), sound]);
}

/** A frame of silence that says how many frames the file has. @see https://www.codeproject.com/Articles/8295/MPEG-Audio-Frame-Header */
export function xingFrame(frames: number): Buffer {
  const frame = Buffer.from(mp3File(1));
  frame.write("Xing", 21, "latin1");
  // The frames, and the bytes.
  frame.writeUInt32BE(3, 25);
  frame.writeUInt32BE(frames, 29);
  frame.writeUInt32BE(frames * 417, 33);
  return frame;
}

/** Frames of MPEG 2.5, layer III, at 8 kbit/s and 8000 Hz: 72 ms and 72 bytes each. */
export function slowMp3File(frames: number): Buffer {
  const frame = Buffer.alloc(72);
  frame.set([0xff, 0xe3, 0x18, 0xc4]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

/** AAC in ADTS, at 16,000 Hz: 64 ms and 200 bytes each. */
export function aacFile(frames: number): Buffer {
  const frame = Buffer.alloc(200);
  frame.set([0xff, 0xf1, 0x60, 0x40, 200 >> 3, ((200 & 7) << 5) | 0x1f, 0xfc]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
}

/** Seconds of {@link mp3File}. */
export function mp3Seconds(frames: number): number {
  return (frames * 1152) / 44_100;
}

/** A tag with so many bytes of a picture. @see https://id3.org/id3v2.3.0 */
function id3Tag(bytes: number): Buffer {
  const head = Buffer.from(
    [0x49, 0x44, 0x33, 3, 0, 0, bytes >> 21, bytes >> 14, bytes >> 7, bytes].map((byte) => byte & 127),
  );
  head.set([0x49, 0x44, 0x33, 3, 0, 0]);
  return Buffer.concat([head, Buffer.alloc(bytes)]);
}

/** Bytes of a packet of Opus. */
const OPUS_PACKET = 80;
/** A second: each packet is 20 ms of the whole band. @see https://www.rfc-editor.org/rfc/rfc6716 */
const OPUS_PACKETS = Buffer.alloc(50 * OPUS_PACKET, 0xf8);

interface OggOptions {
  /** As its pages say. */
  readonly told?: number;
}

/** Opus in Ogg: a page each second. @see https://www.rfc-editor.org/rfc/rfc7845 */
export function oggFile(seconds: number, { told = seconds }: OggOptions = {}): Buffer {
  const opusHead = Buffer.alloc(19);
  opusHead.write("OpusHead", 0, "latin1");
  opusHead.set([1, 1], 8);
  opusHead.writeUInt32LE(48_000, 12);
  const tags = Buffer.concat([Buffer.from("OpusTags", "latin1"), Buffer.alloc(8)]);
  const pages = Array.from({ length: seconds }, (_, at) =>
    oggPage(OPUS_PACKETS, {
      page: at + 2,
      granule: Math.round(((at + 1) * 48_000 * told) / seconds),
      flags: at === seconds - 1 ? 4 : 0,
      packetBytes: OPUS_PACKET,
    }),
  );
  return Buffer.concat([
    oggPage(opusHead, { page: 0, granule: 0, flags: 2 }),
    oggPage(tags, { page: 1, granule: 0, flags: 0 }),
    ...pages,
  ]);
}

interface OggPage {
  readonly page: number;
  readonly granule: number;
  readonly flags: number;
  /** Of each packet; one that is shorter than 255 bytes. */
  readonly packetBytes?: number;
}

function oggPage(data: Buffer, { page, granule, flags, packetBytes = data.length }: OggPage): Buffer {
  const sizes = Array.from({ length: data.length / packetBytes }, () => packetBytes);
  const head = Buffer.alloc(27);
  head.write("OggS", 0, "latin1");
  head[5] = flags;
  head.writeBigUInt64LE(BigInt(granule), 6);
  head.writeUInt32LE(7, 14);
  head.writeUInt32LE(page, 18);
  head[26] = sizes.length;
  return Buffer.concat([head, Buffer.from(sizes), data]);
}

/** @see https://www.rfc-editor.org/rfc/rfc9639 */
export function flacFile(seconds: number, { told = seconds } = {}): Buffer {
  const info = Buffer.alloc(34);
  info.writeUInt16BE(4096, 0);
  info.writeUInt16BE(4096, 2);
  // 20 bits of the rate, 3 of the channels, 5 of the bits of a sample, 36 of the number of samples.
  info.writeBigUInt64BE((16_000n << 44n) | (15n << 36n) | BigInt(Math.round(told * 16_000)), 10);
  return Buffer.concat([
    Buffer.from("fLaC", "latin1"),
    Buffer.from([0x80, 0, 0, 34]),
    info,
    Buffer.alloc(seconds * 16_000),
  ]);
}

/** Samples a second of AAC, and in a packet. */
const AAC_RATE = 44_100;
const AAC_PACKET = 1024;

interface Mp4Options {
  readonly isTableLast?: boolean;
  /** Seconds, as the head of the track says. */
  readonly told?: number;
  /** The rows of the table of times, which has one. */
  readonly rows?: number;
  /** Numbers are of 64 bits. */
  readonly isWide?: boolean;
  /** Samples of a packet, as the table says. */
  readonly packet?: number;
}

/** AAC in MP4, with its tables before or behind the sound. @see ISO/IEC 14496-12 */
export function mp4File(
  seconds: number,
  { isTableLast = false, told = seconds, rows = 1, isWide = false, packet = AAC_PACKET }: Mp4Options = {},
): Buffer {
  const packets = Math.round((seconds * AAC_RATE) / AAC_PACKET);
  const times = numbers(0, rows, packets, packet);
  const movie = box(
    "moov",
    box("mvhd", Buffer.alloc(100)),
    soundTrack(Math.round(told * AAC_RATE), times, { isWide, packets }),
  );
  const sound = box("mdat", Buffer.alloc(seconds * 8000));
  const type = box("ftyp", Buffer.from("M4A \0\0\0\0isom", "latin1"));
  return Buffer.concat(isTableLast ? [type, sound, movie] : [type, movie, sound]);
}

/** As browsers record it: a fragment each second. @param eachSays each packet says how long it is */
export function mp4Recorded(seconds: number, { eachSays = false } = {}): Buffer {
  const packets = Math.round(AAC_RATE / AAC_PACKET);
  const defaults = box("mvex", box("trex", numbers(0, 1, 1, eachSays ? 0 : AAC_PACKET, 0, 0)));
  const movie = box("moov", box("mvhd", Buffer.alloc(100)), soundTrack(0, numbers(0, 0)), defaults);
  const durations = Array.from({ length: packets }, () => [AAC_PACKET, 180]).flat();
  const run = eachSays ? numbers(0x301, packets, 0, ...durations) : numbers(1, packets, 0);
  const fragments = Array.from({ length: seconds }, (_, at) => [
    box("moof", box("mfhd", numbers(0, at)), box("traf", box("tfhd", numbers(0x20000, 1)), box("trun", run))),
    box("mdat", Buffer.alloc(8000)),
  ]);
  return Buffer.concat([box("ftyp", Buffer.from("iso5\0\0\0\0mp41", "latin1")), movie, ...fragments.flat()]);
}

function soundTrack(told: number, times: Buffer, { isWide = false, packets = 0 } = {}): Buffer {
  const track = isWide ? numbers(0x1000000, 0, 0, 0, 0, 1, 0, 0, 0) : numbers(0, 0, 0, 1, 0, 0);
  const media = isWide ? numbers(0x1000000, 0, 0, 0, 0, AAC_RATE, 0, told, 0) : numbers(0, 0, 0, AAC_RATE, told, 0);
  const handler = Buffer.concat([numbers(0, 0), Buffer.from("soun"), Buffer.alloc(13)]);
  const kind = box("stsd", numbers(0, 1, 36), Buffer.from("mp4a"), Buffer.alloc(28));
  const sizes = box("stsz", numbers(0, 0, packets), Buffer.alloc(4 * packets));
  const table = box("minf", box("stbl", kind, box("stts", times), sizes));
  return box("trak", box("tkhd", track), box("mdia", box("mdhd", media), box("hdlr", handler), table));
}

/** Of 32 bits. */
function numbers(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32BE(value, 4 * at);
  return bytes;
}

export function box(name: string, ...parts: Buffer[]): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + parts.reduce((sum, { length }) => sum + length, 0));
  head.write(name, 4, "latin1");
  return Buffer.concat([head, ...parts]);
}

interface WebmOptions {
  readonly codec?: string;
  /** In the head. */
  readonly duration?: number;
  /** As the times of the blocks say. */
  readonly told?: number;
}

/** Packets of 20 ms that lie in one. */
const FIVE_PACKETS = Buffer.concat([Buffer.from([0xfb, 5]), Buffer.alloc(398)]);

/** Opus in WebM as browsers record it: clusters of a second whose size is not known, and no length. */
export function webmFile(seconds: number, { codec = "A_OPUS", duration, told = seconds }: WebmOptions = {}): Buffer {
  const float = Buffer.alloc(8);
  float.writeDoubleBE(duration ?? 0);
  const info = element(
    [0x15, 0x49, 0xa9, 0x66],
    [
      element([0x2a, 0xd7, 0xb1], [Buffer.from([0x0f, 0x42, 0x40])]),
      ...(duration === undefined ? [] : [element([0x44, 0x89], [float])]),
    ],
  );
  const track = [element([0xd7], [Buffer.from([1])]), element([0x86], [Buffer.from(codec)])];
  const tracks = element([0x16, 0x54, 0xae, 0x6b], [element([0xae], track)]);
  const clusters = Array.from({ length: seconds }, (_, second) => {
    const time = Buffer.alloc(4);
    time.writeUInt32BE(Math.round((second * 1000 * told) / seconds));
    const blocks = Array.from({ length: 10 }, (_, at) => {
      const head = Buffer.from([0x81, 0, 0, 0x80]);
      head.writeInt16BE(Math.round(((at + 1) * 100 * told) / seconds), 1);
      return element([0xa3], [head, FIVE_PACKETS]);
    });
    return endless([0x1f, 0x43, 0xb6, 0x75], [element([0xe7], [time]), ...blocks]);
  });
  const kind = element([0x1a, 0x45, 0xdf, 0xa3], [element([0x42, 0x82], [Buffer.from("webm")])]);
  return Buffer.concat([kind, endless([0x18, 0x53, 0x80, 0x67], [info, tracks, ...clusters])]);
}

function element(id: readonly number[], parts: readonly Buffer[]): Buffer {
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE((1n << 56n) | BigInt(parts.reduce((sum, { length }) => sum + length, 0)));
  return Buffer.concat([Buffer.from(id), size, ...parts]);
}

function endless(id: readonly number[], parts: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from(id), Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), ...parts]);
}

/** As it may arrive. */
export function inPieces(file: Buffer, size = 4096): Uint8Array[] {
  return Array.from(
    { length: Math.ceil(file.length / size) },
    (_, at) => new Uint8Array(file.subarray(at * size, (at + 1) * size)),
  );
}
