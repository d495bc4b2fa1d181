/** What Kling's models make, by their names: what a client asks for is made so, or refused. */
import { resolutionOf, type VideoRequest } from "../../operation/video/video-request.ts";
import { unsupported } from "../unsupported.ts";

/** `kling-v2-6` is 2.6; undefined for a name without a version. */
function versionOf(model: string): number | undefined {
  const [, major, minor = "0"] = /v(\d)(?:[-.](\d)(?!\d))?/i.exec(model) ?? [];
  return major === undefined ? undefined : Number(`${major}.${minor}`);
}

const USUAL_SECONDS = 5;
const LENGTHS = [5, 10] as const;
/** From this version on any length is made from the least to the most. */
const FREE_SINCE = 3;
const [LEAST_SECONDS, MOST_SECONDS] = [3, 15];

/** @param model undefined = whichever. @throws Fault `unsupported_feature` for a length that is not made */
export function lengthOf(seconds: number | undefined, model = ""): number {
  if (seconds === undefined) return USUAL_SECONDS;
  if ((versionOf(model) ?? 0) >= FREE_SINCE) {
    if (seconds >= LEAST_SECONDS && seconds <= MOST_SECONDS) return seconds;
    const range = [LEAST_SECONDS, MOST_SECONDS] as const;
    throw unsupported(
      "duration",
      `must be from ${range.join(" to ")} for this model`,
      `该模型须为 ${range.join(" 到 ")}`,
    );
  }
  if ((LENGTHS as readonly number[]).includes(seconds)) return seconds;
  throw unsupported("duration", `must be ${LENGTHS.join(" or ")} for this model`, `该模型须为 ${LENGTHS.join(" 或 ")}`);
}

/** How much work the model takes, and the pictures that come of it. */
export const MODES = { std: "720p", pro: "1080p", "4k": "4k" } as const;
export type Mode = keyof typeof MODES;
const MADE_4K_SINCE = 3;

/** @throws Fault `unsupported_feature` */
export function modeOf({ mode: said, frame }: Pick<VideoRequest, "mode" | "frame">, model: string): Mode {
  const fitting = modeFor(resolutionOf(frame));
  const mode = said ?? fitting ?? "std";
  if (!isMode(mode)) throw unsupported("mode", "must be std, pro or 4k", "须为 std、pro 或 4k");
  if (fitting !== undefined && fitting !== mode)
    throw unsupported("mode", `${mode} makes ${MODES[mode]}`, `${mode} 生成 ${MODES[mode]}`);
  if (mode === "4k" && (versionOf(model) ?? MADE_4K_SINCE) < MADE_4K_SINCE)
    throw unsupported("mode", "this model makes no 4k", "该模型不支持 4k");
  return mode;
}

export function isMode(mode: string): mode is Mode {
  return Object.hasOwn(MODES, mode);
}

/** @throws Fault `unsupported_feature` for pictures that no mode makes: their price would be that of others */
function modeFor(resolution: string | undefined): Mode | undefined {
  if (resolution === undefined) return undefined;
  const found = Object.entries(MODES).find(([, made]) => made === resolution.replace("2160p", "4k"));
  if (found !== undefined) return found[0] as Mode;
  throw unsupported("size", "must be 720p, 1080p or 4k, such as 1280x720", "须为 720p、1080p 或 4k,如 1280x720");
}

const WIDE: Readonly<Record<Mode, readonly [long: number, short: number]>> = {
  std: [1280, 720],
  pro: [1920, 1080],
  "4k": [3840, 2160],
};

/** What is known of the pictures. @param aspect undefined = as the first picture of the film */
export function sizeOf(
  mode: Mode,
  aspect: string | undefined,
): { readonly resolution: string; readonly size?: string } {
  const [long, short] = WIDE[mode];
  const size = aspect === "16:9" ? `${long}x${short}` : aspect === "9:16" ? `${short}x${long}` : undefined;
  return { resolution: MODES[mode], ...(size === undefined ? {} : { size }) };
}

const SOUND_SINCE = 2.6;

/** @throws Fault `unsupported_feature` for sound where older models make none */
export function checkSound(sound: boolean | undefined, model: string): void {
  if (sound === true && (versionOf(model) ?? SOUND_SINCE) < SOUND_SINCE)
    throw unsupported("sound", "this model makes no sound", "该模型不支持生成声音");
}

/** Whether models of this version obey `cfg_scale`. */
export function takesGuidance(model: string): boolean {
  return (versionOf(model) ?? 1) < 2;
}
