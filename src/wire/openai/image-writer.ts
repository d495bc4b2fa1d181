/** Writes answers with pictures to clients. */
import { toBase64 } from "../../core/base64.ts";
import { onOneLine, writeFrame } from "../../core/frame.ts";
import { JsonDraft, type JsonPlace } from "../../core/json-edit.ts";
import { isObject, objectsOf, type JsonObject } from "../../core/json.ts";
import { draftPayload, jsonPayload, type Payload } from "../../core/payload.ts";
import { dataUrl, sourceOfUrl, typeOfPicture } from "../media.ts";
import { bodyOf } from "../form-request.ts";
import type { ClientRequest, ClientWriter, InlineMedia, Piece, Whole } from "../types.ts";
import { jsonOf } from "../request-members.ts";
import { textIn } from "../values.ts";
import { EDITS, madeIn } from "./image-members.ts";

/** Pictures go out in the form that the client asks for; as they came where it does not say. */
export class ImageWriter implements ClientWriter {
  readonly waits = false;
  readonly #asked: JsonObject;
  readonly #kind: string;

  constructor({ payload, endpoint }: ClientRequest) {
    this.#asked = bodyOf(payload).value;
    this.#kind = endpoint === EDITS ? "image_edit" : "image_generation";
  }

  whole(body: Whole["body"]): Payload {
    if (!(body instanceof JsonDraft)) return body;
    for (const picture of body.objects("data")) this.#present(picture);
    return draftPayload(body);
  }

  write({ draft }: Piece): string {
    this.#present(draft);
    const type = String(draft.value["type"]).replace(/^image_\w+(?=\.)/, this.#kind);
    draft.set("type", type);
    return writeFrame(onOneLine(draft.toString()), type);
  }

  flush(): string {
    return "";
  }

  end(): string {
    return "";
  }

  fail(body: JsonObject): string {
    const error = isObject(body["error"]) ? body["error"] : body;
    return writeFrame(JSON.stringify({ type: "error", error }), "error");
  }

  /** A picture that came in base64 has no address but the one that holds it. */
  #present(picture: JsonPlace): void {
    const { b64_json: data, url } = picture.value;
    const { response_format: format, output_format: output } = this.#asked;
    const type = `image/${textIn(output) ?? "png"}`;
    if (format === "url" && typeof data === "string" && typeof url !== "string") {
      picture.set("url", dataUrl({ kind: "data", type: typeOfPicture(data) ?? type, data }));
      picture.set("b64_json", undefined);
    }
    if (format !== "url" && typeof url === "string" && url.startsWith("data:")) {
      const source = sourceOfUrl(url, type);
      if (source.kind !== "data") return;
      picture.set("b64_json", source.data);
      picture.set("url", undefined);
    }
  }
}

/** Pictures that came as addresses, for clients that ask for their bytes. */
export const INLINE_PICTURES: InlineMedia = {
  type: "image/",
  // Of no more pictures than were asked for, whatever an upstream brings: each is a request to somebody's server.
  addresses: (answer, { payload, demand: { choices } }) =>
    bodyOf(payload).value["response_format"] === "b64_json"
      ? madeIn(jsonOf(answer).value).slice(0, choices).flatMap(addressIn)
      : [],
  fill(answer, contents) {
    const { value } = jsonOf(answer);
    const data = objectsOf(value["data"]).map((picture) => {
      const [bytes] = addressIn(picture).flatMap((address) => contents.get(address) ?? []);
      const { url: _url, ...rest } = picture;
      return bytes === undefined ? picture : { b64_json: toBase64(bytes), ...rest };
    });
    return jsonPayload({ ...value, data });
  },
};

function addressIn({ url, b64_json: data }: JsonObject): readonly string[] {
  return typeof url === "string" && /^https?:/i.test(url) && typeof data !== "string" ? [url] : [];
}
