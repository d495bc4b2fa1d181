/** Pictures that a model made stand in its text, too, because many clients show no others. Clients send them back in it. */
import { objectsOf, type JsonObject } from "../../core/json.ts";
import { withMembers, type JsonPayload } from "../../core/payload.ts";
import { DATA_SHOWN } from "../media.ts";

/** A body whose assistant messages hold such pictures as `images`: as text they would be millions of tokens. */
export function withOwnPictures(payload: JsonPayload): JsonPayload {
  if (!payload.text.includes("](data:image/")) return payload;
  const { messages } = payload.value;
  if (!Array.isArray(messages)) return payload;
  return withMembers(payload, {
    messages: messages.map((message: unknown) => {
      const [own] = objectsOf([message]);
      return own === undefined || own["role"] !== "assistant" ? message : apart(own);
    }),
  });
}

function apart(message: JsonObject): JsonObject {
  const { content, images } = message;
  if (typeof content !== "string") return message;
  const shown = [...content.matchAll(DATA_SHOWN)].flatMap(([, url]) => url ?? []);
  if (shown.length === 0) return message;
  const pictures = shown.map((url) => ({ type: "image_url", image_url: { url } }));
  const known = objectsOf(images);
  return {
    ...message,
    content: content.replaceAll(DATA_SHOWN, "").trim(),
    // A client that sends them back both ways means the same ones.
    images: known.length > 0 ? known : pictures,
  };
}
