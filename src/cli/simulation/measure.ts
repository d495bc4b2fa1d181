/** What a run shows. */
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

export function faults(run: Run): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { fault } of run.requests) if (fault !== undefined) counts[fault] = (counts[fault] ?? 0) + 1;
  return counts;
}

export function extraAttempts(run: Run): number {
  return run.requests.reduce((sum, { attempts }) => sum + Math.max(0, attempts - 1), 0);
}

/** The trouble of the run: the first that any upstream has. */
export function trouble(run: Run): { upstream: string; fromS: number; toS: number } | undefined {
  for (const { id, trouble: [first] = [] } of run.scenario.upstreams) {
    if (first !== undefined) return { upstream: id, fromS: first.fromS, toS: first.toS };
  }
  return undefined;
}

/** From the beginning of the trouble until no ordinary request goes to the upstream any more. */
export function secondsToEject(run: Run): number | undefined {
  const where = trouble(run);
  if (where === undefined) return undefined;
  const starts = ordinary(run, where.upstream)
    .map(({ startS }) => startS)
    .filter((startS) => startS >= where.fromS && startS < where.toS);
  return starts.length === 0 ? 0 : Math.max(...starts) - where.fromS;
}

/** From the end of the trouble until every isolate gives the upstream its full weight. */
export function secondsToRecover(run: Run): number | undefined {
  const where = trouble(run);
  if (where === undefined) return undefined;
  const sample = run.samples.find(({ atS, weights }) => atS >= where.toS && (weights[where.upstream] ?? 0) >= 1);
  return sample === undefined ? undefined : sample.atS - where.toS;
}

/** Failed attempts of one isolate that began when it knew of `most` failures in a row already. */
export function beyondBreaker(run: Run, upstream: string, most: number): AttemptTrace[] {
  return ordinary(run, upstream).filter((attempt) => {
    if (attempt.outcome === "answered") return false;
    const known = ordinary(run, upstream)
      .filter(({ isolate, endS }) => isolate === attempt.isolate && endS <= attempt.startS)
      .toSorted((a, b) => b.endS - a.endS)
      .slice(0, most);
    return known.length === most && known.every(({ outcome }) => outcome !== "answered");
  });
}

function ordinary(run: Run, upstream: string): AttemptTrace[] {
  return run.attempts.filter((attempt) => attempt.upstream === upstream && attempt.admission === "normal");
}
