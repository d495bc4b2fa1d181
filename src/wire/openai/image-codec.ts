/** Requests for pictures as chats that ask for pictures, and chats as requests for pictures. */
import { Fault } from "../../core/fault.ts";
import { JsonDraft } from "../../core/json-edit.ts";
import type { JsonObject } from "../../core/json.ts";
import { jsonPayload, type JsonPayload } from "../../core/payload.ts";
import type { Usage } from "../../core/units.ts";
import type { ChatEvent } from "../../operation/chat/answer-events.ts";
import type { ChatRequest, MediaPart, Turn } from "../../operation/chat/conversation.ts";
import type { Carried, ChatCodec, EventReader, PieceOptions, PieceWriter } from "../codec.ts";
import { words } from "../fields/field-table.ts";
import { invalid } from "../invalid.ts";
import { dataUrl, picturesShownIn, sourceOfUrl, typeOfPicture } from "../media.ts";
import { bodyOf, filesIn } from "../form-request.ts";
import type { ClientRequest, Piece, Target } from "../types.ts";
import { unsupported } from "../unsupported.ts";
import { numberIn, only, textIn, textOrEmpty } from "../values.ts";
import { leftOut } from "../whole-request.ts";
import { IMAGE_FIELDS } from "./image-fields.ts";
import { picturesOfForm } from "./image-form.ts";
import { lossesOf } from "./image-losses.ts";
import { COMPLETED, makesSeries, picturesIn, VARIATIONS } from "./image-members.ts";
import { readImageUsage, writeImageUsage } from "./image-usage.ts";

export const IMAGE_CODEC: ChatCodec = {
  resultField: "prompt",
  readRequest,
  writeRequest,
  events: () => new ImageEventReader(),
  pieces: (options) => new ImagePieceWriter(options),
};

const CARRIED: ReadonlySet<string> = new Set(
  words(`model prompt n size quality background output_format seed stream response_format image images image_url
    image_urls`),
);

/** A wish that a picture has in common with others of its kind; `null` and `auto` wish for nothing. */
function wish(value: unknown): string | undefined {
  return value === "auto" ? undefined : textIn(value);
}

function readRequest(request: ClientRequest): Carried<ChatRequest> {
  const { payload, demand } = request;
  const { value: body } = bodyOf(payload);
  if (request.endpoint === VARIATIONS)
    throw unsupported("image", "this model makes no variations", "该模型不支持生成变体");
  if (makesSeries(body)) throw unsupported("sequential_image_generation");
  if ((body["mask"] !== undefined && body["mask"] !== null) || filesIn(payload, "mask").length > 0) {
    throw unsupported(
      "mask",
      "this model takes no mask; say in the prompt what to change",
      "该模型不支持蒙版,请在提示词中说明",
    );
  }
  const sources = [...picturesIn(body).map(({ url }) => sourceOfUrl(url, "image/png")), ...picturesOfForm(payload)];
  const pictures = sources.map((source): MediaPart => ({ kind: "image", source }));
  const picture = only({
    size: wish(body["size"]),
    quality: wish(body["quality"]),
    background: wish(body["background"]),
    format: wish(body["output_format"]),
  });
  return {
    dropped: leftOut(body, CARRIED, IMAGE_FIELDS),
    value: {
      system: [],
      turns: [{ role: "user", parts: [...pictures, { kind: "text", text: textOrEmpty(body["prompt"]) }] }],
      tools: [],
      mcpServers: [],
      sampling: only({ seed: numberIn(body["seed"]) }),
      choices: demand.choices,
      modalities: ["image"],
      picture,
    },
  };
}

/**
 * The last wish of the user is the prompt. It is about the pictures that come with it, else about the latest of all.
 * @throws Fault `unsupported_feature` for a tier that would be charged and not be served
 */
function writeRequest(chat: ChatRequest, target: Target): Carried<JsonPayload> {
  if (chat.tier !== undefined && target.fees.has("tier")) throw unsupported("service_tier");
  const said = chat.turns.findLast(({ role }) => role === "user");
  const instructions = chat.turns.flatMap(({ role, parts }) => (role === "system" ? parts : []));
  const prompt = [...chat.system, ...instructions, ...(said?.parts ?? [])].map((part) =>
    part.kind === "text" ? part.text : "",
  );
  if (prompt.every((text) => text === "")) {
    throw invalid(
      "messages",
      "must end with what the picture is to show, in words",
      "最后一条消息需用文字描述图片内容",
    );
  }
  const given = said === undefined ? [] : picturesOf(said);
  const before = chat.turns.map(picturesOf).findLast((some) => some.length > 0) ?? [];
  const pictures = given.length > 0 ? given : before.slice(-1);
  const { size, quality, background, format } = chat.picture ?? {};
  const value = only({
    prompt: prompt.filter((text) => text !== "").join("\n\n"),
    image: pictures.length === 0 ? undefined : pictures.map(addressOf),
    n: chat.choices === 1 ? undefined : chat.choices,
    size,
    quality,
    background,
    output_format: format,
    seed: chat.sampling.seed,
  });
  return { value: jsonPayload(value), dropped: lossesOf(chat, said) };
}

