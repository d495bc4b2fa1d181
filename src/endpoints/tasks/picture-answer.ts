/** Requests for pictures at once, of models that take minutes: the client waits, or is told where the task is. */
import { toBase64 } from "../../core/base64.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import { contentOf } from "../../tasks/content.ts";
import type { Task } from "../../tasks/task.ts";
import { viewOf } from "../../tasks/view.ts";
import { readMostOf } from "../../upstream/read-most.ts";
import { bodyOf } from "../../wire/form-request.ts";
import { imagineOf } from "../../wire/midjourney/imagine.ts";
import { paintForm } from "../../wire/midjourney/paint-form.ts";
import type { ClientRequest } from "../../wire/types.ts";
import type { GatewayContext } from "../types.ts";
import type { Waiting } from "./answer-of-task.ts";
import { submit } from "./task-endpoints.ts";
import { TaskWait } from "./task-wait.ts";

const MIB = 1024 * 1024;
const MOST_BYTES = 16 * MIB;

/** @throws Fault when nobody takes the task, or it fails */
export async function answerWithPicture(
  context: GatewayContext,
  services: Services,
  { identity, asked }: Waiting,
): Promise<Response> {
  if (asked.stream === true) throw new Fault("unsupported_feature", { param: "stream" });
  const { task, headers } = await submit(context, services, {
    identity,
    asked: imagineOf(asked),
    payload: asked.payload,
  });
  const { signal } = context.req.raw;
  const created = Math.floor(task.createdAt / 1000);
  let over: Task;
  try {
    over = await new TaskWait(services, task, signal).forEnd();
  } catch (error) {
    if (!(error instanceof Fault) || error.kind !== "upstream_timeout") throw error;
    // It goes on, and is paid for when it is there.
    return Response.json({ created, data: [], task_id: task.id, status: "in_progress" }, { status: 202, headers });
  }
  const data = await dataOf(context, services, { asked, task: over });
  return Response.json({ created, data, task_id: task.id }, { headers });
}

/** As an address by default. */
async function dataOf(
  { req }: GatewayContext,
  services: Services,
  { asked, task }: { readonly asked: ClientRequest; readonly task: Task },
): Promise<readonly JsonObject[]> {
  const { response_format: format } = bodyOf(asked.payload).value;
  const links = viewOf(task, paintForm, new URL(req.url).origin).links;
  if (format !== "b64_json") return links.map((url) => ({ url }));
  const wanted = { variant: "image", range: undefined, signal: req.raw.signal };
  const { body } = await contentOf(services.tasks, task, wanted);
  const bytes = body === null ? undefined : await readMostOf(body, MOST_BYTES);
  return bytes === undefined ? links.map((url) => ({ url })) : [{ b64_json: toBase64(bytes) }];
}
