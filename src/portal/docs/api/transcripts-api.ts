import { answerFields, bodyFields, code, h2, p, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { Block, EndpointDoc, Parameter, Sample } from "../types.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import { choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";

/** What the samples ask for where this site has no such model. */
const USUAL = "gpt-4o-mini-transcribe";
const FILE = "talk.wav";
const SAID = "The sun rises in the east.";

const mib = ({ settings }: Facts) => Math.floor(settings.MAX_UPLOAD_BYTES / 1024 / 1024);

function formFields(facts: Facts): readonly Parameter[] {
  // Fallbacks and preferences are lists and objects, which are for JSON.
  const [model] = choiceFields(facts);
  return [
    ...(model === undefined ? [] : [model]),
    ...bodyFields(
      [
        "file",
        "file",
        `The recording: wav, mp3, m4a, mp4, ogg, webm, flac and others that the upstream knows, up to ${mib(facts)} MiB with its form. Many upstreams go by the ending of its name.`,
        `音频文件：wav、mp3、m4a、mp4、ogg、webm、flac 及上游支持的其他格式，连同表单最大 ${mib(facts)} MiB。许多上游按文件扩展名判断格式。`,
        { required: "yes" },
      ],
      [
        "response_format",
        "string",
        "`json`, `text`, `srt`, `vtt`, `verbose_json`, `diarized_json`, as the model can.",
        "`json`、`text`、`srt`、`vtt`、`verbose_json`、`diarized_json`，视模型支持情况而定。",
        { default: "json" },
      ],
      ["prompt", "string", "Names and words that it may hear.", "提示词，如可能出现的人名与术语。"],
      ["temperature", "number", "From 0 to 1.", "0 到 1。", { default: "0" }],
    ),
  ];
}

const ONLY_TRANSCRIPTS: readonly Parameter[] = bodyFields(
  ["language", "string", "Its language, as ISO 639-1: `en`, `zh`.", "音频语言（ISO 639-1），如 `en`、`zh`。"],
  [
    "timestamp_granularities[]",
    "string",
    "`word` or `segment`, repeated for both: times in `verbose_json`.",
    "`word` 或 `segment`，可重复提交：`verbose_json` 中的时间戳粒度。",
  ],
  ["include[]", "string", "`logprobs`.", "`logprobs`。"],
  ["chunking_strategy", "string", "`auto`, or how long recordings are cut.", "`auto`，或长音频的切分方式。"],
  [
    "known_speaker_names[]",
    "string",
    "Names of speakers, repeated; with `known_speaker_references[]`, data URLs of their voices.",
    "说话人名称，可重复提交；配合 `known_speaker_references[]`（声音样本的 data URL）使用。",
  ],
  ["languages[]", "string", "Languages that it may be in, repeated.", "可能的语言，可重复提交。"],
  ["keywords[]", "string", "Words that it may hold, repeated.", "可能出现的关键词，可重复提交。"],
  [
    "stream",
    "boolean",
    "Whether the text comes as events while it is heard; in the formats of JSON alone.",
    "是否以事件流边识别边返回，仅限 JSON 格式。",
    { default: "false" },
  ],
);

const ANSWER = answerFields(
  ["text", "string", "The transcript; empty where nobody speaks.", "识别文本，无人说话时为空。"],
  [
    "duration",
    "number",
    "Seconds, in `verbose_json` and `diarized_json`.",
    "秒数，见 `verbose_json` 与 `diarized_json`。",
  ],
  ["language", "string", "In `verbose_json`.", "语言，见 `verbose_json`。"],
  ["segments[].start", "number", "Where a part begins, in seconds.", "片段开始时间（秒）。"],
  ["segments[].end", "number", "Where it ends.", "片段结束时间（秒）。"],
  ["segments[].text", "string", "What is said in it.", "片段文本。"],
  ["words[].word", "string", "Each word, with `start` and `end`.", "逐词结果，含 `start` 与 `end`。"],
);

const CHARGED = text(
  "Seconds or tokens, as the model’s [price](/pricing) says. Seconds are those that the upstream tells, if the file can be so long; else those of the file itself (wav, mp3, m4a, mp4, ogg, webm, flac), else about what so many bytes last: the receipt then says `estimated`. So much is held before the recording is sent.",
  "按秒或 token 计费，以模型[价格](/pricing)为准。秒数以上游返回为准（须与文件大小相符），否则取自文件本身（wav、mp3、m4a、mp4、ogg、webm、flac），再否则按文件大小估算，收据会标明 `estimated`。发送前按此预扣。",
);

function asks(facts: Facts, path: string, body: object, sdkCall: string): Sample["request"] {
  return {
    method: "POST",
    path: `/v1${path}`,
    key: "authorization",
    body: { model: modelOf(facts, "transcribe", USUAL).asked, ...body },
    files: { file: FILE },
    sdkCall,
  };
}

export function transcriptEndpoints(facts: Facts): readonly EndpointDoc[] {
  const shared = {
    method: "POST",
    surfaces: ["/v1", "/xlei/v1"],
    answer: ANSWER,
    media: ["text/plain", "text/vtt"],
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: CHARGED,
    notes: [],
  } as const;
  const verbose = { task: "transcribe", language: "english", duration: 2.1, text: SAID };
  return [
    {
      ...shared,
      path: "/audio/transcriptions",
      title: text("Transcriptions", "语音识别"),
      summary: text("Writes down what a recording says.", "将音频转写为文字。"),
      when: text(
        "The request is a form (`multipart/form-data`), as OpenAI’s SDKs send it. The answer is JSON, text, or captions with their times.",
        "请求为表单（`multipart/form-data`），与 OpenAI SDK 一致；响应为 JSON、纯文本或带时间的字幕。",
      ),
      parameters: [...MODEL_HEADERS, ...formFields(facts), ...ONLY_TRANSCRIPTS],
      samples: [
        {
          id: "first",
          name: text("A recording", "转写音频"),
          request: asks(facts, "/audio/transcriptions", {}, "audio.transcriptions.create"),
          answer: { text: SAID },
        },
        {
          id: "verbose",
          name: text("With its length and language", "含时长与语言"),
          request: asks(
            facts,
            "/audio/transcriptions",
            { response_format: "verbose_json" },
            "audio.transcriptions.create",
          ),
          answer: verbose,
        },
      ],
    },
    {
      ...shared,
      path: "/audio/translations",
      title: text("Translations", "语音翻译"),
      summary: text("Writes down in English what a recording says.", "将音频翻译为英文文字。"),
      when: text(
        "For models that translate, such as Whisper. For other languages, transcribe and ask a chat model.",
        "适用于支持翻译的模型，如 Whisper。翻译为其他语言时，请先转写，再使用对话模型。",
      ),
      parameters: [...MODEL_HEADERS, ...formFields(facts)],
      samples: [
        {
          id: "first",
          name: text("Into English", "翻译为英文"),
          request: asks(facts, "/audio/translations", {}, "audio.translations.create"),
          answer: { text: SAID },
        },
      ],
    },
  ];
}

/** Other forms than JSON. */
export function heardAsText(facts: Facts): readonly Block[] {
  const { origin } = facts;
  const { asked: model } = modelOf(facts, "transcribe", USUAL);
  return [
    h2("captions", "Captions, and text as it is heard", "字幕与流式转写"),
    p(
      "With `text`, `srt` and `vtt` the answer is the text itself. A stream has events: `transcript.text.delta` with a piece of the text, `transcript.text.segment` with who speaks (`diarized_json`), and `transcript.text.done` with all of it. You get a stream also of models that answer whole.",
      "`text`、`srt`、`vtt` 格式的响应即文本本身。事件流包含：`transcript.text.delta`（文本片段）、`transcript.text.segment`（说话人，`diarized_json`）、`transcript.text.done`（完整文本）。只支持整体返回的模型同样可以流式读取。",
    ),
    code(
      "curl",
      "sh",
      `curl ${origin}/v1/audio/transcriptions \\
  -H "Authorization: Bearer ${SAMPLE_KEY}" \\
  -F model=${model} -F response_format=srt -F file=@${FILE} \\
  --output talk.srt`,
    ),
    code(
      "OpenAI Python",
      "python",
      `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${SAMPLE_KEY}")

stream = client.audio.transcriptions.create(model="${model}", file=open("${FILE}", "rb"), stream=True)
for event in stream:
    if event.type == "transcript.text.delta":
        print(event.delta, end="", flush=True)
`,
    ),
    code(
      "OpenAI Node",
      "js",
      `import { createReadStream } from "node:fs";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${SAMPLE_KEY}" });

const stream = await client.audio.transcriptions.create({
  model: "${model}",
  file: createReadStream("${FILE}"),
  stream: true,
});
for await (const event of stream) {
  if (event.type === "transcript.text.delta") process.stdout.write(event.delta);
}
`,
    ),
  ];
}
