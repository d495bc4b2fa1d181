/** `/app/tasks`: what was asked for and comes later, with its progress; and the page of each, where a film can be watched. */
import { keyNames } from "../../../accounts/keys.ts";
import { listTasks, readTask, type ListedTask } from "../../../accounts/task-list.ts";
import { linksOf } from "../../../tasks/result-links.ts";
import { isOver, type Task } from "../../../tasks/task.ts";
import { resultsUntil } from "../../../tasks/view.ts";
import type { Content, Page } from "../../page.ts";
import { pageRequest } from "../../page-request.ts";
import { Copyable } from "../../parts/copy.tsx";
import { Filters } from "../../parts/filters.tsx";
import { Notice } from "../../parts/frame.tsx";
import { Facts, Table } from "../../parts/table.tsx";
import { OPERATION_CHOICES, STATE_CHOICES, stateIn, TaskStateMark } from "../../parts/task-state.tsx";
import { TASKS } from "../../text/tasks-text.ts";
import type { OwnVisit } from "../../visit.ts";

const PATH = "/app/tasks";
/** The page of a task that is not finished looks again so often, and so many times. */
const LOOK_AGAIN_S = 5;
const MOST_LOOKS = 120;

interface Shown extends ListedTask {
  readonly task: Task;
}

async function opened({ services }: OwnVisit, listed: readonly ListedTask[]): Promise<readonly Shown[]> {
  const tasks = await services.tasks.store.opened(listed.map(({ row }) => row));
  return listed.flatMap((one, at) => {
    const task = tasks[at];
    return task === undefined ? [] : [{ ...one, task }];
  });
}

async function list(visit: OwnVisit): Promise<Content> {
  const { services, person, say, format, context, origin } = visit;
  const state = stateIn(visit);
  const operation = OPERATION_CHOICES.find(({ value }) => value === context.req.query("operation"))?.value;
  const filter = { state, operation: operation === "" ? undefined : operation };
  const [{ rows, next }, names] = await Promise.all([
    listTasks(services, { accountId: person.accountId, ...filter }, pageRequest(visit)),
    keyNames(services, person.accountId),
  ]);
  const isNarrowed = filter.state !== undefined || filter.operation !== undefined;
  return {
    title: TASKS.title,
    body: (
      <>
        <Filters
          visit={visit}
          submit={TASKS.find}
          filters={[
            { name: "operation", label: TASKS.operation, choices: OPERATION_CHOICES },
            { name: "state", label: TASKS.state, choices: STATE_CHOICES },
          ]}
        />
        <Table
          visit={visit}
          caption={TASKS.title}
          rows={await opened(visit, rows)}
          next={next}
          empty={isNarrowed ? TASKS.noMatch : TASKS.none}
          columns={[
            {
              title: TASKS.time,
              titleValues: { zone: format.timeZone },
              isHead: true,
              cell: ({ task }) => <a href={`${PATH}/${task.id}`}>{format.shortTime(task.createdAt)}</a>,
            },
            { title: TASKS.model, cell: ({ task }) => task.model },
            { title: TASKS.key, cell: ({ task }) => names.get(task.keyId) ?? say(TASKS.deletedKey) },
            { title: TASKS.state, cell: ({ task }) => <TaskStateMark visit={visit} state={task.state} /> },
            { title: TASKS.progress, isNumber: true, cell: ({ task }) => format.percent(task.progress / 100) },
            { title: TASKS.took, isNumber: true, cell: (row) => took(visit, row) },
            { title: TASKS.cost, isNumber: true, cell: (row) => <Cost visit={visit} shown={row} /> },
            {
              title: TASKS.result,
              cell: ({ task }) => linksOf(task, origin).map((link) => <a href={link}>{say(TASKS.show)}</a>),
            },
          ]}
        />
      </>
    ),
  };
}

function took({ format }: OwnVisit, { task }: Shown): string {
  return task.finishedAt === undefined ? "" : format.duration(task.finishedAt - task.createdAt);
}

