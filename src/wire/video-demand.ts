/** What routing and billing see of a request for a film, whatever form it came in. */
import type { JsonObject } from "../core/json.ts";
import type { Attributes, Fee } from "../core/units.ts";
import type { Capability } from "../operation/operations.ts";
import { resolutionOf, type Frame, type VideoRequest } from "../operation/video/video-request.ts";
import { invalid } from "./invalid.ts";
import { readPreferences } from "./provider.ts";
import { readModels } from "./request-members.ts";
import type { TaskForm, TaskRequest } from "./task-types.ts";
import { only } from "./values.ts";

/** So long is a film at most whose length the client leaves to the model. */
const USUAL_SECONDS = 8;

interface Read {
  readonly body: JsonObject;
  readonly dropped: readonly string[];
  readonly promptBytes: number;
  readonly shown: JsonObject;
  readonly callback?: string;
  /** What of it nobody gets for the price of anything else. */
  readonly fees?: readonly Fee[];
  /** The model, where it does not stand in the body's `model`. */
  readonly model?: unknown;
}

/** @throws Fault `invalid_parameter` */
export function readVideo(form: TaskForm, asked: VideoRequest, read: Read): TaskRequest {
  const { body, dropped, promptBytes, shown, callback, model = body["model"] } = read;
  checkFrame(asked.frame);
  const pictures = [asked.first, asked.last, ...asked.references].filter((one) => one !== undefined).length;
  const preferences = readPreferences(body["provider"]);
  const fees: readonly Fee[] = [...(read.fees ?? []), ...(asked.voiced === true ? (["audio"] as const) : [])];
  return {
    form,
    asked,
    shown,
    dropped,
    ...only({ callback }),
    demand: {
      operation: "video",
      ...readModels({ model, models: body["models"] }),
      ...(preferences === undefined ? {} : { preferences }),
      maxOutput: undefined,
      promptBytes,
      choices: 1,
      needs: new Map<Capability, number>(pictures === 0 ? [] : [["image", pictures]]),
      units: { durationMs: msOf(asked.seconds ?? USUAL_SECONDS) * asked.count, actions: asked.count },
      attributes: videoAttributes(asked),
      ...(fees.length === 0 ? {} : { fees: new Set(fees) }),
    },
  };
}

/** Of a film that was made, the vendor tells parts of a second. */
export function msOf(seconds: number): number {
  return Math.round(seconds * 1000);
}

/** Of two sizes, one upstream would make this one, and another that one. @throws Fault `invalid_parameter` */
function checkFrame({ width, height, resolution }: Frame): void {
  const ofPixels = resolutionOf(only({ width, height }));
  if (resolution === undefined || ofPixels === undefined || ofPixels === resolutionOf({ resolution })) return;
  throw invalid("resolution", `is not that of the size, ${ofPixels}`, `与尺寸不符（${ofPixels}）`);
}

/** What the price of a film depends on; absent = the client leaves it to the model. */
export function videoAttributes({
  frame,
  sound,
  voiced,
  mode,
}: Pick<VideoRequest, "frame" | "sound" | "voiced" | "mode">): Attributes {
  const { width, height } = frame;
  return only({
    size: width === undefined || height === undefined ? undefined : `${width}x${height}`,
    resolution: resolutionOf(frame),
    audio: voiced === true ? "voice" : sound === undefined ? undefined : sound ? "on" : "off",
    mode,
  });
}

interface NativeFor {
  readonly members: JsonObject;
  readonly action: string | undefined;
  /** The names of what other wires alone have a place for. */
  readonly dropped: readonly string[];
}

/** What a request has for one wire alone. @param wire its name */
export function nativeFor({ native }: Pick<VideoRequest, "native">, wire: string): NativeFor {
  if (native === undefined) return { members: {}, action: undefined, dropped: [] };
  const { members, action } = native;
  if (native.wire !== wire) return { members: {}, action: undefined, dropped: Object.keys(members) };
  return { members, action, dropped: [] };
}
