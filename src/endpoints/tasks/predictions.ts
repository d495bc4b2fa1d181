/** Films in Google's form: an operation that begins with a call of a model, is asked for by its name, and ends with files. */
import type { JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import type { Task } from "../../tasks/task.ts";
import { geminiDialect } from "../../wire/gemini/dialect.ts";
import { predictForm } from "../../wire/gemini/predict-form.ts";
import { commonHeaders } from "../answer-headers.ts";
import { identify } from "../caller.ts";
import { matchOf } from "../match.ts";
import type { GatewayContext, Row } from "../types.ts";
import { ownTask, readBody, sendContent, submit, taskOfLink, viewOf } from "./task-endpoints.ts";
import { contentLink, OPERATION, VIDEO_ID } from "./videos.ts";

/** They stand before the rows of models, whose names may hold anything. */
export const PREDICTION_ROWS: readonly Row[] = [
  {
    method: "GET",
    path: "/models/:operation{.+/operations/[^/]+}",
    dialect: geminiDialect,
    speaks: (path) => /^\/models\/.+\/operations\/[^/]+$/.test(path),
    handle: retrieve,
  },
  {
    method: "GET",
    path: "/operations/:operation",
    dialect: geminiDialect,
    speaks: (path) => path.startsWith("/operations/"),
    handle: retrieve,
  },
  {
    method: "GET",
    path: "/files/:file{[a-z0-9]+:download}",
    dialect: geminiDialect,
    speaks: (path) => /^\/files\/[^/]+:download$/.test(path),
    handle: download,
  },
];

export async function predict(context: GatewayContext, services: Services): Promise<Response> {
  const identity = await identify(context, services);
  const payload = await readBody(context, services);
  const asked = predictForm.read(payload, matchOf(context));
  const { task, headers } = await submit(context, services, { identity, asked, payload, idPrefix: VIDEO_ID });
  return Response.json(show(context, task), { headers });
}

async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
  const id = (context.req.param("operation") ?? "").split("/").at(-1) ?? "";
  const task = await ownTask(context, services, OPERATION, id);
  return Response.json(show(context, task), { headers: commonHeaders(context, services) });
}

/** With the key, as Google's libraries ask for it, or by the link that the operation itself tells. */
async function download(context: GatewayContext, services: Services): Promise<Response> {
  const { token } = context.req.query();
  const { id, variant } = readFile(context.req.param("file") ?? "");
  const task =
    token === undefined
      ? await ownTask(context, services, OPERATION, id)
      : await taskOfLink(context, services, token, id);
  return sendContent(context, services, task, variant);
}

function show(context: GatewayContext, task: Task): JsonObject {
  return predictForm.show(viewOf(task, (variant) => fileLink(context, task, variant)));
}

/** Google's libraries take the name of a file out of its address, and know names of digits and small letters alone. */
function fileLink(context: GatewayContext, task: Task, variant: string): string {
  const file = nameOfFile(task.id, variant);
  if (file === undefined) return contentLink(context, task, variant);
  const { origin } = new URL(context.req.url);
  return `${origin}/v1beta/files/${file}:download?alt=media&token=${task.content.link}`;
}

const DIGITS = /^[0-9a-f]+$/;

/** `video_12ab` and `video-2` → `12abn2` */
function nameOfFile(id: string, variant: string): string | undefined {
  const digits = id.startsWith(VIDEO_ID) ? id.slice(VIDEO_ID.length) : "";
  const [, number] = /^video(?:-([2-9]))?$/.exec(variant) ?? [];
  if (!DIGITS.test(digits)) return undefined;
  return variant === "video" ? digits : number === undefined ? undefined : `${digits}n${number}`;
}

function readFile(name: string): { readonly id: string; readonly variant: string } {
  const [, digits = "", number] = /^([0-9a-f]+)(?:n([2-9]))?:download$/.exec(name) ?? [];
  return { id: VIDEO_ID + digits, variant: number === undefined ? "video" : `video-${number}` };
}
