/** Pictures of Kling that are asked for in OpenAI's form. */
import type { ImageRequest } from "../../operation/image/image-request.ts";
import { words } from "../fields/field-table.ts";
import { bodyOf } from "../form-request.ts";
import { missing } from "../invalid.ts";
import { sourceOfPicture } from "../media.ts";
import { picturesOfForm } from "../openai/image-form.ts";
import { picturesIn } from "../openai/image-members.ts";
import type { TaskRequest } from "../task-types.ts";
import type { ClientRequest } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { only, textIn, textOrEmpty } from "../values.ts";
import { payable } from "./picture-demand.ts";
import { PICTURE_MEMBERS, pictureForm, pictureMembers, referenceIn } from "./picture-form.ts";
import { PICTURE_ASPECTS } from "./pictures.ts";

const READ: ReadonlySet<string> = new Set([
  ...words(`model models prompt n size image_size width height aspect_ratio resolution image images image_url image_urls
    image_reference negative_prompt response_format stream provider user`),
  ...PICTURE_MEMBERS,
]);

/** @throws Fault `missing_input`, `invalid_parameter`, `unsupported_feature` */
export function klingPictureOf(request: ClientRequest): TaskRequest {
  const { demand, payload } = request;
  const { value: body } = bodyOf(payload);
  if (body["mask"] !== undefined) throw unsupported("mask");
  const prompt = textOrEmpty(body["prompt"]);
  if (prompt === "") throw missing("prompt");
  const given = picturesIn(body).map(({ url }) => sourceOfPicture(url, "image/png"));
  const pictures = [...given, ...picturesOfForm(payload)];
  const { size, resolution } = demand.attributes ?? {};
  const { isKept, ...shape } = shapeOf(size);
  const asked: ImageRequest = {
    prompt,
    pictures,
    count: demand.choices,
    ...only({
      negative: textIn(body["negative_prompt"]),
      reference: referenceIn(body, pictures.length > 0),
      aspect: shape.aspect ?? textIn(body["aspect_ratio"]),
      resolution: resolution ?? shape.resolution,
    }),
    ...pictureMembers(body),
  };
  const dropped = Object.keys(body).filter((name) => !READ.has(name));
  return {
    form: pictureForm,
    asked,
    shown: { prompt },
    dropped: isKept ? dropped : [...dropped, "size"],
    demand: { ...demand, maxOutput: undefined, choices: 1, ...payable(asked) },
  };
}

interface Shape {
  readonly aspect?: string;
  readonly resolution?: string;
  /** Whether the picture will have the shape that the client wants. */
  readonly isKept: boolean;
}

/** Pixels on a side of a square picture. */
const SIDES = [
  ["1k", 1024],
  ["2k", 2048],
  ["4k", 4096],
] as const;
/** A shape that is no further from another one is taken for it. */
const SAME = 0.03;

/** `1024x1536`, `2:3`, `2k`. Kling knows shapes and resolutions: the nearest of each is asked for. */
function shapeOf(size: string | undefined): Shape {
  if (size === undefined) return { isKept: true };
  const [, across, by, down] = /^(\d{1,5})([x:])(\d{1,5})$/.exec(size) ?? [];
  if (across === undefined || down === undefined) {
    const isResolution = SIDES.some(([name]) => name === size);
    return isResolution ? { resolution: size, isKept: true } : { isKept: false };
  }
  const [width, height] = [Math.max(1, Number(across)), Math.max(1, Number(down))];
  const { name: aspect, distance } = nearest(
    width / height,
    PICTURE_ASPECTS.map((one) => [one, ratioOf(one)] as const),
  );
  const resolution = by === "x" ? nearest(Math.sqrt(width * height), SIDES).name : undefined;
  return { aspect, isKept: distance <= SAME, ...only({ resolution }) };
}

function ratioOf(aspect: string): number {
  const [across = 1, down = 1] = aspect.split(":").map(Number);
  return across / down;
}

function nearest(value: number, known: readonly (readonly [name: string, value: number])[]) {
  return known
    .map(([name, one]) => ({ name, distance: Math.abs(Math.log(one / value)) }))
    .reduce((best, one) => (one.distance < best.distance ? one : best));
}
