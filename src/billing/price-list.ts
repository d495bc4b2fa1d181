/** Rows of `prices` and `charges` as prices, usage and receipts. Pure. */
import type { charges, prices } from "../../schema/index.ts";
import { USAGE_CLASSES, type Usage, type UsageClass } from "../core/usage.ts";
import { RATIO_ONE, receipt, type Price, type Receipt } from "./price.ts";

export type PriceRow = typeof prices.$inferSelect;
export type ChargeRow = typeof charges.$inferSelect;

/** A price and the name under which charges keep it. */
export interface PriceVersion {
  /** `effectiveAt` of its row. */
  readonly version: number;
  readonly price: Price;
  /** What the operator pays; undefined = not known. */
  readonly operator: Price | undefined;
}

/** The price of a model at a moment, from all its rows; undefined = it has none yet. */
export function priceAt(rows: readonly PriceRow[], nowMs: number): PriceVersion | undefined {
  let latest: PriceRow | undefined;
  for (const row of rows) {
    if (row.effectiveAt <= nowMs && (latest === undefined || row.effectiveAt > latest.effectiveAt)) latest = row;
  }
  return latest === undefined ? undefined : priceVersion(latest);
}

export function priceVersion(row: PriceRow): PriceVersion {
  return {
    version: row.effectiveAt,
    price: {
      input: row.inputNanos,
      output: row.outputNanos,
      cachedRead: row.cachedReadNanos,
      cacheWrite: row.cacheWriteNanos,
      inputAudio: row.inputAudioNanos,
      inputImage: row.inputImageNanos,
      reasoning: row.reasoningNanos,
      outputAudio: row.outputAudioNanos,
      request: row.requestNanos,
      image: row.imageNanos,
      second: row.secondNanos,
      character: row.characterNanos,
    },
    operator: operatorPrice(row),
  };
}

function operatorPrice(row: PriceRow): Price | undefined {
  const own = {
    cachedRead: row.costCachedReadNanos,
    cacheWrite: row.costCacheWriteNanos,
    inputAudio: row.costInputAudioNanos,
    inputImage: row.costInputImageNanos,
    reasoning: row.costReasoningNanos,
    outputAudio: row.costOutputAudioNanos,
    request: row.costRequestNanos,
    image: row.costImageNanos,
    second: row.costSecondNanos,
    character: row.costCharacterNanos,
  };
  const { costInputNanos: input, costOutputNanos: output } = row;
  const known = input !== null || output !== null || Object.values(own).some((value) => value !== null);
  return known ? { input: input ?? 0, output: output ?? 0, ...own } : undefined;
}

const USAGE_FIELDS = {
  input: "inputTokens",
  cachedRead: "cachedReadTokens",
  cacheWrite: "cacheWriteTokens",
  inputAudio: "inputAudioTokens",
  inputImage: "inputImageTokens",
  output: "outputTokens",
  reasoning: "reasoningTokens",
  outputAudio: "outputAudioTokens",
  images: "images",
  durationMs: "durationMs",
  characters: "characters",
} as const satisfies Record<UsageClass, keyof ChargeRow>;

export type UsageFields = Pick<ChargeRow, (typeof USAGE_FIELDS)[UsageClass]>;

export function usageOf(charge: UsageFields): Usage {
  const counts = USAGE_CLASSES.map((name): [UsageClass, number | null] => [name, charge[USAGE_FIELDS[name]]]);
  return Object.fromEntries(counts.filter(([, count]) => count !== null));
}

/**
 * The receipt of a settled charge, recomputed from its frozen price: its sum is `amount + written off`.
 * @param row the price that `charge.model` and `charge.priceVersion` name
 */
export function receiptOf(charge: UsageFields & Pick<ChargeRow, "ratioPpm">, row: PriceRow): Receipt {
  return receipt(usageOf(charge), priceVersion(row).price, charge.ratioPpm ?? RATIO_ONE);
}
