/** Reads a request's JSON body, no more of it than is allowed. */
import { Fault } from "../core/fault.ts";
import { parseObject, type JsonObject } from "../core/json.ts";
import { utf8Decoder, withoutMark } from "../core/text.ts";

const ENCODINGS = ["gzip", "deflate"] as const;

/** @throws Fault `unsupported_media_type`, `body_too_large`, `bad_json` */
export async function readJson(request: Request, maxBytes: number): Promise<JsonObject> {
  const type = request.headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  if (type !== "" && type !== "application/json" && !/^application\/[\w.-]+\+json$/.test(type)) {
    throw new Fault("unsupported_media_type");
  }
  const encoding = request.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  if (encoding === "" || encoding === "identity") {
    if (Number(request.headers.get("content-length") ?? 0) > maxBytes) throw tooLarge(maxBytes);
    return parseObject(await readText(request.body, maxBytes));
  }
  const format = ENCODINGS.find((known) => known === encoding);
  if (format === undefined)
    throw new Fault("unsupported_media_type", { headers: { "accept-encoding": ENCODINGS.join(", ") } });
  return parseObject(await readText(request.body?.pipeThrough(new DecompressionStream(format)) ?? null, maxBytes));
}

/** Counts what comes out of the decompressor; past `maxBytes` nothing more is read. */
async function readText(body: ReadableStream<Uint8Array> | null, maxBytes: number): Promise<string> {
  if (body === null) return "";
  const reader = body.getReader();
  const decoder = utf8Decoder(true);
  let text = "";
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return withoutMark(text + decoder.decode());
      bytes += value.byteLength;
      if (bytes > maxBytes) throw tooLarge(maxBytes);
      text += decoder.decode(value, { stream: true });
    }
  } catch (error) {
    reader.cancel().catch(() => undefined);
    if (error instanceof Fault) throw error;
    const detail = {
      en: "The request body could not be read: it is not UTF-8, or its compression is damaged.",
      zh: "无法读取请求体:不是 UTF-8 编码,或压缩数据已损坏。",
    };
    throw new Fault("bad_json", { detail, cause: error });
  }
}

function tooLarge(limit: number): Fault {
  return new Fault("body_too_large", { values: { limit } });
}
