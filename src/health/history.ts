/** What an upstream's object stores of each minute, and the status that is computed from many minutes. Pure. */
import { type Histogram, countOf, mergeHistogram, quantileMs } from "./histogram.ts";

export const MINUTE_MS = 60_000;

interface RouteMinute {
  readonly model: string;
  answered: number;
  failed: number;
  /** The breaker was not closed at the minute's end. */
  open: boolean;
  readonly ttft: Record<number, number>;
}

export interface Minute {
  /** Minutes since 1970. */
  readonly minute: number;
  readonly routes: Record<string, RouteMinute>;
}

/** One route over a span of time; small enough to be sent each minute. */
export interface RouteHistory {
  readonly route: string;
  readonly model: string;
  answered: number;
  failed: number;
  readonly ttft: Record<number, number>;
  /** Minutes with attempts, or with an open breaker. */
  readonly seenMinutes: number[];
  /** Of these, minutes in which something was answered. */
  readonly upMinutes: number[];
}

export function summarise(minutes: Iterable<Minute>): RouteHistory[] {
  const histories = new Map<string, RouteHistory>();
  for (const { minute, routes } of minutes) {
    for (const [route, { model, answered, failed, open, ttft }] of Object.entries(routes)) {
      let history = histories.get(route);
      if (history === undefined) {
        history = { route, model, answered: 0, failed: 0, ttft: {}, seenMinutes: [], upMinutes: [] };
        histories.set(route, history);
      }
      history.answered += answered;
      history.failed += failed;
      mergeHistogram(history.ttft, ttft);
      if (answered + failed > 0 || open) history.seenMinutes.push(minute);
      if (answered > 0) history.upMinutes.push(minute);
    }
  }
  return [...histories.values()];
}

export interface ModelStatus {
  readonly model: string;
  /** Share of the minutes with traffic in which the model answered by some route; undefined = no traffic. */
  readonly uptimeShare: number | undefined;
  /** Share of attempts that failed, whether or not another route then answered. */
  readonly errorShare: number | undefined;
  readonly attempts: number;
  readonly ttftP50Ms: number | undefined;
  readonly ttftP95Ms: number | undefined;
}

/** The histories of all upstreams' routes, by model. */
export function statusOfModels(histories: readonly RouteHistory[]): ModelStatus[] {
  return [...Map.groupBy(histories, ({ model }) => model)].map(([model, routes]) => {
    const sum = (count: (route: RouteHistory) => number) => routes.reduce((total, route) => total + count(route), 0);
    const seen = new Set(routes.flatMap(({ seenMinutes }) => seenMinutes));
    const up = new Set(routes.flatMap(({ upMinutes }) => upMinutes));
    const attempts = sum(({ answered, failed }) => answered + failed);
    const ttft: Record<number, number> = {};
    for (const route of routes) mergeHistogram(ttft, route.ttft);
    return {
      model,
      attempts,
      uptimeShare: seen.size === 0 ? undefined : up.size / seen.size,
      errorShare: attempts === 0 ? undefined : sum(({ failed }) => failed) / attempts,
      ...quantiles(ttft),
    };
  });
}

function quantiles(ttft: Histogram): Pick<ModelStatus, "ttftP50Ms" | "ttftP95Ms"> {
  const known = countOf(ttft) > 0;
  return {
    ttftP50Ms: known ? quantileMs(ttft, 0.5) : undefined,
    ttftP95Ms: known ? quantileMs(ttft, 0.95) : undefined,
  };
}
