import type { Mutant } from "./mutant.ts";

export const SPEECH: readonly Mutant[] = [
  // How long a recording is.
  {
    law: "a container is believed only as far as its bytes can be true",
    from: "if (told > 0 && told >= leastMs && told <= mostMs)",
    to: "if (told > 0)",
  },
  {
    law: "what stands before the sound is no sound",
    from: "const bytes = sound.size;",
    to: "const bytes = whole.size;",
  },
  {
    law: "no recording is longer than a day",
    from: "Math.min(LONGEST_MS, Math.ceil((bytes * 1000) / lowest))",
    to: "Math.ceil((bytes * 1000) / lowest)",
  },
  {
    law: "the times of blocks tell how long a recording of a browser is",
    from: "last = Math.max(last, cluster + timeOfBlock(data));",
    to: "last = cluster;",
  },
  {
    law: "the length of an element is exact",
    from: "const value = (first - (256 >> length)) * 256 ** (length - 1) + unsigned(rest);",
    to: "const value = unsigned(bytes.subarray(at, at + length)) - 2 ** (7 * length);",
  },
  {
    law: "files of Ogg that were joined are heard one behind the other",
    from: "this.#earlierMs = this.ms;",
    to: "",
  },
  {
    law: "packets of Opus tell how long they are, whatever their page says",
    from: "if (countedMs > 0) return countedMs;",
    to: "",
  },
  {
    law: "all frames of an MP3 count, whatever the first one says",
    from: "      ms += frame.ms;",
    to: "      ms = Math.max(ms, frame.ms);",
  },
  {
    law: "all data of a WAV counts",
    from: 'if (name === "data") bytes += size;',
    to: 'if (name === "data") bytes ||= size;',
  },
  {
    law: "a FLAC is no shorter than its bytes",
    from: "Math.max((samples * 1000) / rate, ",
    to: "Math.min((samples * 1000) / rate, ",
  },
  {
    law: "packets in WebM tell how long they are, whatever the times of their blocks",
    from: "        packets.take(data);\n",
    to: "",
  },
  {
    law: "samples tell how long a recording is, whatever its head says",
    from: "(Math.max(told, counted) * 1000)",
    to: "(told * 1000)",
  },
  {
    law: "no table is longer than its box",
    from: "const end = Math.min(to, from + most * bytes);",
    to: "const end = from + most * bytes;",
  },
  {
    law: "a read begins where it is asked to",
    from: "while (at < this.#start) {",
    to: "while (at < 0) {",
  },
  // What it costs.
  {
    law: "an upstream's seconds are believed only as far as the file can have them",
    from: "if (told !== undefined && canLast(recording, told))",
    to: "if (told !== undefined)",
  },
  {
    law: "the seconds of a recording are held for",
    from: "    units: { durationMs: recording.ms },\n",
    to: "",
  },
  {
    law: "the tokens of a recording are held for",
    from: '[mostHeardTokens(demand.recording?.ms ?? 0), dearest("audio")],',
    to: "",
  },
  {
    law: "seconds beyond the hold are held for at the end",
    from: "...(expected === usage ? {} : { unheldNanos: priced(usage) - priced(expected) }),",
    to: "",
  },
  {
    law: "the receipt says where a length is a guess",
    from: "const isGuess = measured.isLengthGuessed === true && priced(",
    to: "const isGuess = measured.problem === null && priced(",
  },
  {
    law: "a length that costs nothing is no estimate",
    from: 'measured.isLengthGuessed === true && priced(only(usage, "durationMs")) > priced({});',
    to: "measured.isLengthGuessed === true;",
  },
  {
    law: "tokens of sound are not counted twice",
    from: "input: whole === undefined || sound === undefined ? undefined : whole - sound,",
    to: "input: whole,",
  },
  {
    law: "no seconds are not told",
    from: "if (seconds === undefined || seconds === null || number === 0) return undefined;",
    to: "if (seconds === undefined || seconds === null) return undefined;",
  },
  {
    law: "the voices of speakers are no words of the prompt",
    from: "promptBytes: bytes - voices.reduce((sum, bytes) => sum + bytes, 0),",
    to: "promptBytes: bytes,",
  },
  // What an answer is.
  {
    law: "nobody says anything in an empty text",
    from: 'if (payload.kind === "none" && name !== "vtt") return "";',
    to: "",
  },
  {
    law: "an answer without a text is no transcript",
    from: "if (text === undefined || isCaptions) throw broken(",
    to: "if (isCaptions) throw broken(",
  },
  {
    law: "a page is no transcript",
    from: 'if (PAGE.test(text) || payload.type.includes("html")) throw',
    to: "if (text === payload.type) throw",
  },
  {
    law: "captions have times",
    from: 'if (name === "srt" && plain.trim() !== "" && !plain.includes("-->")) throw',
    to: 'if (name === "srt" && plain === payload.type) throw',
  },
  {
    law: "a transcript is counted once",
    from: 'const output = this.#said === "" ? textOrEmpty(text) : "";',
    to: "const output = textOrEmpty(text);",
  },
  {
    law: "times are not said",
    from: 'const said = name === "text" ? text : saidIn(text);',
    to: "const said = text;",
  },
];
