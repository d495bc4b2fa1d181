/** Pictures in Kling's form. */
import type { Services } from "../../services.ts";
import { viewOf } from "../../tasks/view.ts";
import { invalid } from "../../wire/invalid.ts";
import { pictureForm } from "../../wire/kling/picture-form.ts";
import { identify } from "../caller.ts";
import { matchOf } from "../match.ts";
import type { GatewayContext, Row } from "../types.ts";
import { answer, tellsOf } from "./kling-answers.ts";
import { openedTask, readBody, sendContent, submit } from "./task-endpoints.ts";
import { originOf } from "../origin.ts";

const PATH = "/images/generations";

export const KLING_PICTURE_ROWS: readonly Row[] = [
  { method: "POST", path: PATH, handle: create },
  ...tellsOf(pictureForm, PATH),
  { method: "GET", path: `${PATH}/:id/content`, handle: content },
];

async function create(context: GatewayContext, services: Services): Promise<Response> {
  const identity = await identify(context, services);
  const payload = await readBody(context, services);
  const asked = pictureForm.read(payload, matchOf(context));
  const { task, headers } = await submit(context, services, { identity, asked, payload });
  return answer(context, pictureForm.show(viewOf(task, pictureForm, originOf(context))), headers);
}

/** The second picture of a task is `image-2`. */
const VARIANT = /^image(-[2-9])?$/;

async function content(context: GatewayContext, services: Services): Promise<Response> {
  const { variant = "image" } = context.req.query();
  if (!VARIANT.test(variant)) throw invalid("variant", "must be image, image-2 and so on", "须为 image、image-2 等");
  const task = await openedTask(context, services, pictureForm.operation);
  return sendContent(context, services, task, variant);
}
