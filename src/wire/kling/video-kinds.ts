/** Kling's endpoints for films, and what each of them takes that no other vendor has. */
import type { JsonObject } from "../../core/json.ts";
import type { VideoRequest } from "../../operation/video/video-request.ts";

export const VIDEO_KINDS = [
  "text2video",
  "image2video",
  "multi-image2video",
  "video-extend",
  "lip-sync",
  "effects",
] as const;
export type VideoKind = (typeof VIDEO_KINDS)[number];

/** The name of the wire, by which requests mark what it alone has a place for. */
export const KLING_VIDEOS = "kling.videos";

/** The members that pass as they are. An address to call back, or a client's own name of a task, is never among them. */
export const PASSED = {
  text2video: ["cfg_scale", "camera_control", "voice_list", "watermark_info"],
  image2video: ["cfg_scale", "camera_control", "static_mask", "dynamic_masks", "voice_list", "watermark_info"],
  "multi-image2video": ["watermark_info"],
  "video-extend": ["cfg_scale", "watermark_info"],
  "lip-sync": ["watermark_info"],
  effects: ["effect_scene", "watermark_info"],
} as const satisfies Record<VideoKind, readonly string[]>;

/** Those of the object `input`; the film and the pictures have places of their own. */
export const PASSED_INPUT: Readonly<Partial<Record<VideoKind, readonly string[]>>> = {
  "lip-sync": [
    "video_url",
    "mode",
    "text",
    "voice_id",
    "voice_language",
    "voice_speed",
    "audio_type",
    "audio_file",
    "audio_url",
  ],
  effects: ["model_name", "mode"],
};

/** What clients of other forms may say of a film, too. */
export const FILM_MEMBERS: readonly string[] = PASSED.image2video;

export function klingMembers(members: JsonObject): Pick<VideoRequest, "native" | "voiced"> {
  const own = Object.fromEntries(Object.entries(members).filter(([name]) => FILM_MEMBERS.includes(name)));
  return Object.keys(own).length === 0 ? {} : { native: { wire: KLING_VIDEOS, members: own }, ...voicesIn(own) };
}

/** Whether they name voices. */
export function voicesIn({ voice_list: voices }: JsonObject): Pick<VideoRequest, "voiced"> {
  const isEmpty = voices === undefined || voices === null || (Array.isArray(voices) && voices.length === 0);
  return isEmpty ? {} : { voiced: true };
}

/** The endpoint of a path below the base URL. */
export function kindOfPath(path: string): string {
  return path.split("/")[2] ?? "";
}

export function pathOfKind(kind: string): string {
  return `/videos/${kind}`;
}
