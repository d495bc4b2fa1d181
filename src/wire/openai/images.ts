/**
 * Pictures: made of a prompt, and changed.
 * @see https://platform.openai.com/docs/api-reference/images
 */
import { isObject, type JsonObject } from "../../core/json.ts";
import { withMembers, type Payload } from "../../core/payload.ts";
import type { Capability } from "../../operation/operations.ts";
import { bodyOf, filesIn, refuseOtherFiles } from "../form-request.ts";
import { invalid, missing } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { jsonOf, numberOfChoices, positiveInteger, readStream, textBytes } from "../request-members.ts";
import type { Address, ClientRequest, Match, Outgoing, Target, Wire } from "../types.ts";
import { readWhole, writeWhole } from "../whole-request.ts";
import { IMAGE_CODEC } from "./image-codec.ts";
import { ImageFold, unfoldImages } from "./image-fold.ts";
import { formOf } from "./image-form.ts";
import { EDITS, GENERATIONS, makesSeries, picturesIn, VARIATIONS } from "./image-members.ts";
import { imageAttributes, IMAGE_FIELDS } from "./image-fields.ts";
import { ImageReader } from "./image-reader.ts";
import { ImageWriter, INLINE_PICTURES } from "./image-writer.ts";

export const images: Wire = {
  name: "openai.images",
  operation: "image",
  read: readImages,
  address: addressOf,
  write: writeImages,
  answers: (target, request) => new ImageReader(target, request.demand.choices),
  client: (request) => new ImageWriter(request),
  fold: () => new ImageFold(),
  unfold: unfoldImages,
  codec: IMAGE_CODEC,
  inline: INLINE_PICTURES,
};

/** OpenAI's own limit. */
export const MAX_IMAGES = 10;
/** The longest series of Seedream, and how long one is that does not say. */
const MAX_SERIES = 15;
/** OpenAI's own limit of pictures to begin with. */
export const MAX_GIVEN = 16;
/** The fields that may be files. */
const FILES: ReadonlySet<string> = new Set(["image", "mask"]);
/** The endpoint of the time before pictures, which some clients still ask. */
const OLD_EDITS = "/edits";
/** No picture has more tokens, whatever its size; an operator may set a model's own most. */
const MAX_TOKENS = 32_768;

function readImages(payload: Payload, { path = GENERATIONS }: Match): ClientRequest {
  const { value: body, bytes } = bodyOf(payload);
  refuseOtherFiles(payload, IMAGE_FIELDS, FILES);
  const endpoint = path === OLD_EDITS ? EDITS : path;
  const prompt = endpoint === VARIATIONS ? "" : readPrompt(body);
  const count = numberOfPictures(body);
  const pictures = picturesIn(body);
  const given = pictures.length + filesIn(payload, "image").length + filesIn(payload, "mask").length;
  if (given === 0 && endpoint !== GENERATIONS) throw missing("image");
  if (given > MAX_GIVEN) throw invalid("image", `must be at most ${MAX_GIVEN} pictures`, `最多 ${MAX_GIVEN} 张图片`);
  for (const { url, param } of pictures) checkAddress(url, param);
  const dataBytes = pictures.map(({ url }) => (/^https?:/i.test(url) ? 0 : textBytes(url)));
  const request = readWhole(images, payload, {
    operation: "image",
    fields: IMAGE_FIELDS,
    promptBytes: bytes - dataBytes.reduce((sum, bytes) => sum + bytes, 0),
    maxOutput: MAX_TOKENS,
    choices: count,
    needs: new Map<Capability, number>(given === 0 ? [] : [["image", given]]),
    units: { images: count },
    attributes: imageAttributes(body),
    promptText: () => prompt,
  });
  return { ...request, stream: readStream(body), endpoint };
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function readPrompt({ prompt }: JsonObject): string {
  if (prompt === undefined || prompt === null || prompt === "") throw missing("prompt");
  if (typeof prompt !== "string") throw invalid("prompt", "must be a text", "必须是文本");
  return prompt;
}

/** The most pictures that may be made: Seedream makes a series of them besides `n`, as many as its options allow. */
function numberOfPictures(body: JsonObject): number {
  const count = numberOfChoices(body, "n");
  if (count > MAX_IMAGES) throw invalid("n", `must be at most ${MAX_IMAGES}`, `不能超过 ${MAX_IMAGES}`);
  return makesSeries(body) ? Math.max(count, lengthOfSeries(body)) : count;
}

/** @throws Fault `invalid_parameter` */
function lengthOfSeries({ sequential_image_generation_options: options }: JsonObject): number {
  const most = (isObject(options) ? positiveInteger(options, "max_images") : undefined) ?? MAX_SERIES;
  if (most > MAX_SERIES) throw invalid("max_images", `must be at most ${MAX_SERIES}`, `不能超过 ${MAX_SERIES}`);
  return most;
}

/** OpenAI's own models: those take pictures as files alone, and the newer ones answer in base64, and refuse to be told. */
const OPENAIS_OWN = /^(gpt-image|chatgpt-image|dall-e)/;
const ALWAYS_BASE64 = /^(gpt-image|chatgpt-image)/;

/** A request with pictures that comes by another wire, or to the endpoint that takes none at OpenAI, is an edit there. */
function addressOf({ model }: Target, { endpoint = GENERATIONS, payload }: ClientRequest): Address {
  const isEdit = endpoint === GENERATIONS && OPENAIS_OWN.test(model) && picturesIn(bodyOf(payload).value).length > 0;
  return { method: "POST", path: isEdit ? EDITS : endpoint };
}

function writeImages(request: ClientRequest, target: Target): Outgoing {
  const { payload, ...rest } = request;
  return writeWhole({ ...rest, payload: payloadFor(payload, target) }, target, IMAGE_FIELDS);
}

function payloadFor(payload: Payload, { model }: Target): Payload {
  if (!OPENAIS_OWN.test(model)) return payload;
  const format = ALWAYS_BASE64.test(model) ? "response_format" : undefined;
  if (payload.kind === "form") return { kind: "form", form: payload.form.filter(({ name }) => name !== format) };
  const own = format === undefined ? jsonOf(payload) : withMembers(jsonOf(payload), { [format]: undefined });
  const form = picturesIn(own.value).length === 0 ? undefined : formOf(own.value);
  return form === undefined ? own : { kind: "form", form };
}
