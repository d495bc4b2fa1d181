/** Films: `/videos` in the form of Sora, and `/videos/generations` as relays have it. */
import { Fault } from "../../core/fault.ts";
import type { JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Services } from "../../services.ts";
import type { Task } from "../../tasks/task.ts";
import { removeTask } from "../../tasks/kept-results.ts";
import { viewOf } from "../../tasks/view.ts";
import { invalid } from "../../wire/invalid.ts";
import { generationForm, remixOf, videoForm } from "../../wire/openai/video-form.ts";
import type { TaskForm, TaskRequest } from "../../wire/task-types.ts";
import { commonHeaders } from "../answer-headers.ts";
import { identify } from "../caller.ts";
import { readPageQuery } from "../list-query.ts";
import { matchOf } from "../match.ts";
import type { GatewayContext, Handler, Row } from "../types.ts";
import { noTask, openedTask, ownTask, readBody, sendContent, submit } from "./task-endpoints.ts";
import { originOf } from "../origin.ts";

export const OPERATION = "video";
const PATH = "/videos";

export const VIDEO_ROWS: readonly Row[] = [
  { method: "POST", path: PATH, handle: creates(videoForm) },
  { method: "GET", path: PATH, handle: list },
  ...[`${PATH}/generations`, "/video/generations"].flatMap((path): Row[] => [
    { method: "POST", path, handle: creates(generationForm) },
    { method: "GET", path: `${path}/:id`, handle: retrieves(generationForm) },
  ]),
  { method: "GET", path: `${PATH}/:id`, handle: retrieves(videoForm) },
  { method: "DELETE", path: `${PATH}/:id`, handle: remove },
  { method: "GET", path: `${PATH}/:id/content`, handle: content },
  { method: "POST", path: `${PATH}/:id/remix`, handle: remix },
];

function creates(form: TaskForm): Handler {
  return async function create(context: GatewayContext, services: Services): Promise<Response> {
    const identity = await identify(context, services);
    const payload = await readBody(context, services, ["json", "form"]);
    const asked = form.read(payload, matchOf(context));
    refuseUnnamed(services, asked);
    const { task, headers } = await submit(context, services, { identity, asked, payload });
    return Response.json(show(context, form, task), { headers });
  };
}

/** @throws Fault `invalid_parameter` where the site wants clients to name a model */
function refuseUnnamed({ settings }: Services, { demand }: TaskRequest): void {
  if (demand.model === undefined && settings.REQUIRE_MODEL) throw invalid("model", "is required", "为必填参数");
}

function retrieves(form: TaskForm): Handler {
  return async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
    const task = await ownTask(context, services, OPERATION);
    return Response.json(show(context, form, task), { headers: commonHeaders(context, services) });
  };
}

async function list(context: GatewayContext, services: Services): Promise<Response> {
  const { accountId } = await identify(context, services);
  const page = { accountId, operation: OPERATION, ...readPageQuery(context) };
  const { tasks, hasMore } = await services.tasks.store.list(page);
  const data = tasks.map((task) => show(context, videoForm, task));
  const [first, last] = [tasks[0]?.id ?? null, tasks.at(-1)?.id ?? null];
  const body = { object: "list", data, first_id: first, last_id: last, has_more: hasMore };
  return Response.json(body, { headers: commonHeaders(context, services) });
}

async function remove(context: GatewayContext, services: Services): Promise<Response> {
  const task = await ownTask(context, services, OPERATION);
  if (!(await removeTask(services.tasks, task))) throw new Fault("not_ready");
  const body = { id: task.id, object: "video.deleted", deleted: true };
  return Response.json(body, { headers: commonHeaders(context, services) });
}

/** The second film that was made of a prompt is `video-2`. */
const VARIANT = /^(video(-[2-9])?|thumbnail|spritesheet)$/;

async function content(context: GatewayContext, services: Services): Promise<Response> {
  const { variant = "video" } = context.req.query();
  if (!VARIANT.test(variant)) {
    throw invalid(
      "variant",
      "must be video, video-2 and so on, thumbnail or spritesheet",
      "须为 video、video-2 等、thumbnail 或 spritesheet",
    );
  }
  return sendContent(context, services, await openedTask(context, services, OPERATION), variant);
}

/** The same film with another prompt. Who made it makes this one, too. */
async function remix(context: GatewayContext, services: Services): Promise<Response> {
  const parent = await ownTask(context, services, OPERATION);
  const { identity } = context.var;
  if (identity === undefined) throw noTask();
  const payload: Payload = await readBody(context, services, ["json", "form"]);
  if (parent.state !== "succeeded" || parent.maker === undefined) throw new Fault("not_ready");
  const { maker } = parent;
  const asked = remixOf(payload, { id: parent.id, model: parent.model, made: maker.task, ...maker.terms });
  const { task, headers } = await submit(context, services, { identity, asked, payload, maker });
  return Response.json(show(context, videoForm, task), { headers });
}

function show(context: GatewayContext, form: TaskForm, task: Task): JsonObject {
  return form.show(viewOf(task, form, originOf(context)));
}
