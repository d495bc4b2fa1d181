/** Members of a body that upstreams of this family alone have, each with what it can say: some upstreams write it into the prompt. */
import type { JsonObject } from "../../core/json.ts";
import type { PaintRequest } from "../../operation/paint/paint-request.ts";
import { invalid } from "../invalid.ts";
import { only, textOrEmpty } from "../values.ts";

/** Films that are made at once, and how large they are: `vid_1.1_i2v_720`. */
const MOST_FILMS = 4;
const FILM_COUNT = /^[1-4]$/;
const FILM_TYPE = /^(?:[\w.]+_)?(480|720|1080)p?$/i;
const FLAG = /^(true|false)$/;

const NATIVE: Readonly<Record<string, RegExp>> = { botType: /^\w{1,40}$/, chooseSameChannel: FLAG, enableRemix: FLAG };
const OF_FILMS: Readonly<Record<string, RegExp>> = {
  motion: /^(low|high)$/i,
  batchSize: FILM_COUNT,
  videoType: FILM_TYPE,
  loop: FLAG,
};

/** What goes up as it came. */
export function nativeIn({ step }: Pick<PaintRequest, "step">, body: JsonObject): JsonObject {
  const known = Object.entries(step === "animate" ? { ...NATIVE, ...OF_FILMS } : NATIVE);
  return Object.fromEntries(
    known.flatMap(([name, pattern]) => (says(pattern, body[name]) ? [[name, body[name]]] : [])),
  );
}

/** What films cost more by. @throws Fault `invalid_parameter` */
export function filmsIn(
  { step }: Pick<PaintRequest, "step">,
  { batchSize, videoType }: JsonObject,
): Pick<PaintRequest, "count" | "resolution"> {
  if (step !== "animate") return {};
  const count = batchSize === undefined || batchSize === null ? undefined : Number(batchSize);
  if (count !== undefined && !says(FILM_COUNT, batchSize))
    throw invalid("batchSize", `must be from 1 to ${MOST_FILMS}`, `须为 1 到 ${MOST_FILMS}`);
  if (videoType === undefined || videoType === null) return only({ count });
  const [, side] = FILM_TYPE.exec(textOrEmpty(videoType)) ?? [];
  if (side === undefined) throw invalid("videoType", "must end with 480 or 720", "须以 480 或 720 结尾");
  return only({ count, resolution: `${side}p` });
}

function says(pattern: RegExp, value: unknown): boolean {
  const isPlain = typeof value === "boolean" || typeof value === "number" || typeof value === "string";
  return isPlain && pattern.test(String(value));
}
