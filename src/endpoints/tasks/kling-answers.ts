/** How Kling's endpoints tell of the tasks that they took: one by its id or its client's own name of it, and all in pages. */
import type { JsonObject } from "../../core/json.ts";
import type { Services } from "../../services.ts";
import { freshened } from "../../tasks/due.ts";
import { viewOf } from "../../tasks/view.ts";
import { invalid } from "../../wire/invalid.ts";
import { success } from "../../wire/kling/task-envelope.ts";
import type { TaskForm } from "../../wire/task-types.ts";
import { commonHeaders } from "../answer-headers.ts";
import { identify } from "../caller.ts";
import type { GatewayContext, Handler, Row } from "../types.ts";
import { noTask } from "./task-endpoints.ts";
import { originOf } from "../origin.ts";

/** The rows that tell of the tasks of one form. */
export function tellsOf(form: TaskForm, path: string): readonly Row[] {
  return [
    { method: "GET", path, handle: lists(form) },
    { method: "GET", path: `${path}/:id`, handle: retrieves(form) },
  ];
}

function retrieves(form: TaskForm): Handler {
  return async function retrieve(context: GatewayContext, services: Services): Promise<Response> {
    const { accountId } = await identify(context, services);
    const { store } = services.tasks;
    const id = context.req.param("id") ?? "";
    const found = (await store.find(accountId, id)) ?? (await store.findNamed(accountId, id));
    if (found?.form !== form.name || found.state === "submitting") throw noTask();
    const task = await freshened(services.tasks, found);
    return answer(context, form.show(viewOf(task, form, originOf(context))), commonHeaders(context, services));
  };
}

const MOST_PAGES = 1000;
const MOST_LISTED = 500;
const USUALLY_LISTED = 30;

function lists(form: TaskForm): Handler {
  return async function list(context: GatewayContext, services: Services): Promise<Response> {
    const { accountId } = await identify(context, services);
    const page = numberOf(context, "pageNum", { usual: 1, most: MOST_PAGES });
    const limit = numberOf(context, "pageSize", { usual: USUALLY_LISTED, most: MOST_LISTED });
    const query = { accountId, form: form.name, limit, offset: (page - 1) * limit, order: "desc" } as const;
    const { tasks } = await services.tasks.store.list(query);
    const views = tasks.map((task) => viewOf(task, form, originOf(context)));
    const told = views.map((view) => form.tell?.(view) ?? form.show(view));
    return answer(context, success(told), commonHeaders(context, services));
  };
}

/** @throws Fault `invalid_parameter` */
function numberOf({ req }: GatewayContext, name: string, { usual, most }: { usual: number; most: number }): number {
  const number = Number(req.query(name) ?? usual);
  if (Number.isInteger(number) && number >= 1 && number <= most) return number;
  throw invalid(name, `must be from 1 to ${most}`, `须为 1 到 ${most}`);
}

/** In Kling's envelope. */
export function answer(context: GatewayContext, body: JsonObject, headers: Record<string, string>): Response {
  return Response.json({ ...body, request_id: context.var.log.requestId }, { headers });
}
