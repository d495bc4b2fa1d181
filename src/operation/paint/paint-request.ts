/** A step in the making of a picture, as no vendor writes it: a new picture, or what is done with one that was made. */
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../chat/conversation.ts";

export interface PaintRequest {
  /** How it is asked for. */
  readonly step: PaintStep;
  /** What it does, and so what it costs: `imagine`, `upscale`, `low_variation`. Buttons may do what nobody has listed. */
  readonly action: string;
  readonly prompt?: string;
  /** What it is made of, in this order: the face before the picture that gets it. */
  readonly pictures: readonly Source[];
  /** The upstream's own id of the task that it goes on with. */
  readonly parent?: string;
  /** The upstream's own name of the button that is pressed. */
  readonly button?: string;
  /** Which picture of a grid, from 1 on. */
  readonly index?: number;
  /** Where the picture may change. */
  readonly mask?: Source;
  readonly dimensions?: Dimensions;
  readonly mode?: PaintMode;
  /** How often the action is paid for: so many films are made of a picture, or the prompt asks for what costs more; absent = once. */
  readonly count?: number;
  /** Of films: `720p`. */
  readonly resolution?: string;
  /** What one wire alone has a place for. */
  readonly native?: JsonObject;
}

/**
 * `press`: a button of a finished task. `change`: one of the first such buttons, by its number. `fill`: what a pressed button
 * asks for.
 */
export type PaintStep =
  | "imagine"
  | "blend"
  | "describe"
  | "shorten"
  | "upload"
  | "swap"
  | "edit"
  | "animate"
  | "press"
  | "change"
  | "fill";

export type Dimensions = "portrait" | "square" | "landscape";

export const PAINT_MODES = ["fast", "relax", "turbo"] as const;
export type PaintMode = (typeof PAINT_MODES)[number];
