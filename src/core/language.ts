/** A text for people, in each language the gateway speaks. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

export type Language = keyof Text;

/**
 * The reader's language by `Accept-Language`: the supported tag with the highest weight; the first of equal weights.
 * `*` and tags of other languages count for nothing: where no tag is supported, it is `fallback`.
 */
export function languageOf(acceptLanguage: string | null, fallback: Language): Language {
  let best: Language | undefined;
  let bestWeight = 0;
  for (const part of (acceptLanguage ?? "").split(",")) {
    const [tag = "", ...parameters] = part.split(";").map((piece) => piece.trim().toLowerCase());
    const language = tag.startsWith("zh") ? "zh" : tag.startsWith("en") ? "en" : undefined;
    const quality = parameters.find((parameter) => parameter.startsWith("q="));
    const weight = quality === undefined ? 1 : Number(quality.slice(2));
    if (language !== undefined && weight > bestWeight) [best, bestWeight] = [language, weight];
  }
  return best ?? fallback;
}
