/** A text for people, in each language the gateway speaks. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

export type Language = keyof Text;

/**
 * The reader's language by `Accept-Language`: the supported tag of the highest weight, the first of equals.
 * `*` and tags we do not speak leave the surface's default.
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
