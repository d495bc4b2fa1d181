/**
 * Pictures of Kling, and of relays that have its paths.
 * @see https://app.klingai.com/global/dev/document-api/apiReference/model/imageGeneration
 */
import { jsonPayload, NO_PAYLOAD, type Payload } from "../../core/payload.ts";
import type { Attributes } from "../../core/units.ts";
import type { ImageRequest } from "../../operation/image/image-request.ts";
import type { TaskCall, TaskReport, TaskTarget, TaskWire } from "../task-types.ts";
import { unsupported } from "../unsupported.ts";
import { only } from "../values.ts";
import { dataOf, isUnknown } from "./envelope.ts";
import { pictureOf, reportIn, takenTask } from "./task-answers.ts";
import { variantOf } from "../result-variant.ts";

/** The name of the wire, by which requests mark what it alone has a place for. */
export const KLING_PICTURES = "kling.images";

export const pictures: TaskWire<ImageRequest> = {
  name: KLING_PICTURES,
  operation: "image",
  write: writePictures,
  taken: takenTask,
  mostAtOnce: 1,
  ask: ([id = ""]) => ({
    address: { method: "GET", path: `${PATH}/${encodeURIComponent(id)}` },
    payload: NO_PAYLOAD,
  }),
  told: (answer, [id = ""]) => (isUnknown(answer) ? new Map() : new Map([[id, reportOf(answer)]])),
};

const PATH = "/images/generations";
export const MOST_PICTURES = 9;
const RESOLUTIONS = ["1k", "2k"] as const;
export const [USUAL_RESOLUTION] = RESOLUTIONS;
export const PICTURE_ASPECTS = ["1:1", "16:9", "9:16", "4:3", "3:4", "3:2", "2:3", "21:9"] as const;

/** @throws Fault `unsupported_feature` */
function writePictures(asked: ImageRequest, { model }: TaskTarget): TaskCall {
  const { prompt, negative, reference, count, aspect, resolution = USUAL_RESOLUTION } = asked;
  const [picture, ...more] = asked.pictures;
  if (prompt === "") throw unsupported("prompt", "must not be empty", "不能为空");
  if (more.length > 0) throw unsupported("image", "must be one picture", "仅支持一张图片");
  if (count > MOST_PICTURES) throw unsupported("n", `must be at most ${MOST_PICTURES}`, `不能超过 ${MOST_PICTURES}`);
  if (!(RESOLUTIONS as readonly string[]).includes(resolution))
    throw unsupported("resolution", `must be ${RESOLUTIONS.join(" or ")}`, `须为 ${RESOLUTIONS.join(" 或 ")}`);
  if (aspect !== undefined && !(PICTURE_ASPECTS as readonly string[]).includes(aspect))
    throw unsupported("aspect_ratio", `must be one of ${PICTURE_ASPECTS.join(", ")}`, "不受支持");
  const { wire, members = {} } = asked.native ?? {};
  const isOwn = wire === KLING_PICTURES;
  // What is made of a picture has no place for it.
  const takesNegative = picture === undefined;
  const body = only({
    model_name: model,
    prompt,
    negative_prompt: takesNegative ? negative : undefined,
    image: pictureOf(picture),
    image_reference: reference,
    resolution,
    n: count,
    aspect_ratio: aspect,
    ...(isOwn ? members : {}),
  });
  return {
    address: { method: "POST", path: PATH },
    payload: jsonPayload(body),
    dropped: [
      ...(takesNegative || negative === undefined ? [] : ["negative_prompt"]),
      ...(isOwn ? [] : Object.keys(members)),
    ],
    units: { images: count },
    attributes: { resolution, ...pictureMode(asked) },
  };
}

/** What the price of a picture depends on besides its resolution: what it is made of. */
export function pictureMode({
  pictures: given,
  reference,
}: Pick<ImageRequest, "pictures" | "reference">): Pick<Attributes, "mode"> {
  return { mode: given.length === 0 ? "text" : (reference ?? "image") };
}

/** @throws UpstreamError, Fault `upstream_error` */
function reportOf(answer: Payload): TaskReport {
  return reportIn(dataOf(answer), "images", (made) => ({
    results: made.map(({ url }, at) => ({ variant: variantOf("image", at), address: url })),
    usage: { images: made.length },
  }));
}
