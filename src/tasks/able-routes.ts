/** Which of the routes that a request may take can make its task. */
import { Fault } from "../core/fault.ts";
import type { EligibleRoutes } from "../relay/eligible-routes.ts";
import type { Route } from "../routing/route.ts";
import type { TaskRequest } from "../wire/task-types.ts";
import type { Maker } from "./task.ts";
import { unknownThere } from "./submit-faults.ts";

interface Asking {
  readonly asked: Pick<TaskRequest, "wires">;
  /** As in `TaskOptions`. */
  readonly maker?: Maker;
}

/** @throws Fault `no_route`, `unsupported_feature` */
export function ableRoutes(eligible: EligibleRoutes, { asked, maker }: Asking): EligibleRoutes {
  const { wires } = asked;
  const known = wires === undefined ? eligible.routes : eligible.routes.filter(({ wire }) => wires.has(wire));
  if (known.length === 0) throw unknownThere();
  return { ...eligible, routes: maker === undefined ? known : ofMaker(known, maker) };
}

/** @throws Fault `no_route` */
function ofMaker(routes: readonly Route[], maker: Maker): readonly Route[] {
  // Another model may be what goes on with it; its credential tells the upstream.
  const own = routes.filter(({ id }) => id === maker.routeId);
  const near = own.length > 0 ? own : routes;
  const able = near.flatMap((route): Route[] => {
    const credentials = route.upstream.credentials.filter(({ id }) => id === maker.credentialId);
    return credentials.length === 0 ? [] : [{ ...route, upstream: { ...route.upstream, credentials } }];
  });
  if (able.length === 0) throw new Fault("no_route", { reason: "the maker of the earlier task is gone" });
  return able;
}
