import { MAX_INPUT } from "../../../wire/openai/speech.ts";
import { answerFields, bodyFields, code, h2, p, text } from "../blocks.ts";
import { modelOf, type Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc } from "../types.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import { choiceFields, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";
import { heardAsText, transcriptEndpoints } from "./transcripts-api.ts";

/** What the samples ask for where this site has no such model. */
const USUAL = "gpt-4o-mini-tts";

const SOUND_TYPES = ["audio/mpeg", "audio/opus", "audio/aac", "audio/flac", "audio/wav", "audio/pcm"] as const;

function speech(facts: Facts): EndpointDoc {
  const { asked: model } = modelOf(facts, "speech", USUAL);
  const event = (body: object) => `data: ${JSON.stringify(body)}`;
  return {
    method: "POST",
    path: "/audio/speech",
    surfaces: ["/v1", "/xlei/v1"],
    title: text("Speech", "语音合成"),
    summary: text("Says a text aloud.", "将文本合成为语音。"),
    when: text(
      "The answer is the sound itself, as it is made: play it or write it to a file. With `stream_format: sse` it comes as events.",
      "响应为音频字节流，边生成边返回，可直接播放或保存为文件；设置 `stream_format: sse` 时以事件流返回。",
    ),
    parameters: [
      ...MODEL_HEADERS,
      ...choiceFields(facts),
      ...bodyFields(
        ["input", "string", "What to say.", "要合成的文本。", { required: "yes", range: `1–${MAX_INPUT}` }],
        [
          "voice",
          "string | object",
          "Who says it, such as `alloy`; see the vendor’s list.",
          "音色，如 `alloy`，以厂商列表为准。",
        ],
        [
          "response_format",
          "string",
          "`mp3`, `opus`, `aac`, `flac`, `wav`, or `pcm` (24 kHz, 16 bit, mono, without a header).",
          "`mp3`、`opus`、`aac`、`flac`、`wav` 或 `pcm`（24 kHz、16 位、单声道、无文件头）。",
          { default: "mp3" },
        ],
        ["speed", "number", "From 0.25 to 4.", "0.25 到 4。", { default: "1" }],
        ["instructions", "string", "How to say it, for models that can be told.", "朗读方式的说明，须模型支持。"],
        ["stream_format", "string", "`audio` or `sse`.", "`audio` 或 `sse`。", { default: "audio" }],
      ),
    ],
    answer: answerFields(
      [
        "audio",
        "string",
        "Of an event `speech.audio.delta`: more sound, in base64.",
        "`speech.audio.delta` 事件中的音频片段（base64）。",
      ],
      [
        "usage.input_tokens",
        "integer",
        "Of the event `speech.audio.done`: tokens of the text.",
        "`speech.audio.done` 事件中的文本 token 数。",
      ],
      ["usage.output_tokens", "integer", "Tokens of the sound.", "音频 token 数。"],
    ),
    media: SOUND_TYPES,
    samples: [
      {
        id: "events",
        name: text("As events", "事件流"),
        request: {
          method: "POST",
          path: "/v1/audio/speech",
          key: "authorization",
          body: { model, input: "The sun rises in the east.", voice: "alloy", stream_format: "sse" },
        },
        answer: [
          event({ type: "speech.audio.delta", audio: "//PkxABhlDm4AV3AAA" }),
          event({ type: "speech.audio.done", usage: { input_tokens: 14, output_tokens: 41, total_tokens: 55 } }),
        ].join("\n\n"),
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS],
    charged: text(
      "Characters, tokens or seconds, as the model’s [price](/pricing) says. Seconds are counted from the sound itself for `mp3`, `wav` and `pcm`, else estimated from the text; so are tokens where the upstream tells none.",
      "按字符、token 或秒计费，以模型[价格](/pricing)为准。`mp3`、`wav`、`pcm` 的时长由音频数据计算，其他格式按文本估算；上游未返回 token 数时同样估算。",
    ),
    notes: [],
  };
}

function files(facts: Facts): readonly Block[] {
  const { origin } = facts;
  const { asked: model } = modelOf(facts, "speech", USUAL);
  return [
    h2("files", "Into a file", "保存为文件"),
    p("The bytes are the file, whatever the language.", "响应字节即文件内容，任何语言均可直接写入文件。"),
    code(
      "curl",
      "sh",
      `curl ${origin}/v1/audio/speech \\
  -H "Authorization: Bearer ${SAMPLE_KEY}" \\
  -H "Content-Type: application/json" \\
  -d '{"model": "${model}", "input": "The sun rises in the east.", "voice": "alloy"}' \\
  --output speech.mp3`,
    ),
    code(
      "OpenAI Python",
      "python",
      `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${SAMPLE_KEY}")

with client.audio.speech.with_streaming_response.create(
    model="${model}",
    input="The sun rises in the east.",
    voice="alloy",
) as answer:
    answer.stream_to_file("speech.mp3")
`,
    ),
    code(
      "OpenAI Node",
      "js",
      `import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${SAMPLE_KEY}" });

const answer = await client.audio.speech.create({
  model: "${model}",
  input: "The sun rises in the east.",
  voice: "alloy",
});
await writeFile("speech.mp3", Buffer.from(await answer.arrayBuffer()));
`,
    ),
  ];
}

export const AUDIO: DocPage = {
  path: "/docs/api/audio",
  title: text("Audio", "音频 Audio"),
  summary: text(
    "`POST /v1/audio/speech`, `…/transcriptions`, `…/translations`: texts are said aloud, and recordings are written down.",
    "`POST /v1/audio/speech`、`…/transcriptions`、`…/translations`：语音合成与语音识别。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  endpoints: (facts) => [speech(facts), ...transcriptEndpoints(facts)],
  rest: (facts) => [...files(facts), ...heardAsText(facts)],
};
