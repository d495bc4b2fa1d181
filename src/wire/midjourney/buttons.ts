/** What the buttons of a task do, by their names: `MJ::JOB::upsample::1::82c51c9d-…`, `MJ::Outpaint::50::…`. */

const ACTIONS: readonly (readonly [verb: RegExp, action: string])[] = [
  [/^upsample/, "upscale"],
  [/^low_variation/, "low_variation"],
  [/^high_variation/, "high_variation"],
  [/^variation/, "variation"],
  [/^reroll/, "reroll"],
  [/^pan_/, "pan"],
  [/^outpaint/, "zoom"],
  [/^customzoom/, "custom_zoom"],
  [/^inpaint/, "inpaint"],
  [/^picreader/, "imagine"],
  [/^promptanalyzer$/, "imagine"],
  [/^picread$/, "describe"],
  [/^animate/, "video"],
];

/** Stands for what nobody has listed. */
const OTHER = "action";
const MOST_LISTED = 5;

/** Where one button stands for all of a list, it makes so many. */
const ALL = "all";
const LISTED: Readonly<Record<string, number>> = { picreader: 4, promptanalyzer: 5 };

interface Button {
  readonly action: string;
  /** How often it does it; absent = once. */
  readonly count?: number;
}

/** The verb is the second word, or the third behind `JOB`. */
export function readButton(customId: string): Button {
  const [, first = "", ...words] = customId.toLowerCase().split("::");
  const [verb = "", which] = first === "job" ? words : [first, ...words];
  const action = ACTIONS.find(([known]) => known.test(verb))?.[1] ?? OTHER;
  return { action, ...(which === ALL ? { count: LISTED[verb] ?? MOST_LISTED } : {}) };
}
