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
  [/^picread$/, "describe"],
  [/^animate/, "video"],
];

/** Stands for what nobody has listed. */
const OTHER = "action";

/** The verb is the second word, or the third behind `JOB`. @returns in lower case */
export function actionOfButton(customId: string): string {
  const [, first = "", second = ""] = customId.toLowerCase().split("::");
  const verb = first === "job" ? second : first;
  return ACTIONS.find(([known]) => known.test(verb))?.[1] ?? OTHER;
}