/** A model may have shown its pictures in its text. */
function picturesOf({ role, parts }: Turn): readonly MediaPart[] {
  return parts.flatMap((part): readonly MediaPart[] => {
    if (part.kind === "image") return [part];
    if (part.kind !== "text" || role !== "assistant") return [];
    return picturesShownIn(part.text).map((url) => ({ kind: "image", source: sourceOfUrl(url, "image/png") }));
  });
}

function addressOf({ source }: MediaPart): string {
  if (source.kind === "data") return dataUrl(source);
  if (source.kind === "url") return source.url;
  throw unsupported("image_url");
}

/** Each picture is a choice. */
class ImageEventReader implements EventReader {
  #made = 0;

  read({ draft: { value } }: Piece): ChatEvent[] {
    if (!String(value["type"]).endsWith(COMPLETED)) return [];
    const { b64_json: data, url } = value;
    const choice = this.#made++;
    const usage = readImageUsage(value["usage"]);
    const type = (typeof data === "string" ? typeOfPicture(data) : undefined) ?? "image/png";
    const address = typeof data === "string" ? dataUrl({ kind: "data", type, data }) : textOrEmpty(url);
    return [
      ...(choice === 0 ? [{ kind: "start", id: undefined } as const] : []),
      { kind: "part-start", choice, part: 0, type: "image", url: address },
      { kind: "part-end", choice, part: 0 },
      ...(usage === undefined ? [] : [{ kind: "usage", usage } as const]),
      { kind: "end", choice, reason: "stop" },
    ];
  }
}

/** A model's words are not longer in an error. */
const MAX_WORDS = 300;

/** Pictures stand in parts of their own, or in the text, as Markdown shows them. */
class ImagePieceWriter implements PieceWriter {
  readonly #options: PieceOptions;
  readonly #urls: string[] = [];
  readonly #texts = new Map<number, string>();
  readonly #textParts = new Set<string>();
  #usage: Usage | undefined;
  #ended = 0;

  constructor(options: PieceOptions) {
    this.#options = options;
  }

  write(event: ChatEvent): Piece[] {
    switch (event.kind) {
      case "part-start":
        if (event.type === "image" && event.url !== undefined) this.#urls.push(event.url);
        if (event.type === "text" || event.type === "refusal") this.#textParts.add(`${event.choice} ${event.part}`);
        break;
      case "delta":
        if (this.#textParts.has(`${event.choice} ${event.part}`)) {
          this.#texts.set(event.choice, (this.#texts.get(event.choice) ?? "") + event.text);
        }
        break;
      case "usage":
        this.#usage = event.usage;
        break;
      case "end":
        this.#ended++;
        if (this.#ended === this.#options.chat.choices && this.#pictures().length === 0) throw this.#refusal();
        break;
      case "start":
      case "proof":
      case "citation":
      case "part-end":
        break;
    }
    return [];
  }

  end(): Piece[] {
    const { picture: { size, quality, background } = {}, choices } = this.#options.chat;
    // No more than were asked for, and are charged.
    const all = this.#pictures().slice(0, choices);
    return all.map((url, position) => {
      const source = sourceOfUrl(url, "image/png");
      const last = position === all.length - 1 && this.#usage !== undefined;
      const text = [...this.#texts.values()].join("").trim();
      const value: JsonObject = only({
        type: `image_generation${COMPLETED}`,
        b64_json: source.kind === "data" ? source.data : undefined,
        url: source.kind === "data" ? undefined : url,
        created_at: this.#options.target.created,
        size,
        quality,
        background,
        output_format: source.kind === "data" ? source.type.replace("image/", "") : undefined,
        revised_prompt: all.length === 1 && this.#urls.length === 1 && text !== "" ? text : undefined,
        usage: last ? writeImageUsage(this.#usage ?? {}) : undefined,
      });
      return { draft: new JsonDraft(value) };
    });
  }

  #pictures(): readonly string[] {
    return this.#urls.length > 0 ? this.#urls : [...this.#texts.values()].flatMap(picturesShownIn);
  }

  /** What a client's text made the model say is no fault of its upstream. */
  #refusal(): Fault {
    const said = [...this.#texts.values()].join(" ").trim().slice(0, MAX_WORDS);
    return new Fault("content_policy", {
      reason: "an answer without a picture",
      billed: this.#usage,
      values: { said },
      detail:
        said === ""
          ? { en: "The model made no picture of this prompt.", zh: "模型未按该提示词生成图片。" }
          : { en: "The model made no picture. It said: {said}", zh: "模型未生成图片，回复为：{said}" },
    });
  }
}
