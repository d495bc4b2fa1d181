/**
 * Moderations.
 * @see https://platform.openai.com/docs/api-reference/moderations
 */
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { jsonPayload, type Payload } from "../../core/payload.ts";
import type { Capability } from "../../operation/operations.ts";
import { fieldTable, words, type FieldGroup } from "../fields/field-table.ts";
import { invalid, missing } from "../invalid.ts";
import { checkAddress } from "../media.ts";
import { PROVIDER } from "../provider.ts";
import { broken } from "../reading.ts";
import { jsonOf, textBytes } from "../request-members.ts";
import type { ClientRequest, Target, Whole, Wire } from "../types.ts";
import { readWhole, writeWhole } from "../whole-request.ts";
import { JsonWriter, onlyPiece, OnlyPiece, WholeReader } from "../whole-codec.ts";
import { EVERYWHERE } from "./request-fields.ts";
import { promptUsage } from "./usage.ts";
import { wholeAnswer } from "./whole-answer.ts";

export const moderations: Wire = {
  name: "openai.moderations",
  operation: "moderate",
  read: readModeration,
  address: () => ({ method: "POST", path: "/moderations" }),
  write: (request, target) => writeWhole(request, target, FIELDS),
  answers: (target, request) => new ModerationsReader(target, request),
  client: () => new JsonWriter(() => undefined),
  fold: () => new OnlyPiece(),
  unfold: onlyPiece,
  probe: jsonPayload({ input: "OK" }),
};

export const MODERATION_GROUPS: readonly FieldGroup[] = [
  { title: "OpenAI, Moderations", rule: "pass", names: words("model input") },
  ...EVERYWHERE,
];
const FIELDS = fieldTable(MODERATION_GROUPS, { provider: PROVIDER });

/** A longer list is refused: each text is a result. */
export const MAX_TEXTS = 2048;

function readModeration(payload: Payload): ClientRequest {
  const { value: body, text } = jsonOf(payload);
  const asked = readInput(body);
  const pictures = asked.parts.filter(({ type }) => type === "image_url");
  const needs = new Map<Capability, number>(pictures.length === 0 ? [] : [["image", pictures.length]]);
  const urls = pictures.map(({ image_url: shown }) => (isObject(shown) ? shown["url"] : undefined));
  for (const url of urls) checkAddress(url, "input.image_url");
  const dataBytes = urls.map((url) => (typeof url === "string" && url.startsWith("data:") ? textBytes(url) : 0));
  return readWhole(moderations, payload, {
    operation: "moderate",
    fields: FIELDS,
    promptBytes: textBytes(text) - dataBytes.reduce((sum, bytes) => sum + bytes, 0),
    prompts: asked.results,
    needs,
    promptText: () => asked.texts.join("\n"),
  });
}

interface Asked {
  readonly texts: readonly string[];
  readonly parts: readonly JsonObject[];
  /** How many results the answer must have. */
  readonly results: number;
}

/** @throws Fault `missing_input`, `invalid_parameter` */
function readInput({ input }: JsonObject): Asked {
  if (input === undefined || input === null) throw missing("input");
  if (typeof input === "string") return { texts: [input], parts: [], results: 1 };
  const items: readonly unknown[] = Array.isArray(input) ? input : [];
  if (items.length > MAX_TEXTS) throw invalid("input", `must hold at most ${MAX_TEXTS} texts`, `最多 ${MAX_TEXTS} 项`);
  if (items.length > 0 && items.every((item) => typeof item === "string")) {
    return { texts: items, parts: [], results: items.length };
  }
  if (items.length > 0 && items.every(isPart)) {
    const texts = items.flatMap(({ text }) => (typeof text === "string" ? [text] : []));
    return { texts, parts: items, results: 1 };
  }
  throw invalid(
    "input",
    "must be a text, an array of texts, or an array of parts of the types 'text' and 'image_url'",
    "必须是文本、文本数组,或类型为 'text'、'image_url' 的内容数组",
  );
}

function isPart(item: unknown): item is JsonObject {
  if (!isObject(item)) return false;
  if (item["type"] === "text") return typeof item["text"] === "string";
  const { image_url: shown } = item;
  return item["type"] === "image_url" && isObject(shown) && typeof shown["url"] === "string";
}

const DOCUMENTED: ReadonlySet<string> = new Set(words("id model results usage"));

class ModerationsReader extends WholeReader {
  readonly #target: Target;
  readonly #results: number;

  constructor(target: Target, { payload }: ClientRequest) {
    super();
    this.#target = target;
    this.#results = readInput(jsonOf(payload).value).results;
  }

  whole(payload: Payload): Whole {
    const draft = wholeAnswer(payload, DOCUMENTED);
    const usage = promptUsage(draft.value["usage"]);
    const results = objectsOf(draft.value["results"]);
    if (results.length !== this.#results) throw broken(`${results.length} results of ${this.#results}`, usage);
    if (results.some(({ categories }) => !isObject(categories))) throw broken("a result without categories", usage);
    draft.set("model", this.#target.publicModel);
    return { body: draft, usage, text: { output: "", reasoning: "" } };
  }
}
