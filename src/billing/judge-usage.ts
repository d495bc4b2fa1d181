/**
 * Judges the usage that an upstream reports: by what its model can do, and by what was delivered. A side of it (prompt or
 * output) that cannot be true is replaced by our own count; where only its parts contradict each other, they are repaired.
 * Pure.
 */
import { COUNTED_UNITS, MAX_COUNT, sideOf, type CountedUnit, type Side, type Usage } from "../core/units.ts";
import { canLast } from "../operation/speech/heard.ts";
import { contextOf, type BillableDemand, type ModelLimits } from "./estimate.ts";
import type { LocalCount } from "./usage-count.ts";

export interface MeasuredUsage {
  readonly usage: Usage;
  /** The usage is, in part at least, our own count. */
  readonly estimated: boolean;
  /** Nobody has told how long the recording is, or who told it lied; absent = no. */
  readonly isLengthGuessed?: true;
  /** What of the reported usage cannot be true, for the log. */
  readonly problem?: string;
}

export interface Evidence {
  readonly limits: ModelLimits;
  readonly demand: BillableDemand;
  readonly local: LocalCount;
  /** The answer came to its end. If it did not, the larger of both counts is taken. */
  readonly isWhole: boolean;
}

type Counts = Partial<Record<CountedUnit, number>>;

interface SideJudgement {
  readonly counts: Counts;
  readonly isOurs: boolean;
  readonly problem?: string;
}

/** Reports may exceed a model's limits by this factor: limits are round numbers, and vendors add tokens of their own. */
const MARGIN = 1.25;
/** Our own count may be so much larger than a true one, because tokenizers differ. */
const TOLERANCE = 4;
/** A prompt is suspicious with fewer tokens than its bytes divided by this. */
const MOST_BYTES_PER_TOKEN = 32;

export function judgeUsage(reported: Usage | undefined, evidence: Evidence): MeasuredUsage {
  const { local } = evidence;
  const isGuess = local.recording?.isGuess === true;
  const guessed = (isLengthGuessed: boolean) => (isLengthGuessed ? ({ isLengthGuessed } as const) : {});
  if (reported === undefined) return { usage: local.usage(), estimated: true, ...guessed(isGuess) };
  const length = judgeLength(reported, local);
  const sides = [judgePrompt(reported, evidence), judgeOutput(reported, evidence), judgeOthers(reported)];
  const problems = [...sides, length].flatMap(({ problem }) => problem ?? []);
  return {
    usage: Object.assign({}, ...[...sides, length].map(({ counts }) => counts), local.made()) as Usage,
    estimated: sides.some(({ isOurs }) => isOurs),
    ...guessed(length.isOurs && (isGuess || length.problem !== undefined)),
    ...(problems.length === 0 ? {} : { problem: problems.join("; ") }),
  };
}

function judgePrompt(reported: Usage, { limits, demand, local }: Evidence): SideJudgement {
  const ours = (problem?: string): SideJudgement => judged(local.promptUsage(), true, problem);
  const counts = countsOf(reported, "prompt");
  // Text has no more tokens than bytes: that counts where the model's context is not known.
  const longest = Math.max(contextOf(limits), limits.contextLength === null ? demand.promptBytes : 0);
  const most = longest * (demand.prompts ?? 1) * MARGIN;
  const impossible = impossibility(counts, "prompt", most);
  if (impossible !== undefined) return ours(impossible);
  const total = totalOf(counts);
  if (Object.keys(counts).length === 0) return ours();
  if (total * MOST_BYTES_PER_TOKEN < demand.promptBytes && total * TOLERANCE < local.promptTokens()) {
    return ours(`prompt is ${total}, though it is longer`);
  }
  return repaired(counts, total);
}

function judgeOutput(reported: Usage, { limits, demand, local, isWhole }: Evidence): SideJudgement {
  const ours = (problem?: string): SideJudgement => judged(local.outputUsage(), true, problem);
  const counts = countsOf(reported, "output");
  const most = (limits.maxOutput ?? contextOf(limits)) * demand.choices * MARGIN;
  const impossible = impossibility(counts, "output", most);
  if (impossible !== undefined) return ours(impossible);
  const total = totalOf(counts);
  if (Object.keys(counts).length === 0) return local.isAny ? ours() : judged({}, false);
  const delivered = local.outputTokens;
  if (total === 0 && local.isAny) return ours(isWhole ? "output is 0, though there was some" : undefined);
  if (!isWhole && total < delivered) return ours();
  if (total * TOLERANCE < delivered) return ours(`output is ${total}, though there was more`);
  return repaired(counts, total);
}

/** Counts that are no tokens. One that cannot be true is left out. */
function judgeOthers(reported: Usage): SideJudgement {
  const counts = countsOf(reported, undefined);
  const wrong = (Object.keys(counts) as CountedUnit[]).filter((unit) => !isPossible(counts[unit]));
  for (const unit of wrong) delete counts[unit];
  return judged(counts, wrong.length > 0, wrong.length > 0 ? `${wrong.join(", ")} cannot be` : undefined);
}

/** How long a recording is: as the upstream says, if so many bytes can last so long. */
function judgeLength({ durationMs: told }: Usage, { recording }: LocalCount): SideJudgement {
  if (recording === undefined) return judged({}, false);
  if (told !== undefined && canLast(recording, told)) return judged({ durationMs: told }, false);
  return judged({ durationMs: recording.ms }, true, told === undefined ? undefined : `durationMs is ${told}`);
}

function judged(counts: Counts, isOurs: boolean, problem?: string): SideJudgement {
  return { counts, isOurs, ...(problem === undefined ? {} : { problem }) };
}

/** The counts of one side of a usage. */
function countsOf(usage: Usage, side: Side | undefined): Counts {
  return Object.fromEntries(
    COUNTED_UNITS.filter((unit) => sideOf(unit) === side && usage[unit] !== undefined).map((unit) => [
      unit,
      usage[unit],
    ]),
  );
}

function totalOf(counts: Counts): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function impossibility(counts: Counts, side: Side, most: number): string | undefined {
  if (!Object.values(counts).every((count) => Number.isSafeInteger(count))) return `${side} is no whole number`;
  const total = totalOf(counts);
  if (total < 0) return `${side} is negative`;
  return total > most ? `${side} is ${total}, more than the model can do` : undefined;
}

/**
 * Disjoint counts become negative where an upstream reports more of a part than of the whole, such as more cached tokens
 * than prompt tokens. The whole is believed: the part is all of it.
 */
function repaired(counts: Counts, total: number): SideJudgement {
  const negative = (Object.keys(counts) as CountedUnit[]).filter((unit) => (counts[unit] ?? 0) < 0);
  if (negative.length === 0) return judged(counts, false);
  let room = total;
  const possible = Object.entries(counts).map(([unit, count]) => {
    const taken = Math.min(Math.max(0, count), room);
    room -= taken;
    return [unit, taken];
  });
  return judged(Object.fromEntries(possible) as Counts, true, `${negative.join(", ")} is negative`);
}

function isPossible(count: number | undefined): boolean {
  return count !== undefined && Number.isSafeInteger(count) && count >= 0 && count <= MAX_COUNT;
}
