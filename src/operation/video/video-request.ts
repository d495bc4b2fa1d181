/** A film to be made, as no vendor writes it. */
import type { JsonObject } from "../../core/json.ts";
import type { Source } from "../chat/conversation.ts";

export interface VideoRequest {
  readonly prompt: string;
  /** How long it is; undefined = as long as the model makes them. */
  readonly seconds: number | undefined;
  readonly frame: Frame;
  /** The picture that it begins with, and the one that it ends with. */
  readonly first?: Source;
  readonly last?: Source;
  /** Pictures of what is to be seen in it. */
  readonly references: readonly Source[];
  /** The upstream's own id of the film that this one changes. */
  readonly remixes?: string;
  /** How many are made of the prompt. */
  readonly count: number;
  /** What is not to be seen. */
  readonly negative?: string;
  readonly seed?: number;
  /** Whether it has sound; undefined = as the model makes them. */
  readonly sound?: boolean;
  /** Whether voices are heard that the client names: they are sold for more than sound. Only of `native` members. */
  readonly voiced?: true;
  /** How much work the model takes, `std` or `pro`; what is done where that is more than to make a film: `lip-sync`, `effects`. */
  readonly mode?: string;
  readonly watermark?: boolean;
  /** Whether the vendor may write the prompt anew. */
  readonly enhances?: boolean;
  /** Whether people may be seen, in Google's words. */
  readonly people?: string;
  /** What one wire alone has a place for. */
  readonly native?: NativeMembers;
}

interface NativeMembers {
  readonly wire: string;
  readonly members: JsonObject;
  /** What is done, in the words of that wire, where it is more than to make a film of a prompt. */
  readonly action?: string;
}

/** What a client says of the pictures that a film is made of; a member is absent where the model is to choose. */
export interface Frame {
  readonly width?: number;
  readonly height?: number;
  /** `16:9`. */
  readonly aspect?: string;
  /** `720p`, `4k`. */
  readonly resolution?: string;
}

/** By the pixels of the shorter side. */
const RESOLUTIONS: readonly (readonly [least: number, name: string])[] = [
  [2160, "4k"],
  [1440, "1440p"],
  [1080, "1080p"],
  [1024, "1024p"],
  [720, "720p"],
  [480, "480p"],
];

const ASPECTS: readonly (readonly [name: string, ratio: number])[] = [
  ["16:9", 16 / 9],
  ["9:16", 9 / 16],
  ["1:1", 1],
  ["4:3", 4 / 3],
  ["3:4", 3 / 4],
  ["21:9", 21 / 9],
];

/** Other names that clients have. */
const SAME_RESOLUTIONS: Readonly<Record<string, string>> = { "2160p": "4k", "2k": "1440p" };

/** The name by which prices know the size; undefined = the client does not say. */
export function resolutionOf({ width, height, resolution }: Frame): string | undefined {
  if (resolution !== undefined) return SAME_RESOLUTIONS[resolution] ?? resolution;
  if (width === undefined || height === undefined) return undefined;
  const side = Math.min(width, height);
  return RESOLUTIONS.find(([least]) => side >= least)?.[1] ?? `${side}p`;
}

/** The ratio of its sides, by the nearest name that vendors have for one; undefined = the client does not say. */
export function aspectOf({ width, height, aspect }: Frame): string | undefined {
  if (aspect !== undefined || width === undefined || height === undefined) return aspect;
  const ratio = width / height;
  const distance = ([, known]: (typeof ASPECTS)[number]) => Math.abs(Math.log(known / ratio));
  return ASPECTS.toSorted((one, other) => distance(one) - distance(other))[0]?.[0];
}
