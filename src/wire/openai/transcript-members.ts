/** What requests for transcripts and answers to them have in common. */
import type { JsonObject } from "../../core/json.ts";
import { fieldTable, words, type FieldGroup } from "../fields/field-table.ts";
import { PROVIDER } from "../provider.ts";
import { textIn } from "../values.ts";
import { EVERYWHERE } from "./request-fields.ts";

export const TRANSCRIPTIONS = "/audio/transcriptions";
export const TRANSLATIONS = "/audio/translations";

/** The types of events. */
export const DELTA = "transcript.text.delta";
export const SEGMENT = "transcript.text.segment";
export const FINISHED = "transcript.text.done";

export const TRANSCRIPTION_GROUPS: readonly FieldGroup[] = [
  {
    title: "OpenAI, Transcriptions and Translations",
    rule: "pass",
    names:
      words(`file model language languages keywords prompt response_format temperature timestamp_granularities include
      stream chunking_strategy chunking_strategy[type] chunking_strategy[prefix_padding_ms]
      chunking_strategy[silence_duration_ms] chunking_strategy[threshold] known_speaker_names known_speaker_references`),
  },
  {
    title: "Other vendors' transcripts (Mistral, Fireworks, Together, Lemonfox, Qwen, vLLM, Speaches)",
    rule: "pass",
    names:
      words(`diarize diarization speaker_labels min_speakers max_speakers num_speakers context_bias vad_model vad_filter
      alignment_model preprocessing hotwords without_timestamps beam_size enable_itn to_language seed top_p top_k min_p
      repetition_penalty frequency_penalty presence_penalty max_completion_tokens`),
  },
  ...EVERYWHERE,
];
export const TRANSCRIPTION_FIELDS = fieldTable(TRANSCRIPTION_GROUPS, { provider: PROVIDER });

/** The formats that are JSON, whatever a server may have besides. */
export const JSON_FORMATS: ReadonlySet<string> = new Set(words("json verbose_json diarized_json"));

export const PLAIN = "text/plain; charset=utf-8";
/** The formats that are text, and their media types. */
const TEXTS: ReadonlyMap<string, string> = new Map([
  ["text", PLAIN],
  ["srt", PLAIN],
  ["vtt", "text/vtt; charset=utf-8"],
]);

export interface Format {
  readonly name: string;
  /** The media type of one that is text; undefined = JSON. */
  readonly type: string | undefined;
}

export function formatIn({ response_format: format }: JsonObject): Format {
  const name = textIn(format) ?? "json";
  return { name, type: TEXTS.get(name) };
}
