/** Looks after tasks: asks their upstreams how they are doing, and closes the charges of those that are over, once. */
import { inLanes } from "../core/in-lanes.ts";
import { log } from "../core/log.ts";
import type { Usage } from "../core/units.ts";
import type { Candidate, Route } from "../routing/route.ts";
import { asAttemptFailure, triage } from "../upstream/triage.ts";
import type { Secret } from "../upstream/types.ts";
import type { TaskError, TaskReport } from "../wire/task-types.ts";
import { cleanReport } from "./clean-report.ts";
import { closes, giveBack } from "./closing.ts";
import { keepable } from "./kept-size.ts";
import { askUpstream, carriesTasks, targetOf, taskWire } from "./task-calls.ts";
import { isOver, progressOf, type Maker, type Task, type Terms } from "./task.ts";
import type { Change } from "./task-records.ts";
import type { TaskServices } from "./task-services.ts";

/** An upstream that knows nothing of a task is asked so often before the task is given up. */
const MOST_MISSES = 5;
/** A task may be unknown to its upstream for so long after it was taken. */
const UNKNOWN_MS = 60_000;
const ASK_MS = 20_000;
const NOT_FOUND = 404;

/** How long a task waits for its next look, by its age. */
const WAITS: readonly (readonly [ageMs: number, waitMs: number])[] = [
  [60_000, 5000],
  [600_000, 10_000],
  [3_600_000, 60_000],
  [Number.POSITIVE_INFINITY, 300_000],
];

/** A task as it was found, and what is to be noted of it; undefined = it was over already. */
interface Looked {
  readonly task: Task;
  readonly change: Change | undefined;
}

/** @param tasks claimed by the caller */
export async function lookAfter(given: TaskServices, tasks: readonly Task[]): Promise<void> {
  const services = { ...given, candidate: remembered(given.candidate) };
  const looked = await lookAt(services, tasks);
  const noted = await services.store.note(looked.flatMap(({ change }) => change ?? []));
  await inLanes(looked, async ({ task, change }) => {
    const isFreed = change?.terms?.window === "free" && task.maker?.terms.window !== "free";
    if (isFreed && noted.has(task.id)) await giveBack(services, task);
  });
  const over = looked.flatMap(({ task, change }) => {
    if (change === undefined) return [task];
    // Somebody else may have noted another end before, and closes the charge by that.
    return isOver(change.state) && noted.has(task.id) ? [withChange(task, change)] : [];
  });
  const closed = await inLanes(over, async (task) => ((await closes(services, task)) ? [task.id] : []));
  await services.store.close(closed.flat(), services.results !== undefined);
}

/** Many tasks have the same maker. */
function remembered(find: TaskServices["candidate"]): TaskServices["candidate"] {
  const found = new Map<string, ReturnType<typeof find>>();
  return async (routeId, credentialId) => {
    const name = `${routeId}\n${credentialId}`;
    const known = found.get(name) ?? find(routeId, credentialId);
    found.set(name, known);
    return known;
  };
}

async function lookAt(services: TaskServices, tasks: readonly Task[]): Promise<Looked[]> {
  const nowMs = services.relay.now();
  const looked: Looked[] = [];
  const asked: Made[] = [];
  for (const task of tasks) {
    const { maker } = task;
    if (isOver(task.state)) looked.push({ task, change: undefined });
    else if (nowMs >= task.limitAt) looked.push({ task, change: failed(services, task, TOO_LATE) });
    else if (maker === undefined) looked.push({ task, change: failed(services, task, NOT_TAKEN) });
    else asked.push({ ...task, maker });
  }
  const found = await inLanes(await questionsAbout(services, asked), async ({ candidate, tasks: about }) =>
    candidate === undefined
      ? about.map((task) => ({ task, change: waiting(services, task) }))
      : ask(services, candidate, about),
  );
  return [...looked, ...found.flat()];
}

