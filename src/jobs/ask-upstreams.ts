/** Asks the upstreams' objects, all at the same time. An object that does not answer is left out and logged. */
import { log } from "../core/log.ts";
import { within } from "../core/within.ts";
import type { HealthObject } from "../health/description.ts";
import type { Route } from "../routing/route.ts";
import type { Services } from "../services.ts";

const PATIENCE_MS = 5_000;

export async function askObjects<Answer>(
  { health }: Pick<Services, "health">,
  upstreams: ReadonlySet<string>,
  ask: (object: HealthObject) => Promise<Answer>,
): Promise<Map<string, Answer>> {
  const answers = new Map<string, Answer>();
  const look = async (upstream: string) => {
    try {
      answers.set(upstream, await within(PATIENCE_MS, ask(health(upstream))));
    } catch (error) {
      const reason = String(error).slice(0, 200);
      log("warn", "health_unreachable", { upstream, reason });
    }
  };
  await Promise.all([...upstreams].map(look));
  return answers;
}

export function upstreamsOf(routes: Iterable<Route>): Set<string> {
  return new Set([...routes].map(({ upstream }) => upstream.id));
}
