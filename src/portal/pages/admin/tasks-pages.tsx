/** `/admin/tasks`: what upstreams still work on, and all tasks of an account. Nobody sees here what was asked for, or made. */
import type { JsonObject } from "../../../core/json.ts";
import { allRows, amountIn, listApi, numberIn, readApi, text, timeIn } from "../../operator-api.ts";
import type { Content, Page } from "../../page.ts";
import { Filters } from "../../parts/filters.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { OPERATION_CHOICES, STATE_CHOICES, TaskStateMark } from "../../parts/task-state.tsx";
import { ADMIN } from "../../text/admin-text.ts";
import { FRAME } from "../../text/frame-text.ts";
import { TASKS } from "../../text/tasks-text.ts";
import type { OwnVisit } from "../../visit.ts";
import { ADMIN_CRUMB } from "./resource-pages.tsx";

const PATH = "/admin/tasks";

async function list(visit: OwnVisit): Promise<Content> {
  const { say, format, context } = visit;
  const query = context.req.query();
  const asked = (name: string) => {
    const value = (query[name] ?? "").trim();
    return value === "" ? undefined : value;
  };
  const account = asked("account");
  const path = account === undefined ? "tasks" : `accounts/${encodeURIComponent(account)}/tasks`;
  const [{ rows, next }, upstreams] = await Promise.all([
    listApi(visit, path, {
      cursor: query["cursor"],
      upstream_id: asked("upstream"),
      operation: asked("operation"),
      state: asked("state"),
    }),
    allRows(visit, "upstreams"),
  ]);
  return {
    title: account === undefined ? TASKS.open : TASKS.title,
    body: (
      <>
        <p class="muted">{say(TASKS.intro)}</p>
        <Filters
          visit={visit}
          submit={TASKS.find}
          filters={[
            {
              name: "upstream",
              label: ADMIN.upstream,
              choices: [
                { value: "", label: TASKS.any },
                ...upstreams.map((row) => ({ value: text(row, "id"), label: text(row, "name") })),
              ],
            },
            { name: "state", label: TASKS.state, choices: STATE_CHOICES },
            { name: "operation", label: TASKS.operation, choices: OPERATION_CHOICES },
            { name: "account", label: ADMIN.account },
          ]}
        />
        <Table
          visit={visit}
          caption={TASKS.title}
          rows={rows}
          next={next}
          empty={account === undefined ? TASKS.noneOpen : TASKS.noMatch}
          columns={[
            {
              title: TASKS.time,
              titleValues: { zone: format.timeZone },
              isHead: true,
              cell: (row) => (
                <a href={`${PATH}/${text(row, "id")}`}>{format.shortTime(timeIn(row, "created_at") ?? 0)}</a>
              ),
            },
            { title: ADMIN.account, cell: (row) => <AccountLink id={text(row, "account_id")} /> },
            { title: TASKS.model, cell: (row) => text(row, "model") },
            { title: ADMIN.upstream, cell: (row) => text(row, "upstream") },
            { title: TASKS.state, cell: (row) => <TaskStateMark visit={visit} state={text(row, "state")} /> },
            { title: TASKS.progress, isNumber: true, cell: (row) => progressOf(visit, row) },
            { title: ADMIN.revenue, isNumber: true, cell: (row) => <Amount visit={visit} row={row} /> },
            { title: TASKS.askedAt, cell: (row) => format.shortTime(timeIn(row, "asked_at") ?? 0) },
          ]}
        />
      </>
    ),
  };
}

function progressOf({ format }: OwnVisit, row: JsonObject): string {
  return format.percent((numberIn(row, "progress") ?? 0) / 100);
}

function AccountLink({ id }: { readonly id: string }) {
  return (
    <a href={`/admin/accounts/${id}`}>
      <code>{id.slice(0, 13)}</code>
    </a>
  );
}

function Amount({ visit: { format, say }, row }: { readonly visit: OwnVisit; readonly row: JsonObject }) {
  const isOpen = timeIn(row, "closed_at") === undefined;
  return (
    <a href={`/admin/requests/${text(row, "account_id")}/${text(row, "charge_id")}`}>
      {isOpen ? say(TASKS.held) : format.amount(amountIn(row, "amount"))}
    </a>
  );
}

async function show(visit: OwnVisit): Promise<Content> {
  const { say, format, context } = visit;
  const id = context.req.param("id") ?? "";
  const task = await readApi(visit, `tasks/${encodeURIComponent(id)}`);
  const time = (name: string) => {
    const ms = timeIn(task, name);
    return ms === undefined ? "–" : format.time(ms);
  };
  return {
    title: say(TASKS.task, { id }),
    above: [ADMIN_CRUMB, { path: PATH, title: FRAME.tasks }],
    body: (
      <Facts
        visit={visit}
        facts={[
          [ADMIN.account, <AccountLink id={text(task, "account_id")} />],
          [TASKS.state, <TaskStateMark visit={visit} state={text(task, "state")} />],
          [TASKS.progress, progressOf(visit, task)],
          [TASKS.model, text(task, "model")],
          [TASKS.form, <code>{text(task, "form")}</code>],
          [ADMIN.route, text(task, "route")],
          [ADMIN.upstream, text(task, "upstream")],
          [ADMIN.credential, text(task, "credential")],
          [TASKS.upstreamTask, <code>{text(task, "upstream_task")}</code>],
          [TASKS.misses, text(task, "misses")],
          [TASKS.startedAt, time("created_at")],
          [TASKS.askedAt, time("asked_at")],
          ...(timeIn(task, "closed_at") === undefined
            ? [[TASKS.dueAt, time("due_at")] as const, [TASKS.limitAt, time("limit_at")] as const]
            : [[TASKS.finishedAt, time("finished_at")] as const, [TASKS.closedAt, time("closed_at")] as const]),
          [ADMIN.revenue, <Amount visit={visit} row={task} />],
          [ADMIN.cost, task["cost_nanos"] === null ? "–" : format.amount(amountIn(task, "cost"))],
        ]}
      />
    ),
  };
}

export const ADMIN_TASK_PAGES: readonly Page[] = [
  { path: PATH, access: "operators", get: list },
  { path: `${PATH}/:id`, access: "operators", get: show },
];
