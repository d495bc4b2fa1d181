/** The number that a picture was made with: its maker is asked for it each time. */
import { Fault } from "../core/fault.ts";
import type { Payload } from "../core/payload.ts";
import { AttemptFailure } from "../upstream/failure.ts";
import { askUpstream, targetOf, taskWire } from "./task-calls.ts";
import type { Task } from "./task.ts";
import type { TaskServices } from "./task-services.ts";

/** An upstream looks for it in its own conversation. */
const ASK_MS = 60_000;

/** @param task that is finished. @throws Fault `not_implemented`, `no_route`; what the upstream's refusal means */
export async function seedOf(services: TaskServices, { maker }: Task): Promise<string> {
  if (maker === undefined || maker.task === "") throw new Fault("not_implemented");
  const candidate = await services.candidate(maker.routeId, maker.credentialId);
  if (candidate === undefined) throw new Fault("no_route", { reason: "the maker of the task is gone" });
  const { seed } = taskWire(candidate.route);
  if (seed === undefined) throw new Fault("not_implemented");
  try {
    const question = seed.ask(maker.task, targetOf(candidate, undefined));
    const reading = { signal: AbortSignal.timeout(ASK_MS), read: (answer: Payload) => seed.told(answer) };
    return (await askUpstream(services.relay, candidate, question, reading)).answer;
  } catch (error) {
    throw error instanceof AttemptFailure ? error.fault : error;
  }
}
