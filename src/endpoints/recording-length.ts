/**
 * Reads how long an uploaded recording is, before anything is held or sent. It is a module of its own, loaded with the first
 * recording, because the library that knows the containers is large. Customers write the files: so few bytes of a file are looked
 * at, in few steps, and whatever goes wrong means that its length is not known.
 */
import { parseFromTokenizer, type IOptions } from "music-metadata";
import { AbstractTokenizer, EndOfStreamError, type IReadChunkOptions } from "strtok3";
import { BytePieces } from "../core/byte-pieces.ts";
import type { FormPart } from "../core/form-parts.ts";
import { log } from "../core/log.ts";
import type { Payload } from "../core/payload.ts";
import { containerOf, tagBytes, type Container } from "../operation/speech/heard.ts";
import { mp4Ms } from "../operation/speech/mp4-length.ts";
import { oggEnds } from "../operation/speech/ogg-ends.ts";
import { webmMs } from "../operation/speech/webm-length.ts";

/**
 * The containers that the library reads. It would make room for whatever size WebM says, and count to whatever number of samples
 * MP4 says: those two are read by their own heads.
 */
const TYPES = {
  wav: "audio/wav",
  mp3: "audio/mpeg",
  aac: "audio/aac",
  ogg: "audio/ogg",
  flac: "audio/flac",
} as const satisfies Partial<Record<Container, string>>;

/** Reads of a file, and the bytes of all of them. */
const MAX_READS = 12_000;
const MAX_READ_BYTES = 512 * 1024;

/** The payload with the length of its files that are named `file`. */
export async function withLength(payload: Payload): Promise<Payload> {
  if (payload.kind !== "form") return payload;
  const isRecording = ({ name, filename }: FormPart) => name === "file" && filename !== undefined;
  // More than one is refused.
  const file = payload.form.find(isRecording);
  const soundMs = file && (await soundMsOf(file));
  if (soundMs === undefined) return payload;
  return { kind: "form", form: payload.form.map((part) => (part === file ? { ...part, soundMs } : part)) };
}

/** Milliseconds; undefined = the file does not tell. */
async function soundMsOf(part: FormPart): Promise<number | undefined> {
  const whole = new BytePieces(part.pieces);
  const tag = tagBytes(whole);
  const file = tag === 0 ? whole : new BytePieces(whole.slice(tag, whole.size));
  const container = containerOf(file, 0);
  if (container === "webm") return webmMs(file);
  if (container === "mp4") return mp4Ms(file);
  if (container !== "unknown") return readMs(container === "ogg" ? oggEnds(file) : file, container);
  return tag === 0 ? undefined : readMs(file, "mp3");
}

async function readMs(file: BytePieces, container: keyof typeof TYPES): Promise<number | undefined> {
  const tokenizer = new PieceTokenizer(file, TYPES[container]);
  let seconds: number | undefined;
  const observer: NonNullable<IOptions["observer"]> = ({ tag }) => {
    if (tag.type !== "format" || tag.id !== "duration") return;
    seconds = Number(tag.value);
    // What comes behind is not needed.
    tokenizer.stop();
  };
  try {
    const { format } = await parseFromTokenizer(tokenizer, { skipCovers: true, skipPostHeaders: true, observer });
    // Frames of AAC and of MP3 say how many bits a second has.
    if (container === "aac" || container === "mp3") seconds ??= secondsAt(format.bitrate, file.size);
  } catch (error) {
    if (seconds === undefined) {
      log("info", "recording_unread", { container, error: error instanceof Error ? error.name : "unknown" });
    }
  }
  return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
}

function secondsAt(bitrate: number | undefined, bytes: number): number | undefined {
  return bitrate === undefined || bitrate <= 0 ? undefined : (bytes * 8) / bitrate;
}

/** Reads pieces, and stops whoever asks for too much. Without random access the library looks for no tags at the end. */
class PieceTokenizer extends AbstractTokenizer {
  readonly fileInfo: { readonly size: number; readonly mimeType: string };
  readonly #file: BytePieces;
  #reads = 0;
  #bytes = 0;

  constructor(file: BytePieces, mimeType: string) {
    super({ maxBufferSize: MAX_READ_BYTES });
    this.#file = file;
    this.fileInfo = { size: file.size, mimeType };
  }

  /** Nothing more is read. */
  stop(): void {
    this.#reads = MAX_READS;
  }

  supportsRandomAccess(): boolean {
    return false;
  }

  async readBuffer(target: Uint8Array, options?: IReadChunkOptions): Promise<number> {
    const read = await this.peekBuffer(target, options);
    this.position = (options?.position ?? this.position) + read;
    return read;
  }

  async peekBuffer(target: Uint8Array, options: IReadChunkOptions = {}): Promise<number> {
    const { length = target.byteLength, position = this.position, mayBeLess = false } = options;
    this.#reads++;
    this.#bytes += length;
    if (this.#reads > MAX_READS || this.#bytes > MAX_READ_BYTES) throw new RangeError("too much of it to be read");
    const read = this.#file.read(target.subarray(0, length), position);
    if (read < length && !mayBeLess) throw new EndOfStreamError();
    return read;
  }
}
