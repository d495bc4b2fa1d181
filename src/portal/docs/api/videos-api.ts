import { code, h2, list, p, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc } from "../types.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import { FILM_ANSWER, FILM_FIELDS, FILM_PROMPT, filmModel, filmOf, finishedFilm, RELAY_FIELDS } from "./film-fields.ts";
import { FILM_SURFACES, madeFilms } from "./made-films.ts";
import { choiceFields, FREE, KEY, KEY_ERRORS, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";
import { VIDEO_ID } from "./sample-ids.ts";

const HOUR_MS = 3_600_000;
const PROMPT = "A red panda reads a newspaper";

const CHARGED = text(
  "The seconds of the film, or the film, as the model’s [price](/pricing) says; a resolution, a mode or sound may cost more. The amount is held when the film is asked for, and charged when it is finished: at most the seconds that were asked for, and fewer where the film is shorter. A film that fails costs nothing.",
  "按视频秒数或按个计费，以模型[价格](/pricing)为准；不同分辨率、模式或带音频的单价可能不同。提交时预留费用，完成后结算：不超过请求的秒数，实际更短则按实际秒数。失败不收费。",
);

function create(facts: Facts): EndpointDoc {
  const { asked: model } = filmModel(facts);
  return {
    method: "POST",
    path: "/videos",
    surfaces: FILM_SURFACES,
    title: text("Make a film", "生成视频"),
    summary: text("Asks for a film, and answers before it is made.", "提交视频生成任务，立即返回。"),
    when: text(
      "For every model that makes films, in the form of OpenAI’s Sora. Send JSON, or a form with files (`multipart/form-data`). Then [ask how it is doing](#get-videos-id).",
      "适用于所有视频模型，采用 OpenAI Sora 格式。可发送 JSON 或文件表单（`multipart/form-data`），随后[查询进度](#get-videos-id)。",
    ),
    parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...FILM_PROMPT, ...FILM_FIELDS],
    answer: FILM_ANSWER,
    samples: [
      {
        id: "first",
        name: text("Four seconds", "四秒视频"),
        request: {
          method: "POST",
          path: "/v1/videos",
          key: "authorization",
          body: { model, prompt: PROMPT, seconds: "4", size: "1280x720" },
          sdkCall: "videos.create",
        },
        answer: filmOf(facts),
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS, "concurrency_limited", "conflict"],
    charged: CHARGED,
    notes: notes(facts),
  };
}

function notes({ settings }: Facts) {
  const hours = settings.TASK_TOTAL_MS / HOUR_MS;
  return [
    text(
      `An account has at most ${settings.MAX_OPEN_TASKS} films that are not finished; more are refused with 429.`,
      `每个账户最多同时有 ${settings.MAX_OPEN_TASKS} 个未完成的视频，超出返回 429。`,
    ),
    text(
      `A film that is not finished after ${hours} hours has failed: \`task_expired\`.`,
      `超过 ${hours} 小时未完成的视频按失败处理：\`task_expired\`。`,
    ),
    text(
      "Requests with the same `Idempotency-Key` are one film: the second is answered with the first one, and `x-gateway-replayed: true`. While the first is submitted, it gets 409; with another body, 400.",
      "`Idempotency-Key` 相同的请求只生成一个视频：后续请求返回首个视频，并带有 `x-gateway-replayed: true`。首个请求提交期间返回 409，请求体不同返回 400。",
    ),
    text(
      "Fields that are not known are left out, and named in the header `x-gateway-warnings`.",
      "未知字段会被忽略，并列在响应头 `x-gateway-warnings` 中。",
    ),
  ];
}

/** In the form of relays, at both of its paths. */
function generations(facts: Facts): readonly EndpointDoc[] {
  const { asked: model } = filmModel(facts);
  return (["/videos/generations", "/video/generations"] as const).flatMap((path): EndpointDoc[] => [
    {
      ...create(facts),
      path,
      title: text("Make a film, as relays have it", "生成视频（中转格式）"),
      summary: text("The same as `POST /v1/videos`.", "与 `POST /v1/videos` 相同。"),
      when: text(
        "For clients that ask there. It takes all fields of `POST /v1/videos`; a finished film has `data[].url` besides.",
        "适用于使用该路径的客户端，支持 `POST /v1/videos` 的全部字段，完成后另有 `data[].url`。",
      ),
      parameters: [...MODEL_HEADERS, ...choiceFields(facts), ...FILM_PROMPT, ...RELAY_FIELDS],
      notes: [],
      samples: [
        {
          id: "first",
          name: text("Four seconds", "四秒视频"),
          request: {
            method: "POST",
            path: `/v1${path}`,
            key: "authorization",
            body: { model, prompt: PROMPT, duration: 4, size: "1280x720" },
          },
          answer: filmOf(facts),
        },
      ],
    },
    {
      method: "GET",
      path: `${path}/{id}`,
      surfaces: FILM_SURFACES,
      title: text("How it is doing, as relays have it", "查询视频（中转格式）"),
      summary: text("The same as `GET /v1/videos/{id}`, with `data`.", "与 `GET /v1/videos/{id}` 相同，另含 `data`。"),
      when: text("Films of both forms are found at both paths.", "两种格式提交的视频在两个路径均可查询。"),
      parameters: [
        KEY,
        {
          name: "id",
          place: "path",
          type: "string",
          required: "yes",
          description: text("The id of the film.", "视频编号。"),
        },
      ],
      answer: FILM_ANSWER,
      samples: [
        {
          id: "first",
          name: text("A finished film", "已完成的视频"),
          request: { method: "GET", path: `/v1${path}/${VIDEO_ID}`, key: "authorization" },
          answer: finishedFilm(facts, {
            data: [{ url: `${facts.origin}/v1/videos/${VIDEO_ID}/content?token=YOUR-LINK` }],
          }),
        },
      ],
      errors: [...KEY_ERRORS, "resource_not_found"],
      charged: FREE,
      notes: [],
    },
  ]);
}

function programs(facts: Facts): readonly Block[] {
  const { origin } = facts;
  const { asked: model } = filmModel(facts);
  return [
    h2("programs", "From the prompt to the file", "从提示词到文件"),
    code(
      "OpenAI Python",
      "python",
      `from openai import OpenAI

client = OpenAI(base_url="${origin}/v1", api_key="${SAMPLE_KEY}")

video = client.videos.create_and_poll(model="${model}", prompt="${PROMPT}", seconds="4", size="1280x720")
if video.status == "completed":
    client.videos.download_content(video.id).write_to_file("panda.mp4")
print(video.status, video.error)
`,
    ),
    code(
      "OpenAI Node",
      "js",
      `import { writeFile } from "node:fs/promises";
import OpenAI from "openai";

const client = new OpenAI({ baseURL: "${origin}/v1", apiKey: "${SAMPLE_KEY}" });

let video = await client.videos.create({ model: "${model}", prompt: "${PROMPT}", seconds: "4", size: "1280x720" });
while (video.status === "queued" || video.status === "in_progress") {
  await new Promise((resolve) => setTimeout(resolve, 3000));
  video = await client.videos.retrieve(video.id);
}
if (video.status === "completed") {
  const content = await client.videos.downloadContent(video.id);
  await writeFile("panda.mp4", Buffer.from(await content.arrayBuffer()));
}
console.log(video.status, video.error);
`,
    ),
    h2("callbacks", "Callbacks", "回调"),
    p(
      "With `callback_url`, the gateway sends the video object there by `POST` whenever its status or progress changes; in [Kling’s form](/docs/api/kling), `data` of its answer. The last state comes at least once: the gateway tries again for more than an hour until the answer is 2xx, and it may come twice. The header `x-gateway-task` names the film.",
      "设置 `callback_url` 后，状态或进度变化时网关都会以 `POST` 发送视频对象；[Kling 格式](/docs/api/kling)发送响应中的 `data`。最终状态至少送达一次：未收到 2xx 时会在一小时以上的时间内重试，可能重复送达。请求头 `x-gateway-task` 为视频编号。",
    ),
    p(
      "The header `x-gateway-signature` is `t=SECONDS,v1=HEX`: the HMAC-SHA256 of `SECONDS.BODY`. Its key is the SHA-256 of your API key in lower-case hexadecimal.",
      "请求头 `x-gateway-signature` 格式为 `t=SECONDS,v1=HEX`，即 `SECONDS.BODY` 的 HMAC-SHA256，密钥为您的 API 密钥的 SHA-256（小写十六进制）。",
    ),
    h2("chat", "Films in a chat", "在对话中生成视频"),
    p(
      "Ask a model that makes films in [chat completions](/docs/api/chat-completions), [Messages](/docs/api/anthropic), [Gemini](/docs/api/gemini) or [Responses](/docs/api/responses): the last message is the prompt. A stream shows the progress as reasoning, and the answer is a link. If you leave, the film goes on.",
      "也可在[对话补全](/docs/api/chat-completions)、[Messages](/docs/api/anthropic)、[Gemini](/docs/api/gemini) 或 [Responses](/docs/api/responses) 中使用视频模型，最后一条消息即提示词。流式输出以思考内容显示进度，回答为视频链接。断开连接后任务仍会继续。",
    ),
    h2("results", "What becomes of a film", "视频的保存与查看"),
    list(
      text(
        "[Your tasks](/app/tasks) lists films with their progress and cost, and plays them.",
        "[任务](/app/tasks)页列出视频的进度与费用，并可直接播放。",
      ),
      text(
        "The receipt of the request names the task, and the task its request; see [charges](/docs/api/account).",
        "请求的账单明细中有任务编号，任务中也有请求编号，见[扣费记录](/docs/api/account)。",
      ),
      text(
        "Nobody but your account sees a film or its prompt. The prompt is kept encrypted with the task.",
        "仅您的账户可查看视频及提示词，提示词随任务加密保存。",
      ),
    ),
    p(
      "A film stays with the upstream and the key that took it. If the upstream does not know it any more, it has failed: `task_lost`.",
      "视频始终由接单的上游与密钥处理。如果上游不再有该任务，则按失败处理：`task_lost`。",
    ),
  ];
}

export const VIDEOS: DocPage = {
  path: "/docs/api/videos",
  title: text("Videos", "视频 Videos"),
  summary: text(
    "`POST /v1/videos` and `/v1/videos/generations`: films are asked for, watched over and downloaded.",
    "`POST /v1/videos` 与 `/v1/videos/generations`：提交、查询与下载视频。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  endpoints: (facts) => [create(facts), ...madeFilms(facts), ...generations(facts)],
  rest: programs,
};
