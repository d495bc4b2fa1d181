/**
 * How clients of Kling ask for pictures, and how they see them.
 * @see https://app.klingai.com/global/dev/document-api/apiReference/model/imageGeneration
 */
import type { JsonObject } from "../../core/json.ts";
import type { Payload } from "../../core/payload.ts";
import type { Capability } from "../../operation/operations.ts";
import type { ImageRequest } from "../../operation/image/image-request.ts";
import { invalid, missing } from "../invalid.ts";
import { readPreferences } from "../provider.ts";
import { jsonOf, readModels, textBytes } from "../request-members.ts";
import type { TaskForm, TaskRequest, TaskView } from "../task-types.ts";
import { only } from "../values.ts";
import { KLING_PICTURES, MOST_PICTURES } from "./pictures.ts";
import { payable } from "./picture-demand.ts";
import {
  aspectIn,
  checkShare,
  CHOICE,
  COMMON,
  isGiven,
  ownIn,
  pictureIn,
  promptIn,
  textOf,
  USUAL_MODEL,
} from "./read-members.ts";
import { newId, success, taskData } from "./task-envelope.ts";

export const pictureForm: TaskForm = {
  name: KLING_PICTURES,
  operation: "image",
  read: readPictures,
  show: (task) => success(dataOf(task)),
  tell: dataOf,
  linkOf: ({ id, token, variant }) => {
    const named = variant === "image" ? "" : `&variant=${encodeURIComponent(variant)}`;
    return `/kling/v1/images/generations/${id}/content?token=${token}${named}`;
  },
  newId,
};

function dataOf(task: TaskView): JsonObject {
  return taskData(task, ({ links }) => ({ images: links.map((url, index) => ({ index, url })) }));
}

/** The members that pass as they are. */
export const PICTURE_MEMBERS: readonly string[] = ["image_fidelity", "human_fidelity", "watermark_info"];
const READ = [
  "prompt",
  "negative_prompt",
  "image",
  "image_reference",
  "resolution",
  "n",
  "aspect_ratio",
  ...PICTURE_MEMBERS,
];
const KNOWN: ReadonlySet<string> = new Set([...CHOICE, ...COMMON, ...READ]);

/** Kling names its models of films and of pictures alike, and here a name is that of one model. */
const OF_PICTURES = "-image";

/** @throws Fault `missing_input`, `invalid_parameter` */
function readPictures(payload: Payload): TaskRequest {
  const { value: body } = jsonOf(payload);
  const { name, callback } = ownIn(body);
  const prompt = promptIn(body, true);
  const picture = pictureIn(body, "image");
  const asked: ImageRequest = {
    prompt,
    pictures: picture === undefined ? [] : [picture],
    count: countIn(body),
    ...only({
      negative: textOf(body, "negative_prompt"),
      reference: referenceIn(body, picture !== undefined),
      aspect: aspectIn(body),
      resolution: textOf(body, "resolution", MOST_WORD)?.toLowerCase(),
    }),
    ...pictureMembers(body),
  };
  const named = [body["model_name"], body["model"], USUAL_MODEL].find(isGiven);
  const { model, fallbacks } = readModels({ model: named, models: body["models"] });
  const preferences = readPreferences(body["provider"]);
  return {
    form: pictureForm,
    asked,
    shown: only({ prompt, external_task_id: name }),
    dropped: Object.keys(body).filter((member) => !KNOWN.has(member)),
    ...only({ name, callback }),
    demand: {
      operation: "image",
      model,
      fallbacks: model === undefined ? fallbacks : [model + OF_PICTURES, ...fallbacks],
      ...(preferences === undefined ? {} : { preferences }),
      maxOutput: undefined,
      promptBytes: textBytes(prompt),
      choices: 1,
      needs: new Map<Capability, number>(picture === undefined ? [] : [["image", 1]]),
      ...payable(asked),
    },
  };
}

const MOST_WORD = 10;

/** @throws Fault `invalid_parameter` */
function countIn({ n }: JsonObject): number {
  if (!isGiven(n)) return 1;
  const count = typeof n === "string" ? Number(n) : n;
  if (typeof count === "number" && Number.isInteger(count) && count >= 1 && count <= MOST_PICTURES) return count;
  throw invalid("n", `must be from 1 to ${MOST_PICTURES}`, `须为 1 到 ${MOST_PICTURES}`);
}

/** @throws Fault `invalid_parameter`, `missing_input` */
export function referenceIn(body: JsonObject, hasPicture: boolean): string | undefined {
  const reference = textOf(body, "image_reference", MOST_WORD);
  if (reference === undefined) return undefined;
  if (reference !== "subject" && reference !== "face")
    throw invalid("image_reference", "must be 'subject' or 'face'", "须为 'subject' 或 'face'");
  if (!hasPicture) throw missing("image");
  return reference;
}

/** What only Kling has a place for. @throws Fault `invalid_parameter` */
export function pictureMembers(body: JsonObject): Pick<ImageRequest, "native"> {
  for (const name of ["image_fidelity", "human_fidelity"]) checkShare(body, name);
  const members = Object.entries(body).filter(([name, value]) => PICTURE_MEMBERS.includes(name) && isGiven(value));
  return members.length === 0 ? {} : { native: { wire: KLING_PICTURES, members: Object.fromEntries(members) } };
}
