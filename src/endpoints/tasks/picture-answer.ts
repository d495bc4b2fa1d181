/** Requests for pictures at once, of models that take minutes: the client waits, or is told where the task is. */
import { toBase64 } from "../../core/base64.ts";
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import { log } from "../../core/log.ts";
import type { Services } from "../../services.ts";
import { contentOf } from "../../tasks/content.ts";
import type { Task } from "../../tasks/task.ts";
import { linksOf } from "../../tasks/result-links.ts";
import { readMostOf } from "../../upstream/read-most.ts";
import { bodyOf } from "../../wire/form-request.ts";
import type { TaskRequest } from "../../wire/task-types.ts";
import type { ClientRequest } from "../../wire/types.ts";
import type { GatewayContext } from "../types.ts";
import type { Waiting } from "./answer-of-task.ts";
import { submit } from "./task-endpoints.ts";
import { TaskWait } from "./task-wait.ts";
import { variantOf } from "../../wire/result-variant.ts";
import { originOf } from "../origin.ts";

const MIB = 1024 * 1024;
/** Of all pictures of an answer. */
const MOST_BYTES = 16 * MIB;
const INLINE_MS = 60_000;

/** @param read the request as one for a task. @throws Fault when nobody takes the task, or it fails */
export async function answerWithPicture(
  context: GatewayContext,
  services: Services,
  { identity, asked }: Waiting,
  read: (request: ClientRequest) => TaskRequest,
): Promise<Response> {
  if (asked.stream === true) throw new Fault("unsupported_feature", { param: "stream" });
  const { payload } = asked;
  const { task, headers } = await submit(context, services, { identity, asked: read(asked), payload });
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

/** As addresses by default. What does not fit any more, or cannot be had, is an address, too. */
async function dataOf(
  context: GatewayContext,
  services: Services,
  { asked, task }: { readonly asked: ClientRequest; readonly task: Task },
): Promise<readonly JsonObject[]> {
  const { response_format: format } = bodyOf(asked.payload).value;
  // The pictures are there: nobody waits for long because their upstream does not send them.
  const signal = AbortSignal.any([context.req.raw.signal, AbortSignal.timeout(INLINE_MS)]);
  const links = linksOf(task, originOf(context));
  if (format !== "b64_json") return links.map((url) => ({ url }));
  const data: JsonObject[] = [];
  let room = MOST_BYTES;
  for (const [at, url] of links.entries()) {
    const bytes = await bytesOf(services, task, { variant: variantOf("image", at), room, signal });
    room -= bytes?.length ?? 0;
    data.push(bytes === undefined ? { url } : { b64_json: toBase64(bytes) });
  }
  return data;
}

interface Wanted {
  readonly variant: string;
  readonly room: number;
  readonly signal: AbortSignal;
}

/** @returns undefined for a picture that is too large, or that nobody gives out: it is paid for, and its address may work later */
async function bytesOf(services: Services, task: Task, { variant, room, signal }: Wanted) {
  try {
    const { body } = await contentOf(services.tasks, task, { variant, range: undefined, signal });
    return body === null ? undefined : await readMostOf(body, room, signal);
  } catch (error) {
    log("warn", "picture_not_inlined", { task: task.id, reason: String(error).slice(0, 200) });
    return undefined;
  }
}
