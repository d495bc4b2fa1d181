/** What all endpoints of Google's format have in common. */
import { parameter } from "../blocks.ts";
import type { Parameter } from "../types.ts";

export const GOOGLE_KEY: Parameter = parameter("header", [
  "x-goog-api-key",
  "string",
  "Your key. `?key=` and the other [headers](/docs/authentication) take it, too.",
  "您的密钥。也可使用 `?key=` 或其他[请求头](/docs/authentication)。",
  { required: "yes" },
]);
export const MODEL: Parameter = parameter("path", [
  "model",
  "string",
  "A name of `GET /v1beta/models`, or `auto`.",
  "`GET /v1beta/models` 列出的名称，或 `auto`。",
  { required: "yes" },
]);
