/** What was made: streamed through, so that nobody sees where it lies, or by which key. */
import { Fault } from "../core/fault.ts";
import { fetchResult } from "./fetch-result.ts";
import { keptResult } from "./kept-results.ts";
import type { Task } from "./task.ts";
import type { TaskServices } from "./task-services.ts";

export interface Wanted {
  /** As in `TaskResult`. */
  readonly variant: string;
  /** The client's own header. */
  readonly range: string | undefined;
  readonly signal: AbortSignal;
}

/** @throws Fault `resource_not_found` for a variant that is not there; what `fetchResult` throws */
export async function contentOf(services: TaskServices, task: Task, { variant, ...asking }: Wanted): Promise<Response> {
  const result = task.content.results?.find((one) => one.variant === variant);
  if (result === undefined || task.maker === undefined) throw new Fault("resource_not_found");
  return (await keptResult(services, task, { variant, ...asking })) ?? fetchResult(services, task, result, asking);
}
