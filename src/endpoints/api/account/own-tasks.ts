/** The tasks of the key, or of its account if the key manages that: videos, and whatever else comes later than its request. */
import { enum as oneOf, optional, strictObject, string } from "zod/mini";
import { listTasks, readTask } from "../../../accounts/task-list.ts";
import { Fault } from "../../../core/fault.ts";
import { apiEndpoint, seenBy, type ApiEndpoint } from "../api-endpoint.ts";
import { byId } from "../fields.ts";
import { pageFields, pageOf } from "../page-fields.ts";
import { TASK_STATES, taskView, viewTasks } from "../task-view.ts";
import { originOf } from "../../origin.ts";

const common = { tag: "account", access: "key" } as const;

export const taskEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/tasks",
    summary: "List the tasks of the key, or of its account if the key manages that, the latest first",
    query: strictObject({
      operation: optional(string()),
      state: optional(oneOf(TASK_STATES)),
      ...pageFields,
    }),
    result: pageOf(taskView),
    async handle(request) {
      const { operation, state, ...page } = request.query;
      const { rows, next } = await listTasks(request.services, { ...seenBy(request), operation, state }, page);
      return { data: await viewTasks(request.services, rows, originOf(request.context)), next_cursor: next ?? null };
    },
  }),
  apiEndpoint({
    ...common,
    method: "GET",
    path: "/api/tasks/:id",
    summary: "Read one task: how it is doing, what came of it, and its charge",
    params: byId,
    result: taskView,
    async handle(request) {
      const task = await readTask(request.services, { ...seenBy(request), id: request.params.id });
      const [view] = await viewTasks(request.services, [task], originOf(request.context));
      if (view === undefined) throw new Fault("resource_not_found", { param: "id" });
      return view;
    },
  }),
];
