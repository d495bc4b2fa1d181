/**
 * Makes the attempts of a request until one is answered. If an attempt is late, the next upstream is started beside it, and
 * the first to answer is kept. No I/O: the caller makes the calls and keeps the time.
 */
import type { Attempt } from "./attempt.ts";
import type { Attempts } from "./attempts.ts";

/** A call under way. */
export interface Call<Answer> {
  /** Resolves with the answer; undefined = there is none, and the attempt was told. */
  readonly answer: Promise<Answer | undefined>;
  /** Stops the call: another one was answered first. `answer` then resolves with undefined. */
  readonly stop: (why: "late" | "not needed") => void;
}

interface RaceOptions<Answer> {
  readonly start: (attempt: Attempt) => Call<Answer>;
  /** Calls `then` after `ms`. @returns a function that cancels it */
  readonly after: (ms: number, then: () => void) => () => void;
}

/** @returns undefined when no attempt was answered */
export async function race<Answer>(
  attempts: Attempts,
  { start, after }: RaceOptions<Answer>,
): Promise<Answer | undefined> {
  const running = new Map<Attempt, Call<Answer>>();
  let next = attempts.next();
  for (;;) {
    if (next !== undefined) running.set(next, start(next));
    const [first] = running.keys();
    if (first === undefined) return undefined;
    const ended = await firstEnd(running, attempts.hedgeAfterMs([...running.keys()]), after);
    if (ended === undefined) {
      next = attempts.hedge([...running.keys()]);
      continue;
    }
    running.delete(ended.attempt);
    if (ended.answer !== undefined) {
      for (const [attempt, call] of running)
        call.stop(attempt.startedAtMs < ended.attempt.startedAtMs ? "late" : "not needed");
      return ended.answer;
    }
    next = attempts.next();
  }
}

interface Ended<Answer> {
  readonly attempt: Attempt;
  readonly answer: Answer | undefined;
}

/** @returns the first call that ended; undefined when `hedgeAfterMs` was over before */
async function firstEnd<Answer>(
  running: ReadonlyMap<Attempt, Call<Answer>>,
  hedgeAfterMs: number | undefined,
  after: RaceOptions<Answer>["after"],
): Promise<Ended<Answer> | undefined> {
  const ends = [...running].map(async ([attempt, { answer }]) => ({ attempt, answer: await answer }));
  const [only] = ends;
  if (hedgeAfterMs === undefined && ends.length === 1 && only !== undefined) return only;
  let cancel: (() => void) | undefined;
  const late = new Promise<undefined>((resolve) => {
    if (hedgeAfterMs !== undefined) cancel = after(hedgeAfterMs, () => resolve(undefined));
  });
  try {
    return await Promise.race([...ends, late]);
  } finally {
    cancel?.();
  }
}
