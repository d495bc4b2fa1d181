/** Tasks of midjourney-proxy's form: how they are doing, and what they have made. */
import { PAINT_MODES } from "../../../operation/paint/paint-request.ts";
import { bodyFields, parameter, text } from "../blocks.ts";
import type { Facts } from "../facts.ts";
import type { EndpointDoc, Mount } from "../types.ts";
import { finishedPaint, PAINT_KEY, SUBMIT_ANSWER, TASK_ANSWER, TASK_ID } from "./midjourney-fields.ts";
import { FREE, KEY_ERRORS } from "./model-fields.ts";
import { PAINT_ID } from "./sample-ids.ts";

const MODE_MOUNTS = PAINT_MODES.map((mode): Mount => `/mj-${mode}/mj`);
/** Where all of it is served. */
export const PAINT_MOUNTS = { surfaces: ["/mj"], alsoAt: MODE_MOUNTS } as const satisfies Partial<EndpointDoc>;

const FOUND: Pick<EndpointDoc, "surfaces" | "alsoAt" | "charged" | "samples" | "notes"> = {
  ...PAINT_MOUNTS,
  charged: FREE,
  samples: [],
  notes: [],
};

export function paintTasks(facts: Facts): readonly EndpointDoc[] {
  return [
    {
      ...FOUND,
      method: "GET",
      path: "/task/{id}/fetch",
      title: text("How a task is doing", "查询任务"),
      summary: text("Returns a task, with its picture and buttons.", "返回任务及其图片与按钮。"),
      when: text(
        "Ask every few seconds until `status` is `SUCCESS`, `FAILURE` or `CANCEL`.",
        "每隔几秒查询一次，直到 `status` 为 `SUCCESS`、`FAILURE` 或 `CANCEL`。",
      ),
      parameters: [PAINT_KEY, TASK_ID],
      answer: TASK_ANSWER,
      samples: [
        {
          id: "first",
          name: text("A finished grid", "已完成的四宫格"),
          request: { method: "GET", path: `/mj/task/${PAINT_ID}/fetch`, key: "mj-api-secret" },
          answer: finishedPaint(facts),
        },
      ],
      errors: [...KEY_ERRORS, "resource_not_found"],
    },
    {
      ...FOUND,
      method: "POST",
      path: "/task/list-by-condition",
      title: text("Several tasks", "批量查询"),
      summary: text("Answers with a bare list of tasks.", "返回任务数组。"),
      when: text("Those that are not yours are left out.", "不属于您的任务不会返回。"),
      parameters: [
        PAINT_KEY,
        ...bodyFields(["ids", "string[]", "The ids.", "任务编号。", { required: "yes", range: "≤ 100" }]),
      ],
      answer: [],
      errors: [...KEY_ERRORS, "invalid_parameter"],
    },
    {
      ...FOUND,
      method: "GET",
      path: "/task/{id}/image-seed",
      title: text("Seed", "获取种子"),
      summary: text("Returns the seed of a finished task.", "返回已完成任务的种子。"),
      when: text("For `--seed` in a prompt.", "用于提示词中的 `--seed`。"),
      parameters: [PAINT_KEY, TASK_ID],
      answer: SUBMIT_ANSWER.filter(({ name }) => name !== "properties").map((field) =>
        field.name === "result" ? { ...field, type: "string", description: text("The seed.", "种子。") } : field,
      ),
      samples: [
        {
          id: "first",
          name: text("A seed", "种子"),
          request: { method: "GET", path: `/mj/task/${PAINT_ID}/image-seed`, key: "mj-api-secret" },
          answer: { code: 1, description: "success", result: "1234567890" },
        },
      ],
      errors: [...KEY_ERRORS, "resource_not_found", "not_ready", "upstream_error"],
    },
  ];
}

export function paintResults(): readonly EndpointDoc[] {
  const errors = ["rate_limited_ip", "resource_not_found", "not_ready", "upstream_error"] as const;
  const found = { ...FOUND, method: "GET", answer: [], errors } as const;
  return [
    {
      ...found,
      path: "/image/{id}",
      title: text("The picture", "图片"),
      summary: text("Streams the picture of a task, or how it looks so far.", "返回任务的图片或当前预览。"),
      when: text(
        "At `imageUrl`. No key is needed: whoever knows the id of a task can open it.",
        "即 `imageUrl`，无需密钥：任何人持任务编号均可打开。",
      ),
      parameters: [TASK_ID],
      media: ["image/png", "image/webp", "image/jpeg"],
    },
    {
      ...found,
      path: "/video/{id}",
      title: text("The film", "视频"),
      summary: text("Streams a film of a task.", "返回任务的视频。"),
      when: text("At `videoUrls`, in the same way.", "即 `videoUrls`，规则同上。"),
      parameters: [
        TASK_ID,
        parameter("query", [
          "variant",
          "string",
          "The second is `video-2`.",
          "第二个为 `video-2`。",
          { default: "video" },
        ]),
      ],
      media: ["video/mp4"],
    },
  ];
}
