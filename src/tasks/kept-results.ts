/** Results in the operator's own bucket, for longer than their upstreams give them out. */
import { asFault, Fault } from "../core/fault.ts";
import { inLanes } from "../core/in-lanes.ts";
import { log } from "../core/log.ts";
import { readMostOf } from "../upstream/read-most.ts";
import type { TaskResult } from "../wire/task-types.ts";
import { fetchResult, outOfRange, RANGE } from "./fetch-result.ts";
import type { ToKeep } from "./keep-queue.ts";
import type { Task } from "./task.ts";
import type { TaskServices } from "./task-services.ts";
import { isBeside } from "./view.ts";

/** Tasks whose results one run copies, and those whose results it removes. */
const MOST_AT_ONCE = 20;
const MOST_REMOVED = 200;
/** One run copies for so long at most, and nobody else tries the same meanwhile. What comes late in it is left to the next one. */
const RUN_MS = 240_000;
const BEGIN_MS = RUN_MS / 2;
const CLAIM_MS = 2 * RUN_MS;
/** Nothing larger is kept. */
const MOST_BYTES = 1024 ** 3;
/** What an upstream sends without saying how long it is is read whole first: one at a time, because an isolate has 128 MB. */
const MOST_UNSIZED = 32 * 1024 ** 2;
const UNSIZED_MS = 30_000;
/** R2 deletes no more at once. */
const MOST_KEYS = 1000;

interface Run {
  readonly signal: AbortSignal;
  readonly beginsUntilMs: number;
  /** Of those that must be done one after the other. */
  readonly inTurn: <Result>(work: () => Promise<Result>) => Promise<Result>;
}

/** Copies what is to be kept, and removes what was kept for long enough. Without a bucket there is nothing to do. */
export async function keepResults(services: TaskServices): Promise<void> {
  const { results } = services;
  if (results === undefined) return;
  const { queue, keptMs } = results;
  const run = newRun(services);
  const due = await queue.claim(MOST_AT_ONCE, { claimMs: CLAIM_MS, keptMs });
  await inLanes(due, async (one) => keep(services, one, run));
  const overdue = await queue.overdue(MOST_REMOVED);
  const keys = overdue.flatMap(keysOf);
  for (let at = 0; at < keys.length; at += MOST_KEYS) await results.bucket.delete(keys.slice(at, at + MOST_KEYS));
  await queue.emptied(overdue.map(({ id }) => id));
}

function newRun({ relay }: TaskServices): Run {
  let last: Promise<unknown> = Promise.resolve();
  return {
    signal: AbortSignal.timeout(RUN_MS),
    beginsUntilMs: relay.now() + BEGIN_MS,
    inTurn: async (work) => {
      const own = last.then(work);
      last = own.catch(() => undefined);
      return own;
    },
  };
}

/** @returns false where its charge is open, or it is gone already */
export async function removeTask(services: TaskServices, task: Task): Promise<boolean> {
  if (!task.isClosed) return false;
  await services.results?.bucket.delete(keysOf(task));
  return services.store.remove(task.accountId, task.id);
}

interface Wanted {
  readonly variant: string;
  readonly range: string | undefined;
}

/** What the bucket has. @returns undefined where it has nothing, or does not answer. @throws Fault `invalid_parameter` for a range outside it */
export async function keptResult(services: TaskServices, task: Task, wanted: Wanted): Promise<Response | undefined> {
  const { results } = services;
  if (results === undefined || task.keptUntil === undefined) return undefined;
  try {
    return await readKept(results.bucket, keyOf(task, wanted.variant), wanted.range);
  } catch (error) {
    if (error instanceof Fault) throw error;
    log("error", "bucket_failed", { task: task.id, reason: String(error).slice(0, 200) });
    return undefined;
  }
}

