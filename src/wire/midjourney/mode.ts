/** How fast pictures are made, and how prompts say it: `a cat --turbo`. */
import { PAINT_MODES, type PaintMode } from "../../operation/paint/paint-request.ts";
import { APART, HYPHENS } from "./prompt-parameters.ts";

/** What a request that does not say is charged as, and how vendors make it. */
export const USUAL_MODE: PaintMode = "fast";

const FLAGS = new RegExp(String.raw`\s?${APART}${HYPHENS}(fast|relax|turbo)(?![\p{L}\p{N}-])`, "giu");

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

export function withMode(prompt: string, mode: PaintMode | undefined): string {
  return mode === undefined ? prompt : `${prompt} --${mode}`;
}
