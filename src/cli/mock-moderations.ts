/**
 * Moderations of the mock: a category is flagged by a few words.
 * @see https://platform.openai.com/docs/api-reference/moderations
 */

interface Part {
  readonly text?: string;
}

interface ModerationsBody {
  readonly model: string;
  readonly input: string | readonly string[] | readonly Part[];
}

const CATEGORIES = {
  harassment: /\bidiots?\b|白痴/iu,
  "harassment/threatening": undefined,
  hate: /\bhate\b|仇恨/iu,
  "hate/threatening": undefined,
  illicit: undefined,
  "illicit/violent": undefined,
  "self-harm": undefined,
  "self-harm/instructions": undefined,
  "self-harm/intent": undefined,
  sexual: undefined,
  "sexual/minors": undefined,
  violence: /\bkill(s|ed|ing)?\b|杀/iu,
  "violence/graphic": undefined,
} as const satisfies Record<string, RegExp | undefined>;

export function mockModerations({ model, input }: ModerationsBody): object {
  return { id: `modr-${crypto.randomUUID()}`, model, results: textsOf(input).map(judge) };
}

/** Each has its own result. Parts are judged together. */
function textsOf(input: ModerationsBody["input"]): readonly string[] {
  if (typeof input === "string") return [input];
  const items: readonly (string | Part)[] = input;
  const texts = items.filter((item) => typeof item === "string");
  return texts.length === items.length ? texts : [items.map((item) => (item as Part).text ?? "").join(" ")];
}

function judge(text: string): object {
  const found = Object.entries(CATEGORIES).map(([name, words]) => [name, words?.test(text) === true] as const);
  return {
    flagged: found.some(([, isFound]) => isFound),
    categories: Object.fromEntries(found),
    category_scores: Object.fromEntries(found.map(([name, isFound]) => [name, isFound ? 0.9 : 0.0001])),
    category_applied_input_types: Object.fromEntries(found.map(([name]) => [name, ["text"]])),
  };
}
