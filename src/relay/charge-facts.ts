/** What a request costs, from the usage that is known of it. Pure. */
import { contextOf, leastUnits, type ModelLimits } from "../billing/estimate.ts";
import { judgeUsage } from "../billing/judge-usage.ts";
import { cost } from "../billing/price.ts";
import type { PriceVersion } from "../billing/price-list.ts";
import type { LocalCount } from "../billing/usage-count.ts";
import type { ChargeFacts, Settlement } from "../billing/wallet.ts";
import { COUNTED_UNITS, sideOf, type CountedUnit, type Usage } from "../core/units.ts";
import type { Demand } from "../operation/demand.ts";
import type { Route } from "../routing/route.ts";
import { operatorCost } from "./operator-cost.ts";

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
  /**
   * Tokens that the model may have produced for a client that had left, before it was stopped without a word of its own
   * usage. The operator loses what they cost, and where nothing was delivered, the cost of the prompt.
   */
  readonly unheardTokens?: number | undefined;
  /** What attempts cost the operator that did not serve. */
  readonly lostCostNanos: number;
}

/** `estimated` = tokens that cost something are our own count. */
export interface Facts extends ChargeFacts, Pick<Settlement, "payableNanos"> {
  /** What of the reported usage cannot be true. */
  readonly problem?: string;
  /** What pictures and seconds cost that could not be held for, because nobody knew of them before; absent = nothing. */
  readonly unheldNanos?: number;
}

/** Tokens a second of a model that shows nothing; fewer where the model is slower. */
const UNHEARD_PER_SECOND = 50;

/** The output tokens that a model may have produced, unseen, in `silentMs`. */
export function unheardTokens(limits: ModelLimits, { choices, maxOutput }: Demand, silentMs: number): number {
  const speed = Math.min(UNHEARD_PER_SECOND, limits.maxTokensPerSecond ?? UNHEARD_PER_SECOND);
  const most = Math.min(maxOutput ?? Number.MAX_SAFE_INTEGER, limits.maxOutput ?? contextOf(limits));
  return Math.min(Math.ceil((speed * silentMs) / 1000), most) * choices;
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
  const { unheardTokens } = known;
  const heard = withHidden(atMostAsked(measured.usage, demand), known.hiddenTokens);
  const usage = withHidden(heard, unheardTokens ?? 0);
  const priced = (one: Usage) => cost(one, version.price, ratioPpm, attributes);
  const isGuess = measured.isLengthGuessed === true && priced(only(usage, "durationMs")) > priced({});
  const estimated =
    isGuess || (measured.estimated && (measured.problem !== undefined || priced(tokensIn(usage)) > priced({})));
  const expected = asExpected(usage, leastUnits(demand, route.model));
  const isAnswered = known.reported !== undefined || delivered.isAny || known.hiddenTokens > 0;
  return {
    ...pricedFacts({ route, version, ratioPpm, attributes }, { usage, estimated, lostCostNanos: known.lostCostNanos }),
    ...(unheardTokens === undefined ? {} : { payableNanos: isAnswered ? priced(heard) : 0 }),
    ...(measured.problem === undefined ? {} : { problem: measured.problem }),
    ...(expected === usage ? {} : { unheldNanos: priced(usage) - priced(expected) }),
  };
}

/** Who serves, and at what price. */
type Priced = Pick<Served, "route" | "version" | "ratioPpm"> & { readonly attributes: Demand["attributes"] };

/** What a usage costs. @param lostCostNanos as in {@link Known} */
export function pricedFacts(
  { route, version, ratioPpm, attributes }: Priced,
  used: { readonly usage: Usage; readonly estimated: boolean; readonly lostCostNanos: number },
): ChargeFacts {
  const { usage, estimated, lostCostNanos } = used;
  const costNanos = operatorCost(route, version, () => usage, attributes);
  return {
    model: route.model.id,
    route: route.id,
    upstream: route.upstream.id,
    priceVersion: version.version,
    ratioPpm,
    usage,
    ...(attributes === undefined ? {} : { attributes }),
    amountNanos: cost(usage, version.price, ratioPpm, attributes),
    ...(costNanos === undefined ? {} : { costNanos: costNanos + lostCostNanos }),
    estimated,
  };
}

/** A call that the client's request was too much for: the operator loses what it cost. */
export function wastedFacts(served: Served, reported: Usage, lostCostNanos: number): Facts {
  return { ...chargeFacts(served, { reported, isWhole: true, hiddenTokens: 0, lostCostNanos }), payableNanos: 0 };
}

/** Whoever asks for a number of pictures pays for no more, whatever an upstream brings. */
function atMostAsked(usage: Usage, { units }: Demand): Usage {
  const { images } = usage;
  const asked = units?.images;
  return images === undefined || asked === undefined ? usage : { ...usage, images: Math.min(images, asked) };
}

/** The usage with no more pictures than were to be made, and no longer a recording than its file seemed to be. */
function asExpected(usage: Usage, { images = 0, durationMs = 0 }: Usage): Usage {
  if ((usage.images ?? 0) <= images && (usage.durationMs ?? 0) <= durationMs) return usage;
  return {
    ...usage,
    ...(usage.images === undefined ? {} : { images: Math.min(usage.images, images) }),
    ...(usage.durationMs === undefined ? {} : { durationMs: Math.min(usage.durationMs, durationMs) }),
  };
}

function only(usage: Usage, unit: CountedUnit): Usage {
  return { [unit]: usage[unit] ?? 0 };
}

/** The counts of tokens alone: they are what is estimated where an upstream does not tell them. */
function tokensIn(usage: Usage): Usage {
  return Object.fromEntries(
    COUNTED_UNITS.flatMap((unit) => (sideOf(unit) === undefined ? [] : [[unit, usage[unit] ?? 0]])),
  );
}

function withHidden(usage: Usage, hiddenTokens: number): Usage {
  return hiddenTokens === 0 ? usage : { ...usage, reasoning: (usage.reasoning ?? 0) + hiddenTokens };
}

/** Whether the cap limits nothing, because the model never produces more. */
export function isNoLimit(outputCap: number, { model }: Route): boolean {
  return model.maxOutput !== null && outputCap >= model.maxOutput;
}
