/** The order of candidates of one priority, for `plan.ts`. Pure. */
import { candidateKey } from "../health/identity.ts";
import type { Measure } from "../health/measure.ts";
import type { PlanRequest, PlannedAttempt, Why } from "./plan-types.ts";
import { preferred } from "./rendezvous.ts";
import type { Candidate, Route } from "./route.ts";

interface Scored extends Candidate {
  /** The route's weight, divided by the number of its credentials. Draws go by it. */
  readonly weight: number;
  /** Expected milliseconds to a usual answer, lengthened by load and errors: lower is better. */
  readonly score: number;
}

/** A latency of less confidence was not measured lately. */
const STALE = 0.5;

interface ClassRequest extends PlanRequest {
  /** All of one priority. */
  readonly candidates: readonly Candidate[];
  /** The routes whose next request is a trial. */
  readonly trials: readonly Route[];
}

/** The best candidate first; then candidates on other upstreams, then those on its own, each drawn by weight and score. */
export function orderWithin(request: ClassRequest, random: () => number): PlannedAttempt[] {
  const scored = score(request);
  const first = choose(request, scored, random);
  if (first === undefined) return [];
  const { chosen } = first;
  // Each candidate draws from an exponential distribution whose rate is weight / score. Sorting by the draws gives each
  // candidate the next place in proportion to its rate (Efraimidis and Spirakis).
  const rest = scored
    .filter((each) => each !== chosen)
    .map((each) => ({
      candidate: each,
      isNear: each.route.upstream.id === chosen.route.upstream.id,
      draw: each.weight > 0 ? (-Math.log(1 - random()) * each.score) / each.weight : Number.POSITIVE_INFINITY,
    }))
    .toSorted((a, b) => Number(a.isNear) - Number(b.isNear) || (a.draw === b.draw ? 0 : a.draw - b.draw));
  return [planned(chosen, first.why), ...rest.map(({ candidate }) => planned(candidate, "next"))];
}

function planned({ route, credential }: Candidate, why: Why): PlannedAttempt {
  return { route, credential, why };
}

function choose(
  request: ClassRequest,
  scored: readonly Scored[],
  random: () => number,
): { chosen: Scored; why: Why } | undefined {
  const { tuning, session } = request;
  const [only] = scored;
  if (only !== undefined && scored.length === 1) return { chosen: only, why: "only" };
  const trial = draw(
    scored.filter(({ route }) => request.trials.includes(route)),
    random,
  );
  if (trial !== undefined) return { chosen: trial, why: "trial" };

  if (request.fastest === true) {
    const best = Math.min(...scored.map((each) => each.score));
    const quickest = draw(
      scored.filter((each) => each.score === best),
      random,
    );
    if (quickest !== undefined) return { chosen: quickest, why: "fastest" };
  }

  const explored = explore(request, scored, random);
  if (explored !== undefined) return { chosen: explored, why: "explored" };

  const owned = session === undefined ? undefined : ownCandidate(session, request, scored);
  const first = owned ?? draw(scored, random);
  if (first === undefined) return undefined;
  const second = draw(
    scored.filter((each) => each !== first && each.weight > 0),
    random,
  );
  if (second === undefined) return { chosen: first, why: owned === undefined ? "only" : "session" };
  const isBetter = (a: Scored, b: Scored, share: number) => a.score * (1 + share) < b.score;
  if (owned !== undefined) {
    return isBetter(second, owned, tuning.sessionBetterShare)
      ? { chosen: second, why: "faster" }
      : { chosen: owned, why: "session" };
  }
  if (isBetter(second, first, tuning.betterShare)) return { chosen: second, why: "faster" };
  if (isMoreNative(request, second, first) && !isBetter(first, second, tuning.betterShare)) {
    return { chosen: second, why: "native" };
  }
  return { chosen: first, why: "drawn" };
}

/** Now and then a route that was not measured lately, so that one bad minute does not starve it. */
function explore(
  { standings, session, tuning }: ClassRequest,
  scored: readonly Scored[],
  random: () => number,
): Scored | undefined {
  const drawable = scored.filter(({ weight }) => weight > 0);
  const stale = drawable.filter(({ route }) => (standings.routes.get(route.id)?.ttftMs?.confidence ?? 0) < STALE);
  // Where nothing is known, the usual draw explores.
  if (session !== undefined || stale.length === 0 || stale.length === drawable.length) return undefined;
  return random() < tuning.exploreShare ? draw(stale, random) : undefined;
}