type Made = Task & { readonly maker: Maker };

interface Questioned {
  readonly candidate: Candidate | undefined;
  readonly tasks: readonly Made[];
}

/** The tasks in groups, each of which one question is about. */
async function questionsAbout(services: TaskServices, tasks: readonly Made[]): Promise<Questioned[]> {
  const found = await Promise.all(
    tasks.map(async (task) => {
      const candidate = await services.candidate(task.maker.routeId, task.maker.credentialId);
      return { task, candidate: candidate && carriesTasks(candidate.route) ? candidate : undefined };
    }),
  );
  const groups = Map.groupBy(found, ({ task: { maker }, candidate }) => groupOf(maker, candidate?.route));
  return [...groups.values()].flatMap((group): Questioned[] => {
    const candidate = group[0]?.candidate;
    const all = group.map(({ task }) => task);
    if (candidate === undefined) {
      const [{ routeId: route, credentialId: credential } = {}] = all.map(({ maker }) => maker);
      log("error", "task_maker_gone", { route, credential, tasks: all.length });
      return [{ candidate, tasks: all }];
    }
    const { mostAtOnce } = taskWire(candidate.route);
    return Array.from({ length: Math.ceil(all.length / mostAtOnce) }, (_, at) => ({
      candidate,
      tasks: all.slice(at * mostAtOnce, (at + 1) * mostAtOnce),
    }));
  });
}

/** A question about many tasks names no model: tasks of several routes may be in it. */
function groupOf({ routeId, upstreamId, credentialId }: Maker, route: Route | undefined): string {
  const isMixed = route !== undefined && taskWire(route).mostAtOnce > 1;
  return [isMixed ? route.wire : routeId, upstreamId, credentialId].join("\n");
}

async function ask(services: TaskServices, candidate: Candidate, tasks: readonly Made[]): Promise<Looked[]> {
  const wire = taskWire(candidate.route);
  const ids = [...new Set(tasks.map(({ maker }) => maker.task))];
  try {
    const { answer, secrets } = await askUpstream(
      services.relay,
      candidate,
      wire.ask(ids, targetOf(candidate, undefined)),
      {
        signal: AbortSignal.timeout(ASK_MS),
        read: (payload) => keepable(wire.told(payload, ids)),
      },
    );
    return tasks.map((task) => {
      const report = answer.get(task.maker.task);
      return {
        task,
        change:
          report === undefined
            ? missed(services, task)
            : told(services, task, { report: cleanReport(wire, report, secrets), secrets, keepsMs: wire.keepsMs }),
      };
    });
  } catch (error) {
    // Whatever is wrong with one upstream, the tasks of others go on.
    const { outcome, status, fault, words } = asAttemptFailure(error);
    const isUnknown = tasks.length === 1 && (status === NOT_FOUND || wire.isUnknown?.({ status, words }) === true);
    if (!isUnknown) {
      const { cause } = fault;
      const reason = fault.options.reason ?? (cause instanceof Error ? cause.message.slice(0, 200) : undefined);
      log("warn", "task_not_told", { upstream: candidate.route.upstream.id, tasks: tasks.length, outcome, reason });
    }
    return tasks.map((task) => ({ task, change: isUnknown ? missed(services, task) : waiting(services, task) }));
  }
}

interface TaskNews {
  readonly report: TaskReport;
  readonly secrets: readonly Secret[];
  /** As in `TaskWire`. */
  readonly keepsMs: number | undefined;
}

