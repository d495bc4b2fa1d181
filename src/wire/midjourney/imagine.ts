/** Pictures that are asked for in OpenAI's form, of a model that makes them step by step: its first step. */
import { aspectOf } from "../../operation/video/video-request.ts";
import { words } from "../fields/field-table.ts";
import { bodyOf } from "../form-request.ts";
import { sourceOfPicture } from "../media.ts";
import { picturesOfForm } from "../openai/image-form.ts";
import { picturesIn } from "../openai/image-members.ts";
import type { TaskRequest } from "../task-types.ts";
import type { ClientRequest } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { textIn, textOrEmpty } from "../values.ts";
import { paintRequest } from "./paint-form.ts";
import { checkPicture } from "./paint-steps.ts";

/** The only model that makes a picture of words alone. Others are priced for what is done with one. */
export const IMAGINES = "mj_imagine";

const READ: ReadonlySet<string> = new Set(
  words("model models prompt size aspect_ratio image images image_url image_urls response_format stream provider user"),
);

/** @throws Fault `invalid_parameter`, `unsupported_feature` */
export function imagineOf(request: ClientRequest): TaskRequest {
  const { value: body } = bodyOf(request.payload);
  const { size, aspect_ratio: ratio } = body;
  if (body["mask"] !== undefined) throw unsupported("mask");
  const given = picturesIn(body).map(({ url }) => sourceOfPicture(url, "image/png"));
  const prompt = textOrEmpty(body["prompt"]);
  const flag = /--(ar|aspect)\b/.test(prompt) ? "" : flagOf(textIn(size) ?? textIn(ratio));
  for (const source of given) checkPicture(source, "image");
  const dropped = Object.keys(body).filter((name) => !READ.has(name));
  const step = {
    step: "imagine",
    action: "imagine",
    prompt: prompt + flag,
    pictures: [...given, ...picturesOfForm(request.payload)],
    shown: {},
    dropped,
  } as const;
  return paintRequest(step, {});
}

/** A grid of four pictures is made, whatever the number that is asked for. */
function flagOf(size: string | undefined): string {
  const [, width, height] = /^(\d{1,5})[x×*:](\d{1,5})$/i.exec(size ?? "") ?? [];
  if (width === undefined || height === undefined) return "";
  const [across, down] = [Number(width), Number(height)];
  const aspect = Math.max(across, down) < 100 ? `${across}:${down}` : aspectOf({ width: across, height: down });
  return aspect === undefined ? "" : ` --ar ${aspect}`;
}
