/** Calls of upstreams about tasks. */
import type { Payload } from "../core/payload.ts";
import type { Candidate, Route } from "../routing/route.ts";
import { readAnswer, send } from "../upstream/send.ts";
import { asAttemptFailure } from "../upstream/triage.ts";
import type { Secret } from "../upstream/types.ts";
import { wayTo } from "../relay/call-upstream.ts";
import type { CallServices } from "../relay/relay-services.ts";
import { TASK_WIRES } from "../wire/index.ts";
import type { Question, TaskTarget, TaskWire } from "../wire/task-types.ts";

type Services = Pick<CallServices, "credentials" | "settings" | "fetch">;

export interface Told<Answer> {
  readonly answer: Answer;
  /** Words that a client must not see. */
  readonly secrets: readonly Secret[];
}

/**
 * @param read what the wire makes of the answer
 * @throws AttemptFailure
 */
export async function askUpstream<Answer>(
  services: Services,
  candidate: Candidate,
  { address, payload, headers }: Question & { readonly headers?: Readonly<Record<string, string>> },
  { signal, read }: { readonly signal: AbortSignal; readonly read: (answer: Payload) => Answer },
): Promise<Told<Answer>> {
  let secrets: readonly Secret[] = [];
  try {
    signal.throwIfAborted();
    const carried = { address, headers: headers ?? {}, streams: false } as const;
    const way = await wayTo(services, candidate, carried, signal);
    ({ secrets } = way);
    const response = await send(services.fetch, await way.ship(payload));
    return { answer: read(await readAnswer(response, signal)), secrets };
  } catch (error) {
    throw asAttemptFailure(error, secrets);
  }
}

export function targetOf({ route }: Candidate, account: string | undefined): TaskTarget {
  return { model: route.upstreamModel, account };
}

/** An operator may have a route speak something else while its tasks are made. */
export function carriesTasks({ wire }: Route): boolean {
  return Object.hasOwn(TASK_WIRES, wire);
}

/** @throws Error for a route that no task can take */
export function taskWire(route: Route): TaskWire<never> {
  const wires: Readonly<Record<string, TaskWire<never>>> = TASK_WIRES;
  const found = carriesTasks(route) ? wires[route.wire] : undefined;
  if (found === undefined) throw new Error(`no task goes over ${route.wire}`);
  return found;
}
