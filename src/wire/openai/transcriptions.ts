/**
 * Recordings, written down in their own language or in English.
 * @see https://platform.openai.com/docs/api-reference/audio/createTranscription
 */
import { sizeOf, type FormPart } from "../../core/form-parts.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import { mostSaidTokens, recordingOf } from "../../operation/speech/heard.ts";
import { bodyOf, filesIn, refuseOtherFiles } from "../form-request.ts";
import { invalid, missing } from "../invalid.ts";
import { readStream, textBytes } from "../request-members.ts";
import type { ClientRequest, Match, Outgoing, Target, Wire } from "../types.ts";
import { textIn, textsIn } from "../values.ts";
import { readWhole, writeWhole } from "../whole-request.ts";
import { TranscriptFold, unfoldTranscript } from "./transcript-fold.ts";
import { formatIn, JSON_FORMATS, TRANSCRIPTION_FIELDS, TRANSCRIPTIONS, TRANSLATIONS } from "./transcript-members.ts";
import { TranscriptReader } from "./transcript-reader.ts";
import { TranscriptWriter } from "./transcript-writer.ts";

export const transcriptions: Wire = {
  name: "openai.transcriptions",
  operation: "transcribe",
  read: readRequest,
  address: (_target, { endpoint = TRANSCRIPTIONS }) => ({ method: "POST", path: endpoint }),
  write: writeRequest,
  answers: (target, request) => new TranscriptReader(target, request),
  client: (request) => new TranscriptWriter(request),
  fold: () => new TranscriptFold(),
  unfold: unfoldTranscript,
};

/** The field of the recording, which alone is a file. */
const FILES: ReadonlySet<string> = new Set(["file"]);

function readRequest(payload: Payload, { path: endpoint = TRANSCRIPTIONS }: Match): ClientRequest {
  const { value: body, bytes } = bodyOf(payload);
  refuseOtherFiles(payload, TRANSCRIPTION_FIELDS, FILES);
  const { response_format: format } = body;
  if (format !== undefined && typeof format !== "string")
    throw invalid("response_format", "must be one format", "只能是一种格式");
  const recording = recordingOf(fileIn(payload, body));
  const voices = [body["known_speaker_references"]].flat().map((url) => textBytes(textIn(url) ?? ""));
  const hints = [textIn(body["prompt"]) ?? "", ...textsIn(body["keywords"])];
  const request = readWhole(transcriptions, payload, {
    operation: "transcribe",
    fields: TRANSCRIPTION_FIELDS,
    promptBytes: bytes - voices.reduce((sum, bytes) => sum + bytes, 0),
    maxOutput: mostSaidTokens(recording.ms),
    units: { durationMs: recording.ms },
    recording,
    promptText: () => hints.join("\n").trim(),
  });
  const stream = readStream(body);
  return { ...request, stream: canStream(body, endpoint) ? stream : false, endpoint };
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function fileIn(payload: Payload, { file: field }: JsonObject): FormPart {
  if (field !== undefined) throw invalid("file", "must be a file", "必须是文件");
  const [file, ...more] = filesIn(payload, "file");
  if (file === undefined) throw missing("file");
  if (more.length > 0) throw invalid("file", "must be one file", "只能是一个文件");
  if (sizeOf(file) === 0) throw invalid("file", "is empty", "不能为空");
  return file;
}

/** What is text comes whole, and so do translations. */
function canStream(body: JsonObject, endpoint: string): boolean {
  return endpoint !== TRANSLATIONS && JSON_FORMATS.has(formatIn(body).name);
}

function writeRequest(request: ClientRequest, target: Target): Outgoing {
  const { payload, endpoint = TRANSCRIPTIONS, ...rest } = request;
  const { value: body } = bodyOf(payload);
  const form = payload.kind === "form" ? payload.form : [];
  const sent = canStream(body, endpoint) ? form : form.filter(({ name }) => name !== "stream");
  const outgoing = writeWhole({ ...rest, payload: { kind: "form", form: sent } }, target, TRANSCRIPTION_FIELDS);
  return JSON_FORMATS.has(formatIn(body).name) ? outgoing : { ...outgoing, headers: { accept: "*/*" } };
}
