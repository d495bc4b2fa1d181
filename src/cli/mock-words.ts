/** How the mock reads texts: as their words alone. */

/** Splits Chinese too, which has no spaces between its words. */
const SEGMENTER = new Intl.Segmenter("zh", { granularity: "word" });

export function wordsOf(text: string): string[] {
  return [...SEGMENTER.segment(text.toLowerCase())].filter((part) => part.isWordLike).map(({ segment }) => segment);
}