function told(services: TaskServices, task: Made, { report, secrets, keepsMs }: TaskNews): Change {
  const { state, native, results } = report;
  const content = {
    ...task.content,
    ...(native === undefined ? {} : { native }),
    ...(results === undefined ? {} : { results }),
  };
  if (state === "failed") return failed(services, { ...task, content }, errorOf(report, secrets));
  const terms = termsOf(task.maker.terms, report);
  if (state !== "succeeded") {
    const progress = progressOf(report.progress, task.progress);
    const isSame = native === undefined && results === undefined;
    const changed = { ...(isSame ? {} : { content }), ...(terms === task.maker.terms ? {} : { terms }) };
    return { ...waiting(services, task), state, progress, misses: 0, ...changed };
  }
  const nowMs = services.relay.now();
  const resultsUntil = report.resultsUntilMs ?? (keepsMs === undefined ? undefined : nowMs + keepsMs);
  return {
    ...over(services, task),
    state,
    progress: 100,
    terms: { ...terms, units: atMost(terms.units, report.usage) },
    content: { ...content, ...(resultsUntil === undefined ? {} : { resultsUntil }) },
  };
}

/** A window costs nothing while it waits for its client. Where the upstream goes on by itself, it is paid for like any other. */
function termsOf(terms: Terms, { wantsMore = false }: TaskReport): Terms {
  const { window, ...others } = terms;
  if (wantsMore) return window === "free" ? terms : { ...others, window: "free" };
  return window === "open" ? others : terms;
}

/**
 * An upstream may have made less than was asked for. That it made more is its own affair. Where it tells how many it made,
 * but not how long they are, each is as long as it was to be.
 */
function atMost(asked: Usage, reported: Usage = {}): Usage {
  const told = (unit: keyof Usage, count: number) => {
    const made = reported[unit];
    return made !== undefined && Number.isSafeInteger(made) && made > 0 ? Math.min(made, count) : undefined;
  };
  const { actions = 1 } = asked;
  const made = told("actions", actions) ?? actions;
  return Object.fromEntries(
    Object.entries(asked).map(([unit, count]) => {
      const usual = unit === "durationMs" ? Math.round((count * made) / actions) : count;
      return [unit, told(unit as keyof Usage, count) ?? usual];
    }),
  );
}

function failed(services: TaskServices, task: Task, error: TaskError): Change {
  return { ...over(services, task), state: "failed", content: { ...task.content, error } };
}

/** It is due at once: whoever is killed before its charge is closed is followed by another. */
function over({ relay }: TaskServices, { id, state, progress, misses }: Task): Change {
  return { id, state, progress, misses, dueAt: relay.now(), finishedAt: relay.now() };
}

function waiting({ relay }: TaskServices, { id, state, progress, misses, createdAt, limitAt }: Task): Change {
  const nowMs = relay.now();
  const [, waitMs = 0] = WAITS.find(([ageMs]) => nowMs - createdAt < ageMs) ?? [];
  return { id, state, progress, misses, dueAt: Math.min(nowMs + waitMs, limitAt) };
}

/** The upstream does not know it: not yet, or not any more. */
function missed(services: TaskServices, task: Task): Change {
  const misses = task.misses + 1;
  const isLost = misses >= MOST_MISSES && services.relay.now() - task.createdAt > UNKNOWN_MS;
  return isLost ? failed(services, task, LOST) : { ...waiting(services, task), misses };
}

/** What the client is told: the upstream's words where they are about what the client sent. */
function errorOf({ error = {} }: TaskReport, secrets: readonly Secret[]): TaskError {
  const { fault } = triage({ status: undefined, error }, secrets);
  return { code: fault.row.code ?? fault.kind, message: fault.text("en") };
}

function withChange(task: Task, { state, progress, terms, content, finishedAt }: Change): Task {
  const { maker } = task;
  return {
    ...task,
    state,
    progress,
    finishedAt,
    content: content ?? task.content,
    maker: maker && terms ? { ...maker, terms } : maker,
  };
}

const TOO_LATE: TaskError = {
  code: "task_expired",
  message: "The task took too long and was given up. It costs nothing.",
};
const NOT_TAKEN: TaskError = { code: "task_not_taken", message: "No service took the task. It costs nothing." };
const LOST: TaskError = { code: "task_lost", message: "The model's service lost the task. It costs nothing." };
