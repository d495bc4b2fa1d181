/** The public status of each model. It names no upstream, route or credential. Pure. */
import { array, enum as oneOf, nullable, number, object, optional, string, type infer as Infer } from "zod/mini";
import type { HealthDescription } from "./description.ts";
import { MINUTE_MS, type ModelStatus, type RouteHistory, statusOfModels } from "./history.ts";
import { type RouteIdentity, credentialKey } from "./identity.ts";

/** `null` = no request in this time; for times to the first token, no stream. */
const Span = object({
  /** Share of the minutes with traffic in which the model answered. */
  uptime: nullable(number()),
  /** Share of attempts that failed, whether or not another attempt then answered. */
  error_share: nullable(number()),
  attempts: number(),
  /** Streams: time to the first event. */
  ttft_p50_ms: nullable(number()),
  ttft_p95_ms: nullable(number()),
});

const ModelView = object({
  id: string(),
  state: oneOf(["operational", "degraded", "down", "unknown"]),
  last_hour: Span,
  last_day: Span,
  /** The last day in 48 half hours, the latest last: the share of minutes in which the model answered; null = no traffic. */
  half_hours: optional(array(nullable(number()))),
});

export const StatusDocument = object({
  /** ISO 8601; null = not yet. */
  built_at: nullable(string()),
  models: array(ModelView),
});

export type StatusDocument = Infer<typeof StatusDocument>;
export type ModelStatusView = Infer<typeof ModelView>;
type State = ModelStatusView["state"];

export interface StatusSources {
  /** The public routes of each public model. */
  readonly models: ReadonlyMap<string, readonly RouteIdentity[]>;
  /** The descriptions of the upstreams' objects that answered. */
  readonly descriptions: readonly HealthDescription[];
  readonly lastHour: readonly RouteHistory[];
  readonly lastDay: readonly RouteHistory[];
  readonly nowMs: number;
}

/** Whether a model is down now is decided by the last so many minutes. */
const RECENT_MINUTES = 10;
/** One minute without an answer proves little: a single request may have failed in it. */
const DOWN_MINUTES = 2;
const DEGRADED_ERROR_SHARE = 0.1;
const BLOCK_MINUTES = 30;
const BLOCKS = 48;

export function statusDocument({ models, descriptions, lastHour, lastDay, nowMs }: StatusSources): StatusDocument {
  const modelOf = new Map([...models].flatMap(([model, routes]) => routes.map(({ id }) => [id, model] as const)));
  // Leaves out what a route did for another model, and routes that are not public.
  const ofPublic = (histories: readonly RouteHistory[]) =>
    histories.filter(({ route, model }) => modelOf.get(route) === model);
  const hour = ofPublic(lastHour);
  const day = ofPublic(lastDay);
  const [hourOf, dayOf] = [byModel(hour), byModel(day)];
  return {
    built_at: new Date(nowMs).toISOString(),
    models: [...models].map(([id, routes]) => {
      const out = routes.filter((route) => isOut(route, descriptions, nowMs)).length;
      const histories = hour.filter(({ model }) => model === id);
      return {
        id,
        state: stateOf({ routes: routes.length, out, histories, status: hourOf.get(id), nowMs }),
        last_hour: span(hourOf.get(id)),
        last_day: span(dayOf.get(id)),
        half_hours: halfHours(
          day.filter(({ model }) => model === id),
          nowMs,
        ),
      };
    }),
  };
}

/** The document before the first one was built. */
export function unknownStatus(models: Iterable<string>): StatusDocument {
  return {
    built_at: null,
    models: [...models].map((id) => ({ id, state: "unknown", last_hour: span(undefined), last_day: span(undefined) })),
  };
}

/** Blocks begin at full and half hours; the last one is not over yet. */
function halfHours(histories: readonly RouteHistory[], nowMs: number): (number | null)[] {
  const last = Math.floor(nowMs / MINUTE_MS / BLOCK_MINUTES);
  const [seen, up] = [new Map<number, Set<number>>(), new Map<number, Set<number>>()];
  const note = (blocks: Map<number, Set<number>>, minute: number) => {
    const block = Math.floor(minute / BLOCK_MINUTES);
    blocks.set(block, (blocks.get(block) ?? new Set()).add(minute));
  };
  for (const { seenMinutes, upMinutes } of histories) {
    for (const minute of seenMinutes) note(seen, minute);
    for (const minute of upMinutes) note(up, minute);
  }
  return Array.from({ length: BLOCKS }, (_, at) => {
    const block = last - BLOCKS + 1 + at;
    const minutes = seen.get(block)?.size;
    return minutes === undefined ? null : rounded((up.get(block)?.size ?? 0) / minutes, 1e4);
  });
}

function byModel(histories: readonly RouteHistory[]): ReadonlyMap<string, ModelStatus> {
  return new Map(statusOfModels(histories).map((status) => [status.model, status]));
}

/** The route gets no ordinary request now: its breaker is not closed, or all its credentials cool. */
function isOut({ id, upstream }: RouteIdentity, descriptions: readonly HealthDescription[], nowMs: number): boolean {
  const breakers = descriptions.flatMap(({ routes }) => routes.filter(({ route }) => route === id));
  if (breakers.some(({ breaker }) => breaker !== "closed")) return true;
  const cooling = new Set(
    descriptions
      .flatMap(({ coolings }) => coolings)
      .filter(({ route, untilMs }) => untilMs > nowMs && (route === null || route === id))
      .map(({ credential }) => credential),
  );
  return upstream.credentials.every((credential) => cooling.has(credentialKey(credential)));
}

interface Evidence {
  readonly routes: number;
  readonly out: number;
  readonly histories: readonly RouteHistory[];
  readonly status: ModelStatus | undefined;
  readonly nowMs: number;
}

function stateOf({ routes, out, histories, status, nowMs }: Evidence): State {
  if (out === routes) return "down";
  const since = Math.floor(nowMs / MINUTE_MS) - RECENT_MINUTES;
  const recent = (minutes: (history: RouteHistory) => readonly number[]) =>
    new Set(histories.flatMap(minutes).filter((minute) => minute > since)).size;
  const seen = recent(({ seenMinutes }) => seenMinutes);
  const up = recent(({ upMinutes }) => upMinutes);
  if (seen >= DOWN_MINUTES && up === 0) return "down";
  if (out > 0 || up < seen || (status?.errorShare ?? 0) >= DEGRADED_ERROR_SHARE) return "degraded";
  return status?.uptimeShare === undefined ? "unknown" : "operational";
}

function span(status: ModelStatus | undefined): Infer<typeof Span> {
  return {
    uptime: rounded(status?.uptimeShare, 1e4),
    error_share: rounded(status?.errorShare, 1e4),
    attempts: status?.attempts ?? 0,
    ttft_p50_ms: rounded(status?.ttftP50Ms, 1),
    ttft_p95_ms: rounded(status?.ttftP95Ms, 1),
  };
}

function rounded(value: number | undefined, parts: number): number | null {
  return value === undefined ? null : Math.round(value * parts) / parts;
}
