import type { Mutant } from "./mutant.ts";

const WORKER = { project: "worker" } as const;

export const TASKS: readonly Mutant[] = [
  // Money.
  {
    law: "a task that was killed before its charge was closed is closed by the next one",
    from: "if (change === undefined) return [task];",
    to: "if (change === undefined) return [];",
    ...WORKER,
  },
  {
    law: "a task ends as it was first told",
    from: "return isOver(change.state) && noted.has(task.id) ?",
    to: "return isOver(change.state) ?",
    ...WORKER,
  },
  {
    law: "a film costs no more than was asked for",
    from: "made > 0 ? Math.min(made, count) : undefined;",
    to: "made > 0 ? made : undefined;",
    ...WORKER,
  },
  {
    law: "a task that failed costs nothing",
    from: 'if (state === "succeeded" && maker !== undefined && maker.terms.window === undefined) {',
    to: "if (maker !== undefined) {",
    ...WORKER,
  },
  {
    law: "a task that nobody took costs nothing, and is not seen",
    from: "} else outcome = await wallet.release(charge, closing);",
    to: "} else outcome = { kind: 'missing' };",
    ...WORKER,
  },
  // Patience.
  {
    law: "a task may be unknown to its upstream for a minute",
    from: "services.relay.now() - task.createdAt > UNKNOWN_MS",
    to: "true",
    ...WORKER,
  },
  { law: "a task that its upstream lost is given up", from: "misses >= MOST_MISSES &&", to: "false &&", ...WORKER },
  { law: "a task has failed after a day", from: "nowMs >= task.limitAt)", to: "nowMs < 0)", ...WORKER },
  {
    law: "an old task is asked for seldom",
    from: "[3_600_000, 60_000],",
    to: "[3_600_000, 10_000],",
    ...WORKER,
  },
  // A database that takes no changes.
  {
    law: "a client sees its task as it was",
    from: 'log("warn", "tasks_not_freshened"',
    to: 'if (error !== undefined) throw error;\n    log("warn", "tasks_not_freshened"',
    ...WORKER,
  },
  {
    law: "a task that is not noted is answered with 503",
    from: 'isOurMistake(error) ? error : unreachableFault(error, "the task was not noted")',
    to: "error",
    ...WORKER,
  },
  // The store.
  {
    law: "an account has no more open tasks than it may",
    from: "AND closed_at IS NULL) < ${mostOpen}",
    to: "AND closed_at IS NULL) < 1000000",
    ...WORKER,
  },
  {
    law: "a task is looked after by one at a time",
    from: "due), { dueAt: nowMs + CLAIM_MS, askedAt: nowMs });",
    to: "due), { dueAt: nowMs, askedAt: nowMs });",
    ...WORKER,
  },
  {
    law: "a task that an upstream has taken is not given up for one question of the database",
    from: ".catch(async () => this.#taken(change, model, maker))",
    to: "",
    ...WORKER,
  },
  {
    law: "a task that was noted is not given up for an answer of the database that was lost",
    from: "return (await this.#db.$count(tasks, isOurs)) > 0;",
    to: "return false;",
    ...WORKER,
  },
  // The bucket.
  {
    law: "results are copied by one at a time",
    from: "keepAt: nowMs + claimMs,",
    to: "keepAt: nowMs,",
    ...WORKER,
  },
  {
    law: "what may be in the bucket is known from before it is there",
    from: "keptUntil: sql`coalesce(kept_until, min(${nowMs + keptMs}, expires_at - ${EMPTY_MS}))`,",
    to: "",
    ...WORKER,
  },
  { law: "a result is copied once", from: "|| (await results.bucket.head(key)) !== null", to: "", ...WORKER },
  {
    law: "what was kept for long enough is removed",
    from: "await results.bucket.delete(keys.slice(at, at + MOST_KEYS));",
    to: "",
    ...WORKER,
  },
  {
    law: "a copy of a task that is gone is removed",
    from: "if (!isThere) await results.bucket.delete(keysOf(task));",
    to: "",
    ...WORKER,
  },
  {
    law: "a task goes with its copies",
    from: "await services.results?.bucket.delete(keysOf(task));",
    to: "",
    ...WORKER,
  },
  { law: "a range ends with the file", from: "Math.min(size - 1, ", to: "Math.max(size - 1, ", ...WORKER },
  { law: "no page is kept as a film", from: "|| !MEDIA.test(type)", to: "", ...WORKER },
  // Callbacks.
  {
    law: "a callback is given up after some tries",
    from: "const CALLBACK_WAITS_MS = [10_000,",
    to: "const CALLBACK_WAITS_MS = [5000, 10_000,",
    ...WORKER,
  },
  {
    law: "a callback is told once of each change",
    from: ".set({ callbackAt: null })",
    to: ".set({ callbackTries: 1 })",
    ...WORKER,
  },
  {
    law: "a callback leads nowhere else",
    from: 'body,\n      redirect: "manual",\n      signal: AbortSignal.timeout(PATIENCE_MS)',
    to: 'body,\n      redirect: "follow",\n      signal: AbortSignal.timeout(PATIENCE_MS)',
    ...WORKER,
  },
  {
    law: "what costs more than the rest is made for a price of its own alone",
    from: "if (made.length > 0 && !isPricedBy(price, call, made)) throw",
    to: "if (made.length > 0 && price === null) throw",
  },
  {
    law: "a rate for half of what costs more is none for all of it",
    from: "names.every((name) => rate.when[name] !== undefined)",
    to: "names.some((name) => rate.when[name] !== undefined)",
  },
  {
    law: "pictures of Kling that were not made are not paid for",
    from: "usage: { images: made.length },",
    to: "",
  },
  {
    law: "a picture of a picture is none of a prompt",
    from: '...(pictures.length === 0 ? [] : (["mode"] as const)),',
    to: "",
  },
  {
    law: "a film from elsewhere is held for as long as it may be",
    from: "seconds: earlier?.seconds ?? MOST_SECONDS,",
    to: "seconds: earlier?.seconds ?? ADDED_SECONDS,",
  },
  {
    law: "voices are none of the price of sound",
    from: 'const audio = isVoiced ? "voice" :',
    to: "const audio =",
  },
  {
    law: "a callback is public",
    from: "checkPublic(new URL(url), allowPrivate);\n  } catch {\n    throw invalid(name,",
    to: "checkPublic(new URL(url), true);\n  } catch {\n    throw invalid(name,",
    ...WORKER,
  },
];
