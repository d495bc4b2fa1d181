/** The end of a task's charge. Nothing moves twice, however often it is closed. */
import { cost } from "../billing/price.ts";
import type { ChargeFacts, CloseOutcome } from "../billing/wallet.ts";
import { log } from "../core/log.ts";
import { operatorCost } from "../relay/operator-cost.ts";
import { tellClosing } from "../relay/charge-log.ts";
import type { Route } from "../routing/route.ts";
import type { Maker, Task } from "./task.ts";
import type { TaskServices } from "./task-services.ts";

/** As {@link close}: one that cannot be closed keeps no other open. */
export async function closes(services: TaskServices, task: Task): Promise<boolean> {
  try {
    return await close(services, task);
  } catch (error) {
    log("error", "task_not_closed", { task: task.id, reason: String(error).slice(0, 200) });
    return false;
  }
}

/** @returns false where the charge must be closed again: nothing moves twice */
async function close({ relay, candidate }: TaskServices, task: Task): Promise<boolean> {
  const { charge, maker, state, createdAt } = task;
  const { wallet } = relay.charge;
  const { request, attempts } = maker?.terms.record ?? { request: { task: task.id }, attempts: [] };
  const ended = { duration_ms: relay.now() - createdAt, fault: task.content.error?.code };
  const ending = state === "succeeded" ? "complete" : "failed";
  const closing = { ending, attempts, request: { ...request, ...ended } } as const;
  let outcome: CloseOutcome;
  if (state === "succeeded" && maker !== undefined && maker.terms.window === undefined) {
    const made = await candidate(maker.routeId, maker.credentialId);
    outcome = await wallet.settle(charge, { ...factsOf(task.model, maker, made?.route), ...closing });
  } else outcome = await wallet.release(charge, closing);
  tellClosing(charge, outcome);
  return outcome.kind !== "unreachable";
}

function factsOf(model: string, maker: Maker, route: Route | undefined): ChargeFacts {
  const { units: usage, attributes, price, ratioPpm } = maker.terms;
  const costNanos = route && operatorCost(route, price, () => usage, attributes);
  return {
    model,
    route: maker.routeId,
    upstream: maker.upstreamId,
    priceVersion: price.version,
    ratioPpm,
    usage,
    attributes,
    amountNanos: cost(usage, price.price, ratioPpm, attributes),
    ...(costNanos === undefined ? {} : { costNanos }),
    estimated: false,
  };
}

/** Nothing is held while a client is to say more. */
export async function giveBack(
  { relay }: TaskServices,
  { charge, maker }: Pick<Task, "charge" | "maker">,
): Promise<void> {
  const { attempts = [], request = {} } = maker?.terms.record ?? {};
  tellClosing(charge, await relay.charge.wallet.release(charge, { ending: "complete", attempts, request }));
}
