/** Tasks for operators: those that are open, and those of an account. Never what a client wrote, or what was made of it. */
import { enum as oneOf, optional, strictObject, string } from "zod/mini";
import { accountMustExist } from "../../../accounts/accounts.ts";
import { listTasksForOperator, readTaskForOperator } from "../../../accounts/task-list.ts";
import { apiEndpoint, type ApiEndpoint } from "../api-endpoint.ts";
import { byId, id } from "../fields.ts";
import { pageFields, pageOf, pageView } from "../page-fields.ts";
import { OPERATORS_TASK_STATES, operatorTaskView, viewOperatorTask } from "../task-view.ts";

const common = { tag: "task", method: "GET", access: "read" } as const;
const TASKS = "/admin/api/tasks";

const filters = {
  upstream_id: optional(id()),
  operation: optional(string()),
  state: optional(oneOf(OPERATORS_TASK_STATES)),
  ...pageFields,
};

export const taskEndpoints: readonly ApiEndpoint[] = [
  apiEndpoint({
    ...common,
    path: TASKS,
    summary: "List the tasks of all accounts whose charge is open, the latest first",
    query: strictObject(filters),
    result: pageOf(operatorTaskView),
    async handle({ query, services }) {
      const { upstream_id: upstreamId, operation, state, ...page } = query;
      return pageView(await listTasksForOperator(services, { upstreamId, operation, state }, page), viewOperatorTask);
    },
  }),
  apiEndpoint({
    ...common,
    path: `${TASKS}/:id`,
    summary: "Read one task: who makes it, how it is doing, and its charge",
    params: byId,
    result: operatorTaskView,
    handle: async ({ params, services }) => viewOperatorTask(await readTaskForOperator(services, params.id)),
  }),
  apiEndpoint({
    ...common,
    path: "/admin/api/accounts/:id/tasks",
    summary: "List the tasks of an account, the latest first",
    params: byId,
    query: strictObject(filters),
    result: pageOf(operatorTaskView),
    async handle({ params, query, services }) {
      await accountMustExist(services, params.id);
      const { upstream_id: upstreamId, operation, state, ...page } = query;
      const filter = { accountId: params.id, upstreamId, operation, state };
      return pageView(await listTasksForOperator(services, filter, page), viewOperatorTask);
    },
  }),
];
