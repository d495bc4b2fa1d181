/** What a request costs, from the usage that is known of it. Pure. */
import { judgeUsage, type MeasuredUsage } from "../billing/judge-usage.ts";
import { cost, RATIO_ONE } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import type { LocalCount } from "../billing/usage-count.ts";
import type { ChargeFacts } from "../billing/wallet.ts";
import type { Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Route } from "../routing/route.ts";

export interface Served {
  readonly route: Route;
  readonly version: PriceVersion;
  /** Parts per million of the price. */
  readonly ratioPpm: number;
  readonly demand: Demand;
  /** Our own count of what was delivered. */
  readonly delivered: LocalCount;
}

export interface Known {
  /** The upstream's own count so far. */
  readonly reported: Usage | undefined;
  /** The answer came to its end. */
  readonly isWhole: boolean;
  /** Tokens that the model may have produced without showing them, where its stream was ended by the gateway. */
  readonly hiddenTokens: number;
  /** What attempts cost the operator that did not serve. */
  readonly lostCostNanos: number;
}

export interface Facts extends ChargeFacts {
  /** What of the reported usage cannot be true. */
  readonly problem?: string;
}

export function chargeFacts(served: Served, known: Known): Facts {
  const { route, version, ratioPpm, demand, delivered } = served;
  const { attributes } = demand;
  const measured = judgeUsage(known.reported, {
    limits: route.model,
    demand,
    local: delivered,
    isWhole: known.isWhole,
  });
  const usage = withHidden(measured, known.hiddenTokens);
  const costNanos = operatorCost(served, usage);
  return {
    model: route.model.id,
    route: route.id,
    upstream: route.upstream.id,
    priceVersion: version.version,
    ratioPpm,
    usage,
    ...(attributes === undefined ? {} : { attributes }),
    amountNanos: cost(usage, version.price, ratioPpm, attributes),
    ...(costNanos === undefined ? {} : { costNanos: costNanos + known.lostCostNanos }),
    estimated: measured.estimated,
    ...(measured.problem === undefined ? {} : { problem: measured.problem }),
  };
}

/** What usage of the model costs the operator; undefined = not known. */
export function operatorCost(
  { version, demand }: Pick<Served, "version" | "demand">,
  usage: Usage,
): number | undefined {
  return version.operator === undefined ? undefined : cost(usage, version.operator, RATIO_ONE, demand.attributes);
}

function withHidden({ usage }: MeasuredUsage, hiddenTokens: number): Usage {
  return hiddenTokens === 0 ? usage : { ...usage, reasoning: (usage.reasoning ?? 0) + hiddenTokens };
}
