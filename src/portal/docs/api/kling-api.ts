/** Films in Kling's form. Six endpoints of one pattern are described as one. */
import type { JsonObject } from "../../../core/json.ts";
import type { Text } from "../../../core/language.ts";
import { VIDEO_KINDS, type VideoKind } from "../../../wire/kling/video-kinds.ts";
import { answerFields, h2, p, parameter, table, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { Block, DocPage, EndpointDoc, Sample } from "../types.ts";
import {
  answerOf,
  finished,
  KIND,
  KLING_ANSWER,
  KLING_PAGES,
  klingFields,
  klingModel,
  SUBMITTED,
} from "./kling-fields.ts";
import { FREE, KEY, KEY_ERRORS, MODEL_ERRORS, MODEL_HEADERS } from "./model-fields.ts";
import { KLING_ID } from "./sample-ids.ts";

const KLING = ["/kling/v1"] as const;
const PATHS = VIDEO_KINDS.map((kind) => `/videos/${kind}`);
const PATH = "/kling/v1/videos";
const PROMPT = "A red panda reads a newspaper";
const PICTURE = "https://example.com/panda.png";

/** What each endpoint makes, and what it needs for that. */
const KINDS: Readonly<Record<VideoKind, readonly [makes: Text, needs: Text]>> = {
  text2video: [text("A film of a prompt", "由提示词生成视频"), text("`prompt`", "`prompt`")],
  image2video: [
    text("A film that begins with a picture, ends with one, or both", "由首帧、尾帧或两者生成视频"),
    text("`image` or `image_tail`", "`image` 或 `image_tail`"),
  ],
  "multi-image2video": [
    text("A film in which pictures are seen", "参考多张图片生成视频"),
    text("`image_list`, `prompt`", "`image_list`、`prompt`"),
  ],
  "video-extend": [text("Five seconds more of a film", "将视频延长五秒"), text("`video_id`", "`video_id`")],
  "lip-sync": [
    text("A film whose lips follow a text or a sound", "使口型与文本或音频一致"),
    text("`input`, with a film and what is said", "`input`，含视频与所说内容"),
  ],
  effects: [
    text("A known effect, of one picture or several", "由图片生成特效视频"),
    text("`effect_scene`, `input` with pictures", "`effect_scene`、含图片的 `input`"),
  ],
};

function kinds(): readonly Block[] {
  return [
    p(
      "For clients of Kling. Give them this site’s address with `/kling` in place of Kling’s, and your key in place of its token. The answers are Kling’s, of films of any vendor.",
      "适用于 Kling 客户端：接口地址改为本站地址加 `/kling`，令牌改为您的密钥。响应采用 Kling 格式，可用任意厂商的视频模型。",
    ),
    h2("kinds", "Six kinds of films", "六种接口"),
    table(
      text("Kinds of films", "视频接口"),
      [text("`kind`", "`kind`"), text("Makes", "用途"), text("Needs", "必填")],
      VIDEO_KINDS.map((kind) => [`\`${kind}\``, ...KINDS[kind]]),
    ),
    p(
      "`video-extend`, `lip-sync` and `effects` are of Kling’s models alone. The first goes on with a film that Kling has made for you here, and so may the second.",
      "`video-extend`、`lip-sync` 与 `effects` 仅限 Kling 模型。第一种须使用您在本站由 Kling 生成的视频，第二种也可使用。",
    ),
  ];
}

function create(facts: Facts): EndpointDoc {
  return {
    method: "POST",
    path: "/videos/{kind}",
    servedBy: PATHS,
    surfaces: KLING,
    title: text("Make a film", "生成视频"),
    summary: text("Asks for a film, and answers before it is made.", "提交视频生成任务，立即返回。"),
    when: text(
      "For clients that speak Kling’s form. All others have [videos](/docs/api/videos), which reach Kling’s models, too. Pictures have [a page of their own](/docs/api/kling-images). Then [ask how it is doing](#get-videos-kind-id).",
      "适用于采用 Kling 格式的客户端，其他客户端请用[视频](/docs/api/videos)，同样可用 Kling 模型。图片见[可灵图片](/docs/api/kling-images)。随后[查询进度](#get-videos-kind-id)。",
    ),
    parameters: [...MODEL_HEADERS, KIND, ...klingFields(facts)],
    answer: KLING_ANSWER,
    samples: samples(klingModel(facts)),
    errors: ["missing_input", ...MODEL_ERRORS, "resource_not_found", "not_ready", "concurrency_limited", "conflict"],
    charged: text(
      "As in [videos](/docs/api/videos). `video-extend` is five seconds in the mode of its film, `lip-sync` the length of its film: of one from elsewhere 60 seconds are held, and charged is what Kling tells. `lip-sync`, `effects` and `voice_list` have prices of their own; a model without one refuses them.",
      "见[视频](/docs/api/videos)。`video-extend` 按原视频模式计五秒，`lip-sync` 按视频时长计费，站外视频预留 60 秒并按 Kling 返回的时长结算。`lip-sync`、`effects` 与 `voice_list` 单独定价，未定价的模型会拒绝。",
    ),
    notes: [
      text(
        "Errors have Kling’s numbers in `code`, such as 1201 for a request that is wrong; the column of codes is that of `/v1`.",
        "错误体的 `code` 为 Kling 错误码，如请求有误为 1201；表中错误码为 `/v1` 所用。",
      ),
      text(
        "Limits, retries with `Idempotency-Key` and fields that are not known are as in [videos](/docs/api/videos), where the film is found by its id, too.",
        "数量限制、`Idempotency-Key` 重试与未知字段的处理见[视频](/docs/api/videos)，也可在该处按编号查询视频。",
      ),
    ],
  };
}

function samples(model: string): readonly Sample[] {
  const sample = (kind: VideoKind, name: Text, body: JsonObject): Sample => ({
    id: kind,
    name,
    request: { method: "POST", path: `${PATH}/${kind}`, key: "authorization", body },
    answer: answerOf(SUBMITTED, "queued"),
  });
  const speech = { mode: "text2video", text: "Good morning", voice_id: "girlfriend_1_speech02", voice_language: "en" };
  return [
    sample("text2video", text("Of a prompt", "由提示词生成"), {
      model_name: model,
      prompt: PROMPT,
      duration: "5",
      aspect_ratio: "16:9",
    }),
    sample("image2video", text("Of a picture", "由图片生成"), { model_name: model, image: PICTURE, prompt: PROMPT }),
    sample("multi-image2video", text("Of several pictures", "由多张图片生成"), {
      model_name: model,
      image_list: [{ image: PICTURE }, { image: "https://example.com/newspaper.png" }],
      prompt: PROMPT,
    }),
    sample("video-extend", text("Five seconds more", "延长五秒"), { video_id: KLING_ID, prompt: "It turns the page" }),
    sample("lip-sync", text("Lips that follow a text", "口型与文本一致"), { input: { video_id: KLING_ID, ...speech } }),
    sample("effects", text("An effect", "特效"), {
      model_name: model,
      effect_scene: "squish",
      input: { image: PICTURE, duration: "5" },
    }),
  ];
}

function retrieve(facts: Facts): EndpointDoc {
  return {
    method: "GET",
    path: "/videos/{kind}/{id}",
    servedBy: PATHS.map((path) => `${path}/{id}`),
    surfaces: KLING,
    title: text("How a film is doing", "查询视频"),
    summary: text("Returns a task, and its film when it is there.", "返回任务状态及完成后的视频。"),
    when: text(
      "Ask every few seconds until `task_status` is `succeed` or `failed`, at the kind that made it.",
      "每隔几秒在提交时的接口查询，直到 `task_status` 为 `succeed` 或 `failed`。",
    ),
    parameters: [
      KEY,
      KIND,
      parameter("path", [
        "id",
        "string",
        "The `task_id`, or your `external_task_id`.",
        "`task_id` 或您的 `external_task_id`。",
        { required: "yes" },
      ]),
    ],
    answer: KLING_ANSWER,
    samples: [
      {
        id: "first",
        name: text("A finished film", "已完成的视频"),
        request: { method: "GET", path: `${PATH}/text2video/${KLING_ID}`, key: "authorization" },
        answer: answerOf(finished(facts), "completed"),
      },
    ],
    errors: [...KEY_ERRORS, "resource_not_found"],
    charged: FREE,
    notes: [],
  };
}

function list(facts: Facts): EndpointDoc {
  const answer = { code: 0, message: "SUCCEED", data: [finished(facts)], request_id: "req_0199f2a1" };
  return {
    method: "GET",
    path: "/videos/{kind}",
    servedBy: PATHS,
    surfaces: KLING,
    title: text("List films", "视频列表"),
    summary: text("Lists the tasks of one kind, the latest first.", "列出某一接口的任务，最新在前。"),
    when: text("To find films again.", "用于找回视频。"),
    parameters: [KEY, KIND, ...KLING_PAGES],
    answer: answerFields(["data[]", "object", "Tasks, as `data` above.", "任务，同上方的 `data`。"]),
    samples: [
      {
        id: "first",
        name: text("The latest film", "最新的视频"),
        request: { method: "GET", path: `${PATH}/text2video?pageSize=1`, key: "authorization" },
        answer,
      },
    ],
    errors: [...KEY_ERRORS, "invalid_parameter"],
    charged: FREE,
    notes: [],
  };
}

export const KLING_DOCS: DocPage = {
  path: "/docs/api/kling",
  title: text("Kling", "可灵 Kling"),
  summary: text(
    "`/kling/v1/videos/…`: films in Kling’s form, also extended, with moving lips, and effects.",
    "`/kling/v1/videos/…`：Kling 格式的视频生成、延长、口型同步与特效。",
  ),
  group: "endpoints",
  changed: "2026-11-28",
  blocks: kinds,
  endpoints: (facts) => [create(facts), retrieve(facts), list(facts)],
};
