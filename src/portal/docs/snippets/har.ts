/** A sample's request in the form that the generator takes, and the key that stands in it. */
import type { shellCurl } from "@scalar/snippetz/plugins/shell/curl";
import type { JsonObject } from "../../../core/json.ts";
import { SAMPLE_KEY } from "../../samples.ts";
import type { KeyHeader, SampleRequest } from "../types.ts";

/** @see http://www.softwareishard.com/blog/har-12-spec/#request */
export type Har = NonNullable<Parameters<typeof shellCurl.generate>[0]>;

const KEY_VALUES = {
  authorization: { name: "Authorization", value: `Bearer ${SAMPLE_KEY}` },
  "x-api-key": { name: "X-API-Key", value: SAMPLE_KEY },
  "x-goog-api-key": { name: "x-goog-api-key", value: SAMPLE_KEY },
  "mj-api-secret": { name: "mj-api-secret", value: SAMPLE_KEY },
} as const satisfies Record<Exclude<KeyHeader, "none">, object>;

export function harOf({ method, path, key, headers = {}, body, files }: SampleRequest, origin: string): Har {
  return {
    method,
    url: origin + path,
    httpVersion: "HTTP/1.1",
    cookies: [],
    queryString: [],
    headersSize: -1,
    bodySize: -1,
    headers: [
      ...(key === "none" ? [] : [KEY_VALUES[key]]),
      ...Object.entries(headers).map(([name, value]) => ({ name, value })),
      ...(body === undefined || files !== undefined ? [] : [{ name: "Content-Type", value: "application/json" }]),
    ],
    ...(body === undefined ? {} : { postData: files === undefined ? jsonOf(body) : formOf(body, files) }),
  };
}

function jsonOf(body: JsonObject) {
  return { mimeType: "application/json", text: JSON.stringify(body) };
}

function formOf(body: JsonObject, files: NonNullable<SampleRequest["files"]>) {
  return {
    mimeType: "multipart/form-data",
    params: [
      ...Object.entries(body).map(([name, value]) => ({ name, value: String(value) })),
      ...Object.entries(files).map(([name, fileName]) => ({ name, fileName })),
    ],
  };
}
