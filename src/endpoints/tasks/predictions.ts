/** Films in Google's form: an operation that begins with a call of a model, is asked for by its name, and ends with files. */
import type { JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import type { Task } from "../../tasks/task.ts";
import { viewOf } from "../../tasks/view.ts";
import { geminiDialect } from "../../wire/gemini/dialect.ts";
import { predictForm, readFile } from "../../wire/gemini/predict-form.ts";
import { commonHeaders } from "../answer-headers.ts";
import { identify } from "../caller.ts";
import { matchOf } from "../match.ts";
import type { GatewayContext, Row } from "../types.ts";
import { openedTask, ownTask, readBody, sendContent, submit } from "./task-endpoints.ts";
import { OPERATION } from "./video-endpoints.ts";
import { originOf } from "../origin.ts";

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
  const { task, headers } = await submit(context, services, { identity, asked, payload });
  return Response.json(show(context, task), { headers });
}

async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
  const id = (context.req.param("operation") ?? "").split("/").at(-1) ?? "";
  const task = await ownTask(context, services, OPERATION, id);
  return Response.json(show(context, task), { headers: commonHeaders(context, services) });
}

async function download(context: GatewayContext, services: Services): Promise<Response> {
  const { id, variant } = readFile(context.req.param("file") ?? "");
  return sendContent(context, services, await openedTask(context, services, OPERATION, id), variant);
}

function show(context: GatewayContext, task: Task): JsonObject {
  return predictForm.show(viewOf(task, predictForm, originOf(context)));
}
