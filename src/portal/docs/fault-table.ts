/** Faults as rows: what they are called, why they happen, what to do. Pure. */
import { FAULTS, type FaultName } from "../../core/fault.ts";
import type { Text } from "../../core/language.ts";
import { LEGACY_RATE_LIMIT } from "../../wire/openai/dialect.ts";
import { DOCS } from "../text/docs-text.ts";
import { table } from "./blocks.ts";
import { causeOf, REMEDIES, RETRY_WORDS } from "./remedies.ts";
import type { TableBlock } from "./types.ts";

const RATE_LIMIT_NUMBER = FAULTS.rate_limited_key.number;

/** @param hasAnchors each row can be linked to by the fault's name */
export function faultTable(caption: Text, names: readonly FaultName[], hasAnchors = false): TableBlock {
  return table(
    caption,
    [DOCS.http, DOCS.code, DOCS.type, DOCS.word, DOCS.cause, DOCS.remedy, DOCS.retry],
    names.map((name) => {
      const { status, number, type, code } = FAULTS[name];
      const { retry, text } = REMEDIES[name];
      return {
        ...(hasAnchors ? { id: name } : {}),
        cells: [
          String(status),
          number === RATE_LIMIT_NUMBER ? `${number} (${LEGACY_RATE_LIMIT})` : String(number),
          `\`${type}\``,
          `\`${code ?? "null"}\``,
          causeOf(name),
          text,
          RETRY_WORDS[retry],
        ],
      };
    }),
  );
}

/** The faults that somebody means by a word of an answer: its code, its name, its HTTP status. */
export function faultsMeant(word: string): readonly FaultName[] {
  return (Object.keys(FAULTS) as FaultName[]).filter((name) => {
    const { status, number, code } = FAULTS[name];
    const numbers = [status, number, ...(number === RATE_LIMIT_NUMBER ? [LEGACY_RATE_LIMIT] : [])];
    return name === word || code === word || numbers.some((known) => String(known) === word);
  });
}