async function readKept(bucket: R2Bucket, key: string, range: string | undefined): Promise<Response | undefined> {
  const part = range === undefined ? undefined : await partOf(bucket, key, range);
  const found = await bucket.get(key, part && { range: part });
  if (found === null) return undefined;
  const { size, httpEtag, uploaded, httpMetadata, body } = found;
  const headers = {
    "content-type": httpMetadata?.contentType ?? "application/octet-stream",
    "content-length": String(part?.length ?? size),
    "accept-ranges": "bytes",
    etag: httpEtag,
    "last-modified": uploaded.toUTCString(),
  };
  if (part === undefined) return new Response(body, { headers });
  const shown = `bytes ${part.offset}-${part.offset + part.length - 1}/${size}`;
  return new Response(body, { status: 206, headers: { ...headers, "content-range": shown } });
}

interface Part {
  readonly offset: number;
  readonly length: number;
}

/** @returns undefined for what is no range: then the whole file is meant. @throws Fault `invalid_parameter` */
async function partOf(bucket: R2Bucket, key: string, range: string): Promise<Part | undefined> {
  const [, first = "", last = ""] = RANGE.exec(range) ?? [];
  if (first === "" && last === "") return undefined;
  const size = (await bucket.head(key))?.size;
  if (size === undefined) return undefined;
  const [from, to] =
    first === ""
      ? [Math.max(0, size - Number(last)), size - 1]
      : [Number(first), Math.min(size - 1, last === "" ? size - 1 : Number(last))];
  if (first !== "" && last !== "" && Number(last) < Number(first)) return undefined;
  if (from > to) throw outOfRange(`bytes */${size}`);
  return { offset: from, length: to - from + 1 };
}

/** Copies what is not there yet. What only shows a part of another result may be missing. */
async function keep(services: TaskServices, { task, isLastTry }: ToKeep, run: Run): Promise<void> {
  const { results } = services;
  if (results === undefined) return;
  if (services.relay.now() > run.beginsUntilMs) return results.queue.putBack(task.id);
  let isWhole = true;
  let kept = 0;
  for (const result of task.content.results ?? []) {
    try {
      await copy(services, task, result, run);
      kept += 1;
    } catch (error) {
      if (isBeside(result.variant)) continue;
      isWhole = false;
      const { kind, options } = asFault(error);
      log("warn", "result_not_kept", {
        task: task.id,
        variant: result.variant,
        reason: options.reason ?? kind,
        isLastTry,
      });
    }
  }
  const isThere =
    isWhole || isLastTry ? await results.queue.settled(task.id, kept > 0) : await results.queue.retry(task.id);
  // Its client may have removed it meanwhile.
  if (!isThere) await results.bucket.delete(keysOf(task));
}

async function copy(services: TaskServices, task: Task, result: TaskResult, run: Run): Promise<void> {
  const { results } = services;
  const { signal, inTurn } = run;
  const key = keyOf(task, result.variant);
  if (results === undefined || (await results.bucket.head(key)) !== null) return;
  const { body, headers } = await fetchResult(services, task, result, { range: undefined, signal });
  if (body === null) throw new Error("a result without a body");
  const told = headers.get("content-length");
  const size = told === null ? undefined : Number(told);
  if (size !== undefined && size > MOST_BYTES) {
    await body.cancel();
    throw new Error(`a result of ${size} bytes`);
  }
  const httpMetadata = { contentType: headers.get("content-type") ?? "application/octet-stream" };
  if (size !== undefined) return void (await results.bucket.put(key, body, { httpMetadata }));
  await inTurn(async () => {
    const patience = AbortSignal.any([signal, AbortSignal.timeout(UNSIZED_MS)]);
    const content = await readMostOf(body, MOST_UNSIZED, patience);
    if (content === undefined) throw new Error("a large result of unknown size");
    await results.bucket.put(key, content, { httpMetadata });
  });
}

function keysOf(task: Task): string[] {
  return (task.content.results ?? []).map(({ variant }) => keyOf(task, variant));
}

function keyOf({ id }: Task, variant: string): string {
  return `${id}/${variant}`;
}
