/** Makes a whole answer of streamed pictures, and a stream of a whole answer. */
import { JsonDraft } from "../../core/json-edit.ts";
import type { JsonObject } from "../../core/json.ts";
import { broken } from "../reading.ts";
import type { Fold, Piece } from "../types.ts";
import { only } from "../values.ts";
import { COMPLETED, madeIn } from "./image-members.ts";
import { sumOfUsage } from "./image-usage.ts";

/** What an answer says of all its pictures, and an event of its own. */
const SHARED = ["size", "quality", "background", "output_format"] as const;

export class ImageFold implements Fold {
  readonly #pictures: JsonObject[] = [];

  add({ draft: { value } }: Piece): void {
    if (String(value["type"]).endsWith(COMPLETED)) this.#pictures.push(value);
  }

  answer(): JsonDraft {
    const [first] = this.#pictures;
    if (first === undefined) throw broken("no picture");
    const usage = sumOfUsage(this.#pictures.map((picture) => picture["usage"]));
    return new JsonDraft({
      created: first["created_at"],
      ...only(Object.fromEntries(SHARED.map((name) => [name, first[name]]))),
      data: this.#pictures.map(({ b64_json, url, revised_prompt }) => only({ b64_json, url, revised_prompt })),
      ...(usage === undefined ? {} : { usage }),
    });
  }
}

/** The tokens of all pictures stand at the last. */
export function unfoldImages({ value }: JsonDraft): readonly Piece[] {
  const pictures = madeIn(value);
  const { created, usage } = value;
  return pictures.map((picture, position) => ({
    draft: new JsonDraft({
      type: `image_generation${COMPLETED}`,
      ...picture,
      created_at: created,
      ...only(Object.fromEntries(SHARED.map((name) => [name, value[name]]))),
      ...(usage === undefined || position < pictures.length - 1 ? {} : { usage }),
    }),
  }));
}