/** Wires are compared within one model only. Between models their weights decide. */
function isMoreNative({ serving }: ClassRequest, one: Candidate, other: Candidate): boolean {
  return (
    one.route.model.id === other.route.model.id &&
    serving.wires.indexOf(one.route.wire) < serving.wires.indexOf(other.route.wire)
  );
}

function ownCandidate(session: string, request: ClassRequest, scored: readonly Scored[]): Scored | undefined {
  return preferred(
    session,
    scored
      .filter((each) => !scored.some((other) => isMoreNative(request, other, each)))
      .map((each) => ({ item: each, key: candidateKey(each), weight: each.weight })),
  );
}

/** Draws one by weight. A candidate of weight 0 is drawn only when all have weight 0. */
function draw(scored: readonly Scored[], random: () => number): Scored | undefined {
  const total = scored.reduce((sum, { weight }) => sum + weight, 0);
  let left = random() * total;
  let last: Scored | undefined;
  for (const each of scored) {
    if (total > 0 && each.weight <= 0) continue;
    last = each;
    left -= each.weight;
    if (left < 0) break;
  }
  return last;
}

function score(request: ClassRequest): Scored[] {
  const { candidates, standings, tuning } = request;
  const routes = [...new Set(candidates.map(({ route }) => route))];
  const standingOf = (route: Route) => standings.routes.get(route.id);
  const ttftMs = blender(routes.map((route) => standingOf(route)?.ttftMs));
  const tokensPerSecond = blender(routes.map((route) => standingOf(route)?.tokensPerSecond));
  const weights = weightsOf(request, routes);
  const inflight = routes.reduce((sum, route) => sum + (standingOf(route)?.inflight ?? 0), 0);
  const total = [...weights.values()].reduce((sum, weight) => sum + weight, 0);
  const credentials = Map.groupBy(candidates, ({ route }) => route);
  const scores = new Map(
    routes.map((route) => {
      const standing = standingOf(route);
      const answerMs =
        (ttftMs(standing?.ttftMs) ?? 1) +
        (1000 * tuning.scoredAnswerTokens) / (tokensPerSecond(standing?.tokensPerSecond) ?? Number.POSITIVE_INFINITY);
      // The load is relative to the route's fair share, so that weights 9 and 1 mean the same as 900 and 100. Whoever asks
      // for the quickest looks past the weights: each has the same share.
      const byWeight = total > 0 && request.fastest !== true;
      const fairShare = byWeight ? (weights.get(route) ?? 0) / total : 1 / routes.length;
      const fair = Math.max(fairShare * (inflight + tuning.loadPriorRequests), Number.EPSILON);
      const load = ((standing?.inflight ?? 0) + fairShare * tuning.loadPriorRequests) / fair;
      return [
        route,
        answerMs * (1 + tuning.loadShare * load) * (1 + tuning.errorWeightFactor * (standing?.errorRate ?? 0)),
      ];
    }),
  );
  return candidates.map((candidate) => ({
    ...candidate,
    weight: (weights.get(candidate.route) ?? 0) / (credentials.get(candidate.route)?.length ?? 1),
    score: scores.get(candidate.route) ?? Number.POSITIVE_INFINITY,
  }));
}

/** For `auto` a model's weight is divided among its routes: two upstreams do not make a model twice as likely. */
function weightsOf({ byAuto, standings }: ClassRequest, routes: readonly Route[]): Map<Route, number> {
  const ownWeight = (route: Route) => Math.max(route.weight, 0);
  const ofModel = Map.groupBy(routes, (route) => route.model.id);
  return new Map(
    routes.map((route) => {
      const siblings = (ofModel.get(route.model.id) ?? []).reduce((sum, sibling) => sum + ownWeight(sibling), 0);
      const share = byAuto
        ? siblings > 0
          ? (ownWeight(route) / siblings) * Math.max(route.model.autoWeight, 1)
          : 0
        : ownWeight(route);
      return [route, share * (standings.routes.get(route.id)?.ramp ?? 1)];
    }),
  );
}

/** An unknown value becomes the median of the known ones; a known one moves to it as its confidence falls. */
function blender(measures: readonly (Measure | undefined)[]): (own: Measure | undefined) => number | undefined {
  const known = measures.flatMap((measure) => measure?.value ?? []).toSorted((a, b) => a - b);
  // Of an even number of values, the lower of the two in the middle.
  const median = known[Math.floor((known.length - 1) / 2)];
  if (median === undefined) return () => undefined;
  return (own) => (own === undefined ? median : median + (own.value - median) * own.confidence);
}
