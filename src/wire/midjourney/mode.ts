/** How fast pictures are made, and how prompts say it: `a cat --turbo`. */
import { PAINT_MODES, type PaintMode } from "../../operation/paint/paint-request.ts";

/** What a request that does not say is charged as, and how vendors make it. */
export const USUAL_MODE: PaintMode = "fast";

/** Some keyboards join the two hyphens. What cannot be seen between two words is no part of them. */
const FLAGS = /\s?(?<![\p{L}\p{N}-])(?:--|—|–)(fast|relax|turbo)(?![\p{L}\p{N}-])/giu;
/** What would be made several times for the price of once. */
const REPEATS = /(?<![\p{L}\p{N}-])(?:--|—|–)(?:repeat|r|bs)[\s=]*(\d+)/giu;

interface Prompt {
  /** Without flags of the mode. */
  readonly text: string;
  /** The last that the prompt names. */
  readonly mode: PaintMode | undefined;
}

export function readMode(prompt: string): Prompt {
  const named = [...prompt.matchAll(FLAGS)].at(-1)?.[1]?.toLowerCase();
  const mode = PAINT_MODES.find((one) => one === named);
  return { text: mode === undefined ? prompt : prompt.replaceAll(FLAGS, "").trim(), mode };
}

/** Whether a prompt asks for more than one. */
export function repeats(prompt: string): boolean {
  return [...prompt.matchAll(REPEATS)].some(([, times]) => Number(times) > 1);
}

export function withMode(prompt: string, mode: PaintMode | undefined): string {
  return mode === undefined ? prompt : `${prompt} --${mode}`;
}
