/** Endpoints of films that were asked for. */
import { answerFields, bodyFields, parameter, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { EndpointDoc, Parameter } from "../types.ts";
import { FILM_ANSWER, filmOf, finishedFilm } from "./film-fields.ts";
import { FREE, IDEMPOTENCY, KEY, KEY_ERRORS, MODEL_ERRORS } from "./model-fields.ts";
import { VIDEO_ID } from "./sample-ids.ts";

const ID: Parameter = parameter("path", ["id", "string", "The id of the film.", "视频编号。", { required: "yes" }]);
const PATH = `/v1/videos/${VIDEO_ID}`;

export const FILM_SURFACES = ["/v1", "/xlei/v1"] as const;

const FOUND: Pick<EndpointDoc, "surfaces" | "charged" | "errors" | "notes"> = {
  surfaces: FILM_SURFACES,
  charged: FREE,
  errors: [...KEY_ERRORS, "resource_not_found"],
  notes: [],
};

export function madeFilms(facts: Facts): readonly EndpointDoc[] {
  return [retrieve(facts), list(facts), content(), remix(facts), remove()];
}

function retrieve(facts: Facts): EndpointDoc {
  return {
    ...FOUND,
    method: "GET",
    path: "/videos/{id}",
    title: text("How a film is doing", "查询视频"),
    summary: text("Returns a film with its status and progress.", "返回视频的状态与进度。"),
    when: text(
      "Ask every few seconds until `status` is `completed` or `failed`. Only keys of the same account can.",
      "每隔几秒查询一次，直到 `status` 为 `completed` 或 `failed`。仅限同一账户的密钥。",
    ),
    parameters: [KEY, ID],
    answer: FILM_ANSWER,
    samples: [
      {
        id: "first",
        name: text("A finished film", "已完成的视频"),
        request: { method: "GET", path: PATH, key: "authorization" },
        answer: finishedFilm(facts),
      },
    ],
    notes: [
      text(
        "The gateway looks after the film by itself, also when nobody asks. The upstream is asked at most every three seconds.",
        "即使无人查询，网关也会自行跟进；对上游的查询最快每三秒一次。",
      ),
    ],
  };
}

function list(facts: Facts): EndpointDoc {
  return {
    ...FOUND,
    method: "GET",
    path: "/videos",
    title: text("List films", "视频列表"),
    summary: text("Lists the films of the account, the latest first.", "列出账户的视频，最新在前。"),
    when: text(
      "To find films again. [The account API](/docs/api/account) lists tasks with what they cost.",
      "用于找回视频。[账户接口](/docs/api/account)可列出任务及其费用。",
    ),
    parameters: [
      KEY,
      parameter("query", ["limit", "integer", "Films of a page.", "每页数量。", { default: "20", range: "1–100" }]),
      parameter("query", [
        "after",
        "string",
        "The page begins behind this film: `last_id` of the page before.",
        "从该视频之后开始，填上一页的 `last_id`。",
      ]),
      parameter("query", ["order", "string", "`desc` or `asc`.", "`desc` 或 `asc`。", { default: "desc" }]),
    ],
    answer: answerFields(
      ["data[]", "object", "Films, as above.", "视频对象，同上。"],
      ["has_more", "boolean", "Whether another page follows.", "是否还有下一页。"],
    ),
    samples: [
      {
        id: "first",
        name: text("One film", "一个视频"),
        request: { method: "GET", path: "/v1/videos?limit=1", key: "authorization" },
        answer: {
          object: "list",
          data: [finishedFilm(facts)],
          first_id: VIDEO_ID,
          last_id: VIDEO_ID,
          has_more: false,
        },
      },
    ],
    errors: [...KEY_ERRORS, "invalid_parameter"],
  };
}

function content(): EndpointDoc {
  return {
    ...FOUND,
    method: "GET",
    path: "/videos/{id}/content",
    title: text("The film itself", "下载视频"),
    summary: text("Streams the bytes of a finished film.", "以字节流返回已完成的视频。"),
    when: text(
      "With the key, or at the `url` of the film, which opens without a key. Whoever has that address can open it.",
      "可使用密钥访问，也可直接打开视频对象中的 `url`（无需密钥）。任何人持该地址均可打开。",
    ),
    parameters: [
      { ...KEY, required: "one-of" },
      ID,
      parameter("query", [
        "token",
        "string",
        "In place of the key; it stands in the `url` of the film.",
        "代替密钥，已包含在视频的 `url` 中。",
        { required: "one-of" },
      ]),
      parameter("query", [
        "variant",
        "string",
        "`video`, `thumbnail` or `spritesheet`; pictures only where the upstream has them. Of several films, the second is `video-2`.",
        "`video`、`thumbnail` 或 `spritesheet`；图片须上游提供。生成多个视频时，第二个为 `video-2`。",
        { default: "video" },
      ]),
      parameter("header", [
        "Range",
        "string",
        "One piece, such as `bytes=0-1048575`: the answer is 206 where the upstream can.",
        "单个区间，如 `bytes=0-1048575`；上游支持时返回 206。",
      ]),
    ],
    answer: [],
    media: ["video/mp4", "image/webp", "image/jpeg"],
    samples: [],
    errors: [...KEY_ERRORS, "resource_not_found", "not_ready", "invalid_parameter", "upstream_error"],
    notes: [
      text(
        "The film lies at the upstream, and passes through. Upstreams keep films for a while only, often a day: save what you need.",
        "视频保存在上游，经网关转发。上游仅保留一段时间（通常一天），请及时下载保存。",
      ),
    ],
  };
}

function remix(facts: Facts): EndpointDoc {
  const prompt = "The same, at night";
  return {
    ...FOUND,
    method: "POST",
    path: "/videos/{id}/remix",
    title: text("Make a film again", "重新生成"),
    summary: text("Makes a finished film again with another prompt.", "以新的提示词重新生成已完成的视频。"),
    when: text(
      "Length, size and model stay. The upstream that made the film makes this one, too.",
      "时长、尺寸与模型不变，由生成原视频的上游继续生成。",
    ),
    parameters: [
      KEY,
      IDEMPOTENCY,
      ID,
      ...bodyFields(["prompt", "string", "What the film is to show.", "视频内容的描述。", { required: "yes" }]),
    ],
    answer: FILM_ANSWER,
    samples: [
      {
        id: "first",
        name: text("Another prompt", "新的提示词"),
        request: { method: "POST", path: `${PATH}/remix`, key: "authorization", body: { prompt } },
        answer: filmOf(facts, { prompt, remixed_from_video_id: VIDEO_ID }),
      },
    ],
    errors: ["missing_input", ...MODEL_ERRORS, "resource_not_found", "not_ready", "concurrency_limited", "conflict"],
    charged: text("As a new film.", "按新视频计费。"),
  };
}

function remove(): EndpointDoc {
  return {
    ...FOUND,
    method: "DELETE",
    path: "/videos/{id}",
    title: text("Forget a film", "删除视频"),
    summary: text("Forgets a film that is finished or has failed.", "删除已完成或已失败的视频记录。"),
    when: text(
      "Its links open nothing any more. A film that is still made cannot be stopped.",
      "删除后链接失效。生成中的视频无法取消。",
    ),
    parameters: [KEY, ID],
    answer: [],
    samples: [
      {
        id: "first",
        name: text("Delete", "删除"),
        request: { method: "DELETE", path: PATH, key: "authorization" },
        answer: { id: VIDEO_ID, object: "video.deleted", deleted: true },
      },
    ],
    errors: [...KEY_ERRORS, "resource_not_found", "not_ready"],
  };
}
