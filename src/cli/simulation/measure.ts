/** Figures that are computed from a run. */
import type { AttemptTrace, Run } from "./run.ts";

/** The share of answers that each upstream gave, among requests that came within a span of seconds. */
export function shares(run: Run, fromS = 0, toS = Number.POSITIVE_INFINITY): Record<string, number> {
  const answered = run.attempts.filter(
    ({ outcome, startS }) => (outcome === "answered" || outcome === "broke off") && startS >= fromS && startS < toS,
  );
  return Object.fromEntries(
    run.scenario.upstreams.map(({ id }) => [
      id,
      answered.filter(({ upstream }) => upstream === id).length / Math.max(1, answered.length),
    ]),
  );
}

/** The faults that customers saw who are not hostile. */
export function faults(run: Run): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fault, isHostile } of run.requests)
    if (fault !== undefined && !isHostile) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}

/** The longest wait of a customer who is not hostile, for the first byte or for an error. */
export function longestWaitMs(run: Run): number {
  return run.requests.reduce((most, { isHostile, waitedMs }) => (isHostile ? most : Math.max(most, waitedMs)), 0);
}

/** Attempts after the first, and calls beside one that was late. */
export function extraAttempts(run: Run): number {
  return run.requests.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0);
}

/** The first upstream that has trouble, and the span from the start of its first trouble to the end of its last. */
export function trouble(run: Run): { upstream: string; fromS: number; toS: number } | undefined {
  for (const { id, trouble = [] } of run.scenario.upstreams) {
    const [first, last] = [trouble[0], trouble.at(-1)];
    if (first !== undefined && last !== undefined) return { upstream: id, fromS: first.fromS, toS: last.toS };
  }
  return undefined;
}

const SPAN_S = 5;
const LEFT_SHARE = 0.02;

/**
 * Seconds from the start of the trouble until no later span of 5 s has failures at the upstream in more than 2 % of its
 * requests.
 */
export function secondsToEject(run: Run): number | undefined {
  const where = trouble(run);
  if (where === undefined) return undefined;
  const failed = ordinary(run, where.upstream).filter(hasFailed);
  let ejectedS = where.fromS;
  for (let atS = where.fromS; atS + SPAN_S <= where.toS; atS++) {
    const isWithin = (startS: number) => startS >= atS && startS < atS + SPAN_S;
    const requests = run.requests.filter((request) => isWithin(request.atS)).length;
    if (failed.filter(({ startS }) => isWithin(startS)).length > LEFT_SHARE * requests) ejectedS = atS + 1;
  }
  return ejectedS - where.fromS;
}

/** Seconds from the end of the trouble until every isolate gives the upstream its full weight. */
export function secondsToRecover(run: Run): number | undefined {
  const where = trouble(run);
  if (where === undefined) return undefined;
  const sample = run.samples.find(({ atS, weights }) => atS >= where.toS && (weights[where.upstream] ?? 0) >= 1);
  return sample === undefined ? undefined : sample.atS - where.toS;
}

/** Failed attempts that began when their isolate already knew of `most` failures in a row. */
export function beyondBreaker(run: Run, upstream: string, most: number): AttemptTrace[] {
  return ordinary(run, upstream).filter((attempt) => {
    const known = ordinary(run, upstream)
      .filter(({ isolate, endS }) => isolate === attempt.isolate && endS <= attempt.startS)
      .toSorted((a, b) => b.endS - a.endS)
      .slice(0, most);
    return hasFailed(attempt) && known.length === most && known.every(hasFailed);
  });
}

const NOT_FAILED: ReadonlySet<string> = new Set(["answered", "broke off", "abandoned", "outpaced"]);

function hasFailed({ outcome }: AttemptTrace): boolean {
  return !NOT_FAILED.has(outcome);
}

function ordinary(run: Run, upstream: string): AttemptTrace[] {
  return run.attempts.filter((attempt) => attempt.upstream === upstream && attempt.permit === "normal");
}