function Cost({ visit: { format, say }, shown }: { readonly visit: OwnVisit; readonly shown: Shown }) {
  const { task, amountNanos } = shown;
  return <a href={`/app/requests/${task.charge.id}`}>{task.isClosed ? format.amount(amountNanos) : say(TASKS.held)}</a>;
}

async function show(visit: OwnVisit): Promise<Content> {
  const { services, person, say, context, origin } = visit;
  const id = context.req.param("id") ?? "";
  const [found, names] = await Promise.all([
    readTask(services, { accountId: person.accountId, id }),
    keyNames(services, person.accountId),
  ]);
  const [shown] = await opened(visit, [found]);
  if (shown === undefined) throw new Error("a task that cannot be opened");
  const { task } = shown;
  const looks = Number(context.req.query("looks") ?? 0);
  const looksAgain = !isOver(task.state) && looks < MOST_LOOKS;
  return {
    title: say(TASKS.task, { id: task.id }),
    above: [
      { path: "/app", title: { en: "Overview", zh: "概览" } },
      { path: PATH, title: TASKS.title },
    ],
    hasMedia: true,
    ...(looksAgain ? { goesTo: { address: `${PATH}/${task.id}?looks=${looks + 1}`, afterS: LOOK_AGAIN_S } } : {}),
    body: (
      <>
        {looksAgain ? <Notice kind="info">{say(TASKS.looksAgain)}</Notice> : null}
        {task.state === "failed" ? <Notice kind="info">{say(TASKS.free)}</Notice> : null}
        {linksOf(task, origin).map((link) => (
          <Result visit={visit} task={task} link={link} />
        ))}
        <TaskFacts visit={visit} shown={shown} keyName={names.get(task.keyId)} />
      </>
    ),
  };
}

interface ResultOf {
  readonly visit: OwnVisit;
  readonly task: Task;
  readonly link: string;
}

function Result({ visit, task, link }: ResultOf) {
  const { say } = visit;
  const isFilm = task.operation === "video";
  const what = say(TASKS.result);
  return (
    <section>
      <h2>{what}</h2>
      {isFilm ? (
        <video class="result" controls preload="none" src={link} aria-label={what} />
      ) : (
        <img class="result" src={link} alt={what} />
      )}
      <p>
        <a class="button" href={link} download={`${task.id}.${isFilm ? "mp4" : "png"}`}>
          {say(TASKS.download)}
        </a>
      </p>
      <p class="muted">{say(TASKS.link)}</p>
      <Copyable visit={visit} text={link} what={what} />
    </section>
  );
}

interface FactsOf {
  readonly visit: OwnVisit;
  readonly shown: Shown;
  readonly keyName: string | undefined;
}

function TaskFacts({ visit, shown, keyName }: FactsOf) {
  const { say, format } = visit;
  const { task, seconds } = shown;
  const { error } = task.content;
  const until = resultsUntil(task);
  return (
    <Facts
      visit={visit}
      facts={[
        [TASKS.state, <TaskStateMark visit={visit} state={task.state} />],
        ...(task.state === "failed" && error !== undefined ? [[TASKS.why, error.message] as const] : []),
        [TASKS.progress, format.percent(task.progress / 100)],
        [TASKS.model, task.model],
        ...(seconds === null ? [] : [[TASKS.length, format.duration(seconds * 1000)] as const]),
        [TASKS.key, keyName ?? say(TASKS.deletedKey)],
        [TASKS.startedAt, format.time(task.createdAt)],
        ...(task.finishedAt === undefined
          ? []
          : [[TASKS.finishedAt, format.time(task.finishedAt)] as const, [TASKS.took, took(visit, shown)] as const]),
        ...(until === undefined ? [] : [[TASKS.resultUntil, format.time(until)] as const]),
        [TASKS.cost, <Cost visit={visit} shown={shown} />],
        [TASKS.request, <a href={`/app/requests/${task.charge.id}`}>{task.charge.id}</a>],
        [TASKS.expiresAt, format.time(task.expiresAt)],
      ]}
    />
  );
}

export const TASK_PAGES: readonly Page[] = [
  { path: PATH, access: "people", get: list },
  { path: `${PATH}/:id`, access: "people", get: show },
];
